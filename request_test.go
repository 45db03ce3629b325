package resthook_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func TestRequestOnTheWire(t *testing.T) {
	t.Parallel()
	client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{URL: "/rest/"},
		resthook.WithHeader("X-Node", "a"), resthook.WithHeader("X-Node", "b"))
	publish(t, client)
	seen := socket.Requests()
	require.Len(t, seen, 1)
	assert.Equal(t, "POST", seen[0].Method)
	assert.Equal(t, "/rest/publishStream", seen[0].Path)
	assert.Equal(t, socket.Addr(), seen[0].Host)
	assert.Equal(t, publishedBody, string(seen[0].Body))
	id, at := seen[0].Header.Get(resthook.HeaderID), seen[0].Header.Get(resthook.HeaderTimestamp)
	assert.Regexp(t, `^[A-Z2-7]{26}\.1$`, id)
	assert.Regexp(t, `^[0-9]{10}$`, at)
	assert.Equal(t, http.Header{
		"Webhook-Id":        {id},
		"Webhook-Timestamp": {at},
		"Content-Type":      {"application/json;charset=UTF-8"},
		"Accept":            {"application/json"},
		"Content-Length":    {"88"},
		"User-Agent":        {"resthook"},
		"X-Node":            {"a", "b"},
	}, seen[0].Header)
}

func TestURLIsTheBaseAndTheMethod(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                          "/publishStream",
		"/":                         "/publishStream",
		"/rest":                     "/rest/publishStream",
		"/EchoApp/index.php":        "/EchoApp/index.php/publishStream",
		"/a%2Fb/c%20d":              "/a%2Fb/c%20d/publishStream",
		"/%D0%BF%D1%83%D1%82%D1%8C": "/%D0%BF%D1%83%D1%82%D1%8C/publishStream",
	} {
		client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{URL: base})
		publish(t, client)
		assert.Equal(t, want, socket.Requests()[0].Path)
	}
}

func TestBasicAuth(t *testing.T) {
	t.Parallel()
	const header = "Basic d2NzOnPDqWNyZXQ6MQ==" // wcs:sécret:1
	client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{Username: "wcs", Password: resthook.NewSecret("sécret:1")})
	publish(t, client)
	assert.Equal(t, header, socket.Requests()[0].Header.Get("Authorization"))

	client = newClient(t, "http://wcs:s%C3%A9cret%3A1@"+socket.Addr())
	publish(t, client)
	assert.Equal(t, header, socket.Requests()[1].Header.Get("Authorization"))
}

func TestWCSHash(t *testing.T) {
	t.Parallel()
	cfg := resthook.DefaultConfig()
	cfg.SendHash, cfg.SecretKey = true, resthook.NewSecret("1234567890")
	client, socket := recorder(t, cfg, resthook.App{})
	hook, err := resthook.NewHook[map[string]any]("signed", resthook.KindDirect)
	require.NoError(t, err)
	for body, hash := range map[string]string{ // docs/protocol.md, 7
		`{}`:               "6ba3d7619d7c1dc5e0f8493b186198d3",
		`{"name":"поток"}`: "872de1ac5c1fd614cb4a41e56c285cc0",
	} {
		_, err := hook.SendJSON(t.Context(), client, []byte(body))
		require.NoError(t, err)
		seen := socket.Requests()
		last := seen[len(seen)-1]
		assert.Equal(t, body, string(last.Body))
		assert.Equal(t, "WCS "+hash, last.Header.Get("Authorization"))
	}
}

// An event from a queue may have been written by anybody.
func TestEventCannotWriteHeaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		queue := resthook.NewQueue(resthook.QueueLimits{})
		for _, e := range []resthook.Event{
			{ID: "1\r\nX-Evil: yes", Hook: "call"}, {ID: "2", Hook: "call HTTP/1.1\r\nX-Evil: yes"}, {ID: "3", Hook: "call"},
		} {
			e.Time, e.Kind, e.Body, e.Session = time.Now(), resthook.KindEvent, []byte("{}"), e.ID
			put(t, queue, e)
		}
		var failed atomic.Int32
		client, err := resthook.NewClient(retrying(0), resthook.WithApp(resthook.App{URL: socket.URL()}), resthook.WithQueue(queue),
			resthook.WithDialContext(network.DialContext), resthook.WithObserver(resthook.Observer{Event: func(_ context.Context, o resthook.EventOutcome) {
				if errors.Is(o.Err, resthook.ErrConfig) {
					failed.Add(1)
				}
			}}))
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, client.Close(t.Context()))
		require.Len(t, socket.Requests(), 1)
		assert.Equal(t, "3", socket.Requests()[0].Header.Get(resthook.HeaderID))
		assert.EqualValues(t, 2, failed.Load())
	})
}

