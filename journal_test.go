package resthook_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// What ends with the process goes out with the id that its journal entry has.
func TestClosingEventsHaveTheIDsOfTheirEntries(t *testing.T) {
	t.Parallel()
	client, s, b := journaled(t)
	session := connect(t, client, "s")
	streamIs(t, session, "m", resthook.StreamPublishing)
	callIs(t, session, "c", resthook.CallTrying)
	streamIs(t, session, "m", resthook.StreamPaused)
	callIs(t, session, "c", resthook.CallFinish)
	streamIs(t, session, "m", resthook.StreamUnpublished)
	require.NoError(t, session.Disconnect(t.Context()))
	closeClient(t, client)

	mark := b.Requests()[0].ID()
	want := []struct {
		id       string
		sequence uint64
		entry    bool
	}{
		{mark + ".end", 0, true},
		{mark + ".1.end", 0, true},
		{mark + ".1", 1, false},
		{mark + ".2.end", 0, true},
		{mark + ".2", 2, false},
		{mark + ".3", 3, false},
		{mark + ".2.end", 4, false},
		{mark + ".1.end", 5, false},
		{mark + ".end", 6, false},
	}
	all := s.list()
	require.Len(t, all, len(want))
	for i, one := range all {
		assert.Equal(t, want[i].id, one.ID, "step %d", i)
		assert.Equal(t, want[i].sequence, one.Sequence, "step %d", i)
		assert.Equal(t, want[i].entry, one.entry, "step %d", i)
		assert.Equal(t, want[i].entry, one.Recovered, "step %d", i)
		assert.Equal(t, mark, one.Line, "step %d", i)
	}
	b.AssertComplete(t)
	b.AssertInOrder(t)
	for _, r := range b.Requests() {
		assert.Empty(t, r.Header.Values(resthook.HeaderRecovered), "%s", r)
	}
}

// A stream that begins again under the same id is another one. One that was never open
// ends with an id of its own.
func TestEachLifeOfAStreamHasItsOwnClosingID(t *testing.T) {
	t.Parallel()
	client, s, b := journaled(t)
	session := connect(t, client, "s")
	for _, status := range []resthook.StreamStatus{
		resthook.StreamUnpublished, // never open
		resthook.StreamPublishing, resthook.StreamFailed, resthook.StreamFailed,
		resthook.StreamPublishing, resthook.StreamStopped,
	} {
		streamIs(t, session, "m", status)
	}
	closeClient(t, client)
	mark := b.Requests()[0].ID()
	assert.Equal(t, []string{mark + ".end", mark + ".2.end", mark + ".5.end"}, idsOf(s.entries()))
	assert.Equal(t, []string{mark + ".1", mark + ".2", mark + ".2.end", mark + ".4", mark + ".5", mark + ".5.end"}, idsOf(s.pushed()))
	b.AssertComplete(t)
}

func idsOf(events []resthook.Event) (ids []string) {
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

// What cannot be closed later, or is not sent, opens nothing. The session's own entry is the
// first, where there is one.
func TestNothingOpens(t *testing.T) {
	t.Parallel()
	stream := func(status resthook.StreamStatus) *resthook.Stream {
		return &resthook.Stream{MediaSessionID: "m", Status: status}
	}
	for name, row := range map[string]struct {
		policy  string
		act     func(t *testing.T, client *resthook.Client, session *resthook.Session) error
		entries int
	}{
		"progress": {"{}", func(t *testing.T, _ *resthook.Client, session *resthook.Session) error {
			return resthook.StreamStatusEvent.Notify(t.Context(), session, stream(resthook.StreamResize))
		}, 1},
		"a stream without an id": {"{}", func(t *testing.T, _ *resthook.Client, session *resthook.Session) error {
			return resthook.StreamStatusEvent.Notify(t.Context(), session, &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing})
		}, 1},
		"without a session": {"{}", func(t *testing.T, client *resthook.Client, _ *resthook.Session) error {
			return resthook.StreamStatusEvent.Notify(t.Context(), client, stream(resthook.StreamPublishing))
		}, 1},
		"sent": {"{}", func(t *testing.T, _ *resthook.Client, session *resthook.Session) error {
			_, err := resthook.StreamStatusEvent.Send(t.Context(), session, stream(resthook.StreamPublishing))
			return err
		}, 1},
		"another event": {"{}", func(t *testing.T, _ *resthook.Client, session *resthook.Session) error {
			return resthook.RecordingStatusEvent.Notify(t.Context(), session, &resthook.Recording{MediaSessionID: "m", Status: "NEW"})
		}, 1},
		"disabled": {`{"StreamStatusEvent":{"restPolicy":"DISABLE"}}`, func(t *testing.T, _ *resthook.Client, session *resthook.Session) error {
			return resthook.StreamStatusEvent.Notify(t.Context(), session, stream(resthook.StreamPublishing))
		}, 1},
		"a session whose end is not sent": {`{"ConnectionStatusEvent":{"restPolicy":"DISABLE"}}`, func(*testing.T, *resthook.Client, *resthook.Session) error {
			return nil
		}, 0},
		"a recorded stream": {"{}", func(t *testing.T, _ *resthook.Client, session *resthook.Session) error {
			return resthook.StreamStatusEvent.Record(t.Context(), session, stream(resthook.StreamPending))
		}, 2},
		"a stream as JSON": {"{}", func(t *testing.T, _ *resthook.Client, session *resthook.Session) error {
			return resthook.StreamStatusEvent.NotifyJSON(t.Context(), session, []byte(`{"mediaSessionId":"m","status":"NEW"}`))
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, s, _ := journaled(t)
			session := sessionUnder(t, client, resthook.Connection{SessionID: "s"}, row.policy)
			require.NoError(t, row.act(t, client, session))
			assert.Len(t, s.entries(), row.entries)
			closeClient(t, client)
		})
	}
}

