package hooktest_test

import (
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

// visit is what a session sends from its begin to its end.
func visit(session string) []hook {
	return []hook{
		{"connect", session, "", session + ".1", 0},
		{"publishStream", session, "PENDING", session + ".2", 1},
		{"StreamStatusEvent", session, "PUBLISHING", session + ".3", 2},
		{"ConnectionStatusEvent", session, "DISCONNECTED", session + ".4", 3},
	}
}

func TestAssertSequence(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		sent []hook
		want []string
		says string
	}{
		"as wanted":            {visit("s"), []string{"connect", "publishStream", "StreamStatusEvent PUBLISHING", "ConnectionStatusEvent DISCONNECTED"}, ""},
		"a repeat counts once": {append(visit("s")[:2], visit("s")[1]), []string{"connect", "publishStream"}, ""},
		"none":                 {visit("other"), nil, ""},
		"one is missing": {visit("s")[:3], []string{"connect", "publishStream", "StreamStatusEvent PUBLISHING", "ConnectionStatusEvent"}, `
			hooktest: session "s": not the hooks expected after 50ms (-want +got):
			    connect
			    publishStream
			    StreamStatusEvent PUBLISHING
			  - ConnectionStatusEvent`},
		"one too many": {visit("s"), []string{"connect", "publishStream", "StreamStatusEvent"}, `
			hooktest: session "s": not the hooks expected (-want +got):
			    connect
			    publishStream
			    StreamStatusEvent
			  + ConnectionStatusEvent DISCONNECTED`},
		"another status": {visit("s"), []string{"connect", "publishStream", "StreamStatusEvent FAILED", "ConnectionStatusEvent"}, `
			hooktest: session "s": not the hooks expected (-want +got):
			    connect
			    publishStream
			  - StreamStatusEvent FAILED
			  + StreamStatusEvent PUBLISHING
			    ConnectionStatusEvent`},
		"another order": {visit("s"), []string{"connect", "StreamStatusEvent", "publishStream", "ConnectionStatusEvent"}, `
			hooktest: session "s": not the hooks expected (-want +got):
			    connect
			  - StreamStatusEvent
			    publishStream
			  + StreamStatusEvent PUBLISHING
			    ConnectionStatusEvent`},
		"another session": {visit("other"), []string{"connect"}, `
			hooktest: session "s": not the hooks expected after 50ms (-want +got):
			  - connect
			  hooks came of the sessions ["other"]`},
		"nothing at all": {nil, []string{"connect"}, `
			hooktest: session "s": not the hooks expected after 50ms (-want +got):
			  - connect
			  no hook came of any session`},
		"a hook whose name begins alike": {[]hook{{name: "connectTwice", session: "s"}}, []string{"connect"}, `
			hooktest: session "s": not the hooks expected (-want +got):
			  - connect
			  + connectTwice`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := hooktest.NewBackend(t, hooktest.Within(50*time.Millisecond))
			send(t, newClient(t), b.URL(), row.sent...)
			failing := newFakeTB(t)
			assert.Equal(t, row.says == "", b.AssertSequence(failing, "s", row.want...))
			if row.says == "" {
				assert.Empty(t, failing.failures())
				return
			}
			failing.wantFailure(t, row.says)
		})
	}
}

// What is on its way is waited for, and what is wrong already is not.
func TestAssertSequenceWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen())
		client := newClient(t, on(network))
		var sender sync.WaitGroup
		sender.Go(func() {
			for _, h := range visit("s")[:2] {
				time.Sleep(time.Hour)
				send(t, client, b.URL(), h)
			}
		})
		began := time.Now()
		assert.True(t, b.AssertSequence(t, "s", "connect", "publishStream"))
		assert.Equal(t, 2*time.Hour, time.Since(began))
		sender.Wait()
		failing := newFakeTB(t)
		assert.False(t, b.AssertSequence(failing, "s", "publishStream", "connect", "playStream"))
		assert.Equal(t, 2*time.Hour, time.Since(began))
		assert.False(t, b.AssertSequence(failing, "s", "connect", "publishStream", "playStream"))
		assert.Equal(t, 26*time.Hour, time.Since(began))
		assert.Contains(t, failing.failures()[1], "not the hooks expected after 24h0m0s")
	})
}

