package resthook_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// An id that the session does not have, no payload can claim: it may come from the
// client.
func TestNobodyClaimsAnID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		s := b.session(t, "mallory")
		claim := `{"name":"x","appKey":"vip","nodeId":"other@1.2.3.4","sessionId":"alice","NodeId":"n","more":1}`
		_, err := resthook.PublishStream.SendJSON(t.Context(), s, []byte(claim))
		require.NoError(t, err)
		stream, err := resthook.PublishStream.Decode([]byte(claim))
		require.NoError(t, err)
		_, err = resthook.PublishStream.Send(t.Context(), s, stream)
		require.NoError(t, err)
		stream.Status, stream.Unknown = resthook.StreamPublishing, nil
		require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, stream))
		synctest.Wait()
		requests := b.socket.Requests()
		require.Len(t, requests, 3)
		for _, r := range requests {
			assert.Contains(t, string(r.Body), `"sessionId":"mallory"`)
			for _, claimed := range []string{"vip", "other@", "alice", "NodeId"} {
				assert.NotContains(t, string(r.Body), claimed, r.Hook)
			}
		}
	})
}

// A hook that does not go out takes no number, which a backend would miss.
func TestNumbersOfHooksThatDoNotGoOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := resthook.DefaultConfig()
		cfg.MaxConnections = 1
		b := newBubbleOver(t, ownRoad, cfg, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s, err := b.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		send := func(ctx context.Context) { _, _ = resthook.PublishStream.Send(ctx, s, &resthook.Stream{Name: "cam"}) }
		send(over(t))
		var first sync.WaitGroup
		first.Go(func() { send(t.Context()) })
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		send(short)
		first.Wait()
		send(t.Context())
		var numbers []string
		for _, r := range b.socket.Requests() {
			numbers = append(numbers, r.Header.Get("Resthook-Sequence"))
		}
		assert.Equal(t, []string{"1", "2"}, numbers)
	})
}

// What a stranger chose is a line of a few bytes in what a session prints.
func TestASessionPrintsALine(t *testing.T) {
	t.Parallel()
	client := newClient(t, "http://backend.example")
	s, err := client.Resume(&resthook.Connection{SessionID: "a\nb\x1b[2J" + strings.Repeat("x", 1<<20), AppKey: strings.Repeat("y", 1<<20)})
	require.NoError(t, err)
	text := fmt.Sprintf("%v", s)
	assert.Less(t, len(text), 400)
	assert.NotContains(t, text, "\n")
	assert.NotContains(t, text, "\x1b")
}

// What an event's outcome says of a stream shows no password and no token.
func TestOutcomesShowNoSecretOfAName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		s := b.session(t, "s")
		for _, name := range []string{"rtsp://admin:S3CRET@10.0.0.5/cam?aclAuth=S3CRET", "rtsp:/admin:S3CRET@cam", "cam?token=S3CRET", "cam&token=S3CRET", "cam#token=S3CRET"} {
			require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Name: name, Status: resthook.StreamPlaying}))
		}
		synctest.Wait()
		all := b.seen.list()
		require.Len(t, all, 5)
		for _, o := range all {
			assert.NotContains(t, fmt.Sprintf("%v %+v", o, o.About), "S3CRET")
			assert.NotEmpty(t, o.Name)
		}
	})
}