// Whatever goroutines notify at once, an entry is opened once, and before what it belongs to
// is pushed.
func TestEntriesAreOpenedBeforeTheirEvents(t *testing.T) {
	t.Parallel()
	client, s, b := journaled(t)
	session := connect(t, client, "s")
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			id := fmt.Sprint("m", i%10)
			streamIs(t, session, id, resthook.StreamPublishing)
			streamIs(t, session, id, resthook.StreamUnpublished)
			callIs(t, session, id, resthook.CallRing)
		})
	}
	all.Wait()
	require.NoError(t, session.Disconnect(t.Context()))
	closeClient(t, client)
	open := map[string]string{}
	for i, one := range s.list() {
		about := one.Hook + one.About.MediaSessionID + one.About.CallID
		closing := one.Priority == resthook.PriorityClosing
		switch {
		case one.entry:
			require.Empty(t, open[about], "step %d: %s is open already", i, about)
			open[about] = one.ID
		case closing && open[about] != "":
			require.Equal(t, open[about], one.ID, "step %d", i)
			delete(open, about)
		case closing:
			require.NotContains(t, one.ID, ".end", "step %d", i)
		default:
			require.NotEmpty(t, open[about], "step %d: pushed before its entry", i)
		}
	}
	assert.Len(t, open, 10, "the calls")
	b.AssertComplete(t)
}

// An entry is the event that would have ended the thing, under the rule of the session.
func TestEntriesAreReadyToBeDelivered(t *testing.T) {
	t.Parallel()
	client, s, _ := journaled(t)
	session := sessionUnder(t, client, resthook.Connection{SessionID: "s", AppKey: "shop", NodeID: "n", Login: "eve", AuthToken: "secret"},
		`{"ConnectionStatusEvent":{"restExclude":"authToken","restOnError":"FAIL"},"CallStatusEvent":{"restExclude":"info,custom"}}`)
	for _, text := range []string{
		`{"mediaSessionId":"a","published":true,"status":"NEW","more":[1.0]}`,
		`{"mediaSessionId":"b","published":false,"status":"PLAYING","info":"odd"}`,
		`{"mediaSessionId":"c","status":"PUBLISHING"}`,
	} {
		require.NoError(t, resthook.StreamStatusEvent.NotifyJSON(t.Context(), session, []byte(text)))
	}
	require.NoError(t, resthook.CallStatusEvent.NotifyJSON(t.Context(), session, []byte(`{"callId":"d","status":"RING","custom":{"token":"secret"}}`)))
	closeClient(t, client)

	const ids, info = `"nodeId":"n","appKey":"shop","sessionId":"s"`, `"info":"The media server ended; closed by its successor"`
	entries := s.entries()
	require.Len(t, entries, 5)
	for i, want := range []string{
		`{` + ids + `,"login":"eve","status":"DISCONNECTED",` + info + `}`,
		`{` + ids + `,"mediaSessionId":"a","published":true,"status":"UNPUBLISHED","more":[1.0],` + info + `}`,
		`{` + ids + `,"mediaSessionId":"b","published":false,"status":"STOPPED",` + info + `}`,
		`{` + ids + `,"mediaSessionId":"c","status":"UNPUBLISHED",` + info + `}`,
		`{` + ids + `,"callId":"d","status":"FINISH"}`,
	} {
		e := entries[i]
		assert.JSONEq(t, want, string(e.Body), "entry %d", i)
		assert.NotZero(t, e.Time)
		e.ID, e.Body, e.Line, e.Time = "", nil, "", s.list()[0].Time
		about := []resthook.About{
			{EventStatus: "DISCONNECTED"},
			{MediaSessionID: "a", EventStatus: "UNPUBLISHED"},
			{MediaSessionID: "b", EventStatus: "STOPPED"},
			{MediaSessionID: "c", EventStatus: "UNPUBLISHED"},
			{CallID: "d", EventStatus: "FINISH"},
		}[i]
		onError := resthook.OnErrorLog
		if i == 0 {
			onError = resthook.OnErrorFail
		}
		assert.Equal(t, resthook.Event{
			Time: e.Time, Hook: e.Hook, Kind: resthook.KindEvent, AppKey: "shop", Session: "s", OnError: onError,
			Priority: resthook.PriorityClosing, About: about, Recovered: true,
		}, e, "entry %d", i)
	}
	assert.True(t, slices.IsSortedFunc(entries[1:4], func(a, b resthook.Event) int { return a.Time.Compare(b.Time) }))
}