func TestLongHookIsSentWhole(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1 << 10, 31 << 10, 33 << 10, 8 << 20} {
		socket := hooktest.NewSocket(t, hooktest.Answer(200, `{}`))
		client := newClient(t, socket.URL())
		for range max(2, min(300, 10<<20/size)) {
			_, err := client.Connect(t.Context(), &resthook.Connection{Login: strings.Repeat("x", size)})
			require.NoError(t, err)
		}
		assert.Equal(t, 1, socket.Accepted(), size)
		assert.Greater(t, len(socket.Requests()[1].Body), size)
	}
}

// A hook that is not sent takes no number, which a backend would miss.
func TestHooksThatAreNotSentTakeNoNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := resthook.DefaultConfig()
		cfg.MaxConnections = 1
		b := newBubbleVia(t, ownTransport, cfg, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s, err := b.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		send := func(ctx context.Context) { _, _ = resthook.PublishStream.Send(ctx, s, &resthook.Stream{Name: "cam"}) }
		send(endedContext(t))
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

// Only hooks that are sent are numbered: a number that is missing was lost.
func TestOnlySentHooksAreNumbered(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	hooktest.On(b, resthook.Connect).Policy(map[resthook.Method]resthook.Rule{
		resthook.PlayStream: {RestPolicy: resthook.RestPolicyDisable}, resthook.CallStatusEvent: {RestPolicy: resthook.RestPolicyDisable},
	})
	session, err := b.Client().Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	send := func(err error) { t.Helper(); require.NoError(t, err) }
	for range 3 {
		_, err = resthook.PlayStream.Send(t.Context(), session, &resthook.Stream{Name: "a"})
		send(err)
		send(resthook.CallStatusEvent.Notify(t.Context(), session, &resthook.Call{Status: resthook.CallRing}))
		_, err = resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "a"})
		send(err)
		_, err = resthook.PublishStream.Send(t.Context(), session, nil)
		require.Error(t, err)
	}
	send(session.Disconnect(t.Context()))
	_, err = resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "a"})
	require.ErrorIs(t, err, resthook.ErrClosed)
	assert.Equal(t, []uint64{0, 1, 2, 3, 4}, numbers(b))
}

// The ids of a session's hooks begin with that of its connect. A session that was resumed
// has others.
func TestIDsTellSessionsApart(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	client := b.Client()
	seen := map[string]bool{}
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	resumed, err := client.Resume(session.Connection())
	require.NoError(t, err)
	for _, s := range []*resthook.Session{session, resumed} {
		for range 2 {
			_, err := resthook.PublishStream.Send(t.Context(), s, &resthook.Stream{})
			require.NoError(t, err)
		}
	}
	_, err = resthook.PlayHLS.Send(t.Context(), client, &resthook.Playback{})
	require.NoError(t, err)
	requests := b.Requests()
	for _, r := range requests {
		assert.False(t, seen[r.ID()], "used twice")
		seen[r.ID()] = true
	}
	mark := requests[0].ID()
	assert.Regexp(t, `^[A-Z2-7]{26}\.\d+$`, mark)
	other := requests[3].ID()[:len(requests[3].ID())-2]
	for i, want := range []string{mark, mark + ".1", mark + ".2", other + ".1", other + ".2"} {
		assert.Equal(t, want, requests[i].ID())
	}
	assert.NotEqual(t, mark, other)
	assert.Equal(t, []uint64{0, 1, 2, 1, 2, 0}, numbers(b))
}

func numbers(b *hooktest.Backend) (all []uint64) {
	for _, r := range b.Requests() {
		all = append(all, r.Sequence())
	}
	return all
}
