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

// visit are the hooks of a session, from its begin to its end.
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

// An assertion waits for missing hooks, unless a wrong one has come.
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
			hooktest: hooks are missing:
			    StreamStatusEvent PAUSED, session a, sequence 4: nothing came with sequence 2 to 3
			    StreamStatusEvent PAUSED, session a, sequence 6: nothing came with sequence 5`},
		"the first is missing": {[]hook{event("a", "2", 2)}, "", `
			hooktest: hooks are missing:
			    StreamStatusEvent PAUSED, session a, sequence 2: nothing came with sequence 1`},
		"backwards": {[]hook{event("a", "1", 1), event("a", "3", 3), event("a", "2", 2)}, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 2: came after sequence 3, StreamStatusEvent PAUSED`, ""},
		"a hook that is sent overtakes an event": {[]hook{event("a", "2", 2), {"publishStream", "a", "", "4", 4}, event("a", "1", 1), event("a", "3", 3)}, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 1: came after sequence 2, StreamStatusEvent PAUSED`, ""},
		"a hook that is sent comes before an event": {[]hook{{"publishStream", "a", "", "2", 2}, event("a", "1", 1)}, "", ""},
		"one's own hook is taken for an event": {[]hook{{"mine", "a", "", "2", 2}, event("a", "1", 1)}, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 1: came after sequence 2, mine`, ""},
		"a session that is resumed":     {[]hook{event("a", "c.1", 1), event("a", "c.2", 2), event("a", "d.1", 1), event("a", "d.2", 2)}, "", ""},
		"a session that connects again": {append(visit("a"), []hook{{"connect", "a", "", "o", 0}, event("a", "p", 1), event("a", "q", 2)}...), "", ""},
		"the same, and the last of the first comes late": {[]hook{
			{"connect", "a", "", "c", 0}, event("a", "c.1", 1), {"connect", "a", "", "d", 0}, event("a", "d.1", 1), event("a", "c.2", 2),
		}, "", ""},
		"closing events of a journal": {[]hook{
			{"connect", "a", "", "c", 0}, event("a", "c.1", 1), event("a", "c.1.end", 2), {"ConnectionStatusEvent", "a", "DISCONNECTED", "c.end", 3},
		}, "", ""},
		"the same, of a session that is resumed": {[]hook{
			{"connect", "a", "", "c", 0}, event("a", "c.1", 1), event("a", "d.1", 1), event("a", "c.1.end", 2), {"ConnectionStatusEvent", "a", "DISCONNECTED", "c.end", 3},
		}, "", ""},
		"the same, and the last of the first life comes late": {[]hook{
			{"connect", "a", "", "c", 0},
			event("a", "c.1", 1),
			{"connect", "a", "", "d", 0},
			event("a", "d.1", 1), event("a", "c.1.end", 2),
			{"ConnectionStatusEvent", "a", "DISCONNECTED", "c.end", 3},
		}, "", ""},
		"one that is resumed has a gap": {[]hook{event("a", "c.1", 1), event("a", "c.2", 2), event("a", "d.2", 2)}, "", `
			hooktest: hooks are missing:
			    StreamStatusEvent PAUSED, session a, sequence 2: nothing came with sequence 1`},
		"a repeat that comes too late": {[]hook{event("a", "1", 1), event("a", "2", 2), event("a", "1", 1)}, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 1, attempt 2: came after sequence 2, StreamStatusEvent PAUSED`, ""},
		"two of one sequence": {[]hook{event("a", "1", 1), event("a", "2", 1)}, `
			hooktest: hooks out of order:
			    StreamStatusEvent PAUSED, session a, sequence 1: came with the sequence of another hook, StreamStatusEvent PAUSED, session a, sequence 1`, `
			hooktest: hooks are missing:
			    StreamStatusEvent PAUSED, session a, sequence 1: came with the sequence of another hook, StreamStatusEvent PAUSED, session a, sequence 1`},
		"no sequence": {visit("a")[:1], `
			hooktest: hooks out of order:
			    no hook came with a sequence`, `
			hooktest: hooks are missing:
			    no hook came with a sequence`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := hooktest.NewBackend(t, hooktest.Within(50*time.Millisecond))
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

// A payload that was read from JSON equals one that was made in Go of the same values,
// although the JSON leaves out flags that the Go value would send.
func TestAssertPayloadThatWasRead(t *testing.T) {
	t.Parallel()
	read, err := resthook.PublishStream.Decode([]byte(`{"name":"cam","custom":{"n":7}}`))
	require.NoError(t, err)
	failing := newFakeTB(t)
	assert.True(t, hooktest.AssertPayload(failing, &resthook.Stream{Name: "cam", Custom: map[string]any{"n": 7}}, read))
	assert.Empty(t, failing.failures())
	assert.False(t, hooktest.AssertPayload(failing, &resthook.Stream{Name: "cam", Custom: map[string]any{"n": 8}}, read))
	assert.Contains(t, failing.failures()[0], "-     \"n\": 8\n")
}

// Two numbers differ also if float64 would round them to the same value.
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

// A long diff shows only the lines near a difference.
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
	failing.wantFailure(t, `
		hooktest: not the payload expected (-want +got):
		    {
		      "k0000": 0,
		  -   "k0001": 1,
		  +   "k0001": 0,
		      "k0002": 2,
		      "k0003": 3,
		      "k0004": 4,
		    (2992 lines as expected)
		      "k2997": 2997,
		      "k2998": 2998,
		      "k2999": 2999,
		  -   "k3000": 3000,
		  +   "k3000": 0,
		      "k3001": 3001,
		      "k3002": 3002,
		      "k3003": 3003,
		    (997 lines as expected)`)
}

// A hook that is sent may arrive before an event that was notified earlier. No hook is
// lost.
func TestAssertNotifyThenSend(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	client := b.Client()
	for i := range 100 {
		id := fmt.Sprintf("s-%d", i)
		session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: id})
		require.NoError(t, err)
		require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), session, &resthook.Stream{Status: resthook.StreamPublishing}))
		_, err = resthook.PlayStream.Send(t.Context(), session, &resthook.Stream{})
		require.NoError(t, err)
		b.AssertComplete(t)
		b.AssertSequence(t, id, "connect", "StreamStatusEvent PUBLISHING", "playStream")
	}
	b.AssertInOrder(t)
	b.AssertOnce(t)
}

// Sequence numbers show that a hook is missing. The assertions wait for it.
func TestAssertionsWaitForTheGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := hooktest.NewBackendOn(t, hooktest.NewNetwork().Listen())
		b.Record("s", 1, 3, 4)
		began := time.Now()
		time.AfterFunc(time.Hour, func() { b.Record("s", 2) })
		assert.True(t, b.AssertComplete(t))
		assert.Equal(t, time.Hour, time.Since(began))
		time.AfterFunc(time.Hour, func() { b.Record("s", 5) })
		b.Record("s", 6)
		assert.True(t, b.AssertSequence(t, "s", all("StreamStatusEvent S%d", 6)...))
		assert.Equal(t, 2*time.Hour, time.Since(began))

		b.Record("s", 8)
		failing := newFakeTB(t)
		assert.False(t, b.AssertSequence(failing, "s", append(all("StreamStatusEvent S%d", 7), "a", "b")...))
		assert.Equal(t, 26*time.Hour, time.Since(began), "the seventh may be wanted")
		assert.False(t, b.AssertSequence(failing, "s", append(all("StreamStatusEvent S%d", 5), "a", "b", "c")...))
		assert.Equal(t, 26*time.Hour, time.Since(began), "the sixth is not")
	})
}

// all are n labels, made with the format.
func all(format string, n int) (labels []string) {
	for i := range n {
		labels = append(labels, fmt.Sprintf(format, i+1))
	}
	return labels
}

// The time grows in proportion to the number of hooks.
func TestAssertManyHooks(t *testing.T) {
	t.Parallel()
	for _, n := range []int{4_000, 40_000} {
		b := hooktest.NewBackend(t, hooktest.Within(time.Minute))
		var sender sync.WaitGroup
		sender.Go(func() {
			for i := 1; i < n; i += 2 { // swaps each pair
				b.Record("s", i+1, i)
			}
		})
		want := all("StreamStatusEvent S%d", n)
		require.NoError(t, b.Wait(t.Context(), n, "StreamStatusEvent"))
		_ = hooktest.Await(t, b, resthook.StreamStatusEvent, func(s *resthook.Stream) bool { return s.Status == "S2" })
		sender.Wait()
		assert.True(t, b.AssertSequence(t, "s", want...))
		assert.True(t, b.AssertComplete(t))
		assert.True(t, b.AssertOnce(t))

		failing := newFakeTB(t)
		want[10], want[n-10] = "other", "other"
		assert.False(t, b.AssertSequence(failing, "s", want...))
		b.Record("s", n+2)
		assert.False(t, b.AssertInOrder(failing))
		for _, text := range failing.failures() {
			assert.Less(t, strings.Count(text, "\n"), 110)
			assert.Less(t, len(text), 8<<10)
		}
		assert.Contains(t, failing.failures()[0], "\n  - other\n  + StreamStatusEvent S11\n    StreamStatusEvent S12\n")
		assert.Contains(t, failing.failures()[1], fmt.Sprintf("\n    (%d more)", n/2-30))
	}
}

// The length of a failure message is bounded: long lines are cut, and so is the number
// of lines.
func TestFailuresAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10_000)
	var many []hook
	for i := range 120 {
		many = append(many, hook{"StreamStatusEvent", fmt.Sprint(i, long), long, "", i + 2})
	}
	strict := newFakeTB(t)
	hooked := hooktest.NewBackend(strict, hooktest.Strict(), hooktest.Within(time.Millisecond))
	send(t, newClient(t), hooked.URL(), many...)
	failing := newFakeTB(t)
	hooked.AssertSequence(failing, "other", "connect")
	hooked.AssertSequence(failing, "0"+long, "connect")
	hooked.AssertSequence(failing, long, "connect")
	hooked.AssertComplete(failing)
	hooked.AssertOnce(failing)
	assert.Error(t, hooked.Wait(t.Context(), 121))
	failing.Errorf("%v", hooked.Wait(t.Context(), 121))
	want, got := map[string]any{"a": long + "y", "b": 1}, map[string]any{"a": long + "z", "b": 1}
	hooktest.AssertPayload(failing, &want, &got)
	for _, text := range append(failing.failures(), strict.failures()...) {
		assert.Less(t, len(text), 12<<10, text)
		assert.Less(t, strings.Count(text, "\n"), 110)
	}
	assert.Contains(t, failing.failures()[len(failing.failures())-1], "xy\",\n")
	assert.Contains(t, failing.failures()[len(failing.failures())-1], "xz\",\n")
}