func TestAssertOrder(t *testing.T) {
	t.Parallel()
	event := func(session, id string, sequence int) hook {
		return hook{"StreamStatusEvent", session, "PAUSED", id, sequence}
	}
	for name, row := range map[string]struct {
		sent              []hook
		inOrder, complete string
	}{
		"visits":   {append(visit("a"), visit("b")...), "", ""},
		"mixed":    {[]hook{event("a", "1", 1), event("b", "2", 1), event("a", "3", 2), event("b", "4", 2)}, "", ""},
		"a repeat": {[]hook{event("a", "1", 1), event("a", "1", 1), event("a", "2", 2)}, "", ""},
		"a gap": {[]hook{event("a", "1", 1), event("a", "4", 4), event("a", "6", 6)}, "", `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 4: nothing came with sequence 2 to 3
			    StreamStatusEvent PAUSED, session a, sequence 6: nothing came with sequence 5`},
		"the first is missing": {[]hook{event("a", "2", 2)}, "", `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 2: nothing came with sequence 1`},
		"backwards": {[]hook{event("a", "1", 1), event("a", "3", 3), event("a", "2", 2)}, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 2: came after sequence 3, StreamStatusEvent PAUSED`, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 3: nothing came with sequence 2
			    StreamStatusEvent PAUSED, session a, sequence 2: came after sequence 3, StreamStatusEvent PAUSED`},
		"a repeat that comes too late": {[]hook{event("a", "1", 1), event("a", "2", 2), event("a", "1", 1)}, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 1, attempt 2: came after sequence 2, StreamStatusEvent PAUSED`, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 1, attempt 2: came after sequence 2, StreamStatusEvent PAUSED`},
		"two of one sequence": {[]hook{event("a", "1", 1), event("a", "2", 1)}, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 1: came with the sequence of another hook, StreamStatusEvent PAUSED, session a, sequence 1`, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 1: came with the sequence of another hook, StreamStatusEvent PAUSED, session a, sequence 1`},
		"no sequence": {visit("a")[:1], `
			hooktest: hooks out of order:
			    no hook came with a sequence`, `
			hooktest: hooks out of order:
			    no hook came with a sequence`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := hooktest.NewBackend(t)
			send(t, newClient(t), b.URL(), row.sent...)
			wantReport(t, row.inOrder, b.AssertInOrder)
			wantReport(t, row.complete, b.AssertComplete)
		})
	}
}

func wantReport(t *testing.T, want string, check func(testing.TB) bool) {
	t.Helper()
	failing := newFakeTB(t)
	assert.Equal(t, want == "", check(failing))
	if want == "" {
		assert.Empty(t, failing.failures())
		return
	}
	failing.wantFailure(t, want)
}

func TestAssertOnce(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	client := newClient(t)
	send(t, client, b.URL(), hook{name: "connect", session: "s"})
	wantReport(t, `
		hooktest: hooks came more than once:
		    no hook came with an id`, b.AssertOnce)
	send(t, client, b.URL(), visit("s")...)
	wantReport(t, "", b.AssertOnce)
	send(t, client, b.URL(), visit("s")[2], visit("s")[2], hook{name: "connect", session: "s"})
	wantReport(t, `
		hooktest: hooks came more than once:
		    StreamStatusEvent PUBLISHING, session s, sequence 2, attempt 2: Webhook-Id s.3, connection 1
		    StreamStatusEvent PUBLISHING, session s, sequence 2, attempt 3: Webhook-Id s.3, connection 1`, b.AssertOnce)
}

func TestAssertPayload(t *testing.T) {
	t.Parallel()
	stream := func(change func(*resthook.Stream)) *resthook.Stream {
		s := &resthook.Stream{Name: "cam", Status: "PUBLISHING", SDP: strings.Repeat("v", 200), Custom: map[string]any{"a": 1}}
		change(s)
		return s
	}
	same := func(*resthook.Stream) {}
	failing := newFakeTB(t)
	assert.True(t, hooktest.AssertPayload(failing, stream(same), stream(same)))
	assert.Empty(t, failing.failures())

	got := stream(func(s *resthook.Stream) {
		s.Name, s.Custom, s.Bitrate = "live/cam<1>", map[string]any{"a": 1, "z": true}, 5
	})
	assert.False(t, hooktest.AssertPayload(failing, stream(same), got))
	failing.wantFailure(t, `
		hooktest: not the payload expected (-want +got):
		    {
		  +   "bitrate": 5,
		      "custom": {
		        "a": 1
		  +     "z": true
		      },
		      "hasAudio": false,
		      "hasVideo": false,
		  -   "name": "cam",
		  +   "name": "live/cam<1>",
		      "published": false,
		      "record": false,
		      "sdp": "`+strings.Repeat("v", 90)+`...
		      "status": "PUBLISHING"
		    }`)
}

// A number that float64 can't hold is not equal to its neighbour.
func TestAssertPayloadIsExact(t *testing.T) {
	t.Parallel()
	failing := newFakeTB(t)
	want, got := map[string]any{"n": uint64(1<<63 + 1)}, map[string]any{"n": uint64(1<<63 + 2)}
	assert.False(t, hooktest.AssertPayload(failing, &want, &got))
	failing.wantFailure(t, `
		hooktest: not the payload expected (-want +got):
		    {
		  -   "n": 9223372036854775809
		  +   "n": 9223372036854775810
		    }`)
}

func TestAssertFields(t *testing.T) {
	t.Parallel()
	got := &resthook.Connection{SessionID: "s", Login: "bob", Custom: map[string]any{"token": "x", "room": 1}}
	failing := newFakeTB(t)
	assert.True(t, hooktest.AssertFields(failing, map[string]any{"login": "bob", "sessionId": "s"}, got))
	assert.True(t, hooktest.AssertFields(failing, map[string]any{}, got))
	assert.Empty(t, failing.failures())
	assert.False(t, hooktest.AssertFields(failing, map[string]any{"login": "bob", "status": "FAILED", "custom": map[string]any{"token": "x"}}, got))
	failing.wantFailure(t, `
		hooktest: not the payload expected (-want +got):
		    {
		      "custom": {
		  +     "room": 1,
		        "token": "x"
		      },
		      "login": "bob",
		  -   "status": "FAILED"
		    }`)
}

func TestAssertPayloadOfNone(t *testing.T) {
	t.Parallel()
	failing := newFakeTB(t)
	assert.False(t, hooktest.AssertPayload(failing, &resthook.Data{}, nil))
	assert.False(t, hooktest.AssertFields(failing, map[string]any{"f": func() {}}, &resthook.Data{}))
	assert.False(t, hooktest.AssertFields(failing, map[string]any{}, "text"))
	require.Len(t, failing.failures(), 3)
	assert.Equal(t, "hooktest: not the payload expected (-want +got):\n  - {}\n  + null", failing.failures()[0])
	assert.Contains(t, failing.failures()[1], "hooktest: the payload wanted: json: unsupported type: func()")
	assert.Contains(t, failing.failures()[2], "hooktest: the payload got: ")
}

// Payloads too large to be aligned are shown one after the other, less what they
// begin and end with alike.
func TestAssertPayloadOfManyLines(t *testing.T) {
	t.Parallel()
	want, got := map[string]any{}, map[string]any{}
	for i := range 4000 {
		want[fmt.Sprintf("k%04d", i)], got[fmt.Sprintf("k%04d", i)] = i, i
	}
	failing := newFakeTB(t)
	require.True(t, hooktest.AssertPayload(failing, &want, &got))
	got["k0001"], got["k3000"] = 0, 0
	assert.False(t, hooktest.AssertPayload(failing, &want, &got))
	require.Len(t, failing.failures(), 1)
	text := failing.failures()[0]
	assert.Equal(t, 3000, strings.Count(text, "\n  - "))
	assert.Equal(t, 3000, strings.Count(text, "\n  + "))
	assert.Contains(t, text, "\n      \"k0000\": 0,\n  -   \"k0001\": 1,\n")
}
