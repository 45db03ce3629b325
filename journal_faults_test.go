package resthook_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

// A journal that fails takes nothing from the session: its events are delivered, with the
// ids of the entries.
func TestFaultsOfAJournalAreLogged(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		open func(_ resthook.Event, stored func(error))
		line string
	}{
		"it does not store": {func(_ resthook.Event, stored func(error)) { stored(errDisk) }, `level=ERROR msg="journal failed" count=1 error="disk full"`},
		"it stores nothing later": {func(_ resthook.Event, stored func(error)) {
			go stored(errDisk)
		}, `msg="journal failed"`},
		"it panics": {func(resthook.Event, func(error)) { panic("no journal") }, `msg="callback panicked" panic="no journal"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := new(logged)
			client, s, b := journaled(t, resthook.WithLogger(log.logger()))
			s.open = row.open
			session := connect(t, client, "s")
			streamIs(t, session, "m", resthook.StreamPublishing)
			require.NoError(t, session.Disconnect(t.Context()))
			closeClient(t, client)
			assert.Contains(t, log.String(), row.line)
			b.AssertSequence(t, "s", "connect", "StreamStatusEvent PUBLISHING", "ConnectionStatusEvent DISCONNECTED")
			assert.Equal(t, b.Requests()[0].ID()+".end", b.Requests()[2].ID())
		})
	}
}

// A journal that fails at every entry writes one line a second.
func TestFaultsOfAJournalAreThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, s := new(logged), newNotingJournal()
		s.open = func(_ resthook.Event, stored func(error)) { stored(errDisk) }
		b := newEventBubble(t, []hooktest.Behaviour{accepting()}, resthook.WithJournal(s), resthook.WithLogger(log.logger()))
		session := b.session(t, "s")
		for i := range 100 {
			streamIs(t, session, fmt.Sprint(i), resthook.StreamPlaying)
		}
		time.Sleep(3 * time.Second)
		lines := log.all("journal failed")
		require.Len(t, lines, 2)
		assert.Contains(t, lines[1], "count=100")
	})
}

// A client that opens streams without end does not fill the journal.
func TestASessionHasAtMostAThousandEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, s := new(logged), newNotingJournal()
		b := newEventBubble(t, []hooktest.Behaviour{accepting()}, resthook.WithJournal(s), resthook.WithLogger(log.logger()))
		session := b.session(t, "s")
		for i := range 1100 {
			streamIs(t, session, fmt.Sprint(i), resthook.StreamPlaying)
		}
		assert.Len(t, s.entries(), 1001, "the session and 1000 streams")
		streamIs(t, session, "0", resthook.StreamStopped)
		streamIs(t, session, "2000", resthook.StreamPlaying)
		assert.Len(t, s.entries(), 1002, "one was closed, so there is room for one")
		streamIs(t, session, "2001", resthook.StreamPlaying)
		time.Sleep(3 * time.Second)
		require.Len(t, log.all("journal failed"), 1)
		assert.Contains(t, log.String(), "count=1 error=\"more than 1000 streams and calls of a session are open\"")
		require.NoError(t, session.Disconnect(t.Context()))
	})
}

// A closing event that a successor delivers says so, over each transport.
func TestRecoveredEventsHaveAHeader(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		b, queue, seen := hooktest.NewBackend(t), resthook.NewQueue(resthook.QueueLimits{}), new(outcomes)
		put(t, queue, resthook.Event{
			ID: "boot.1.end", Time: time.Now(), Hook: "ConnectionStatusEvent", Kind: resthook.KindEvent, Session: "s",
			Body: []byte(`{"sessionId":"s","status":"DISCONNECTED"}`), Recovered: true,
		})
		put(t, queue, kept("s", 2))
		opts := append(via.options(t, situation.Settings{Limit: 1}), resthook.WithQueue(queue), resthook.WithObserver(resthook.Observer{Event: seen.note}))
		client := newClient(t, b.URL(), opts...)
		b.AssertSequence(t, "s", "ConnectionStatusEvent DISCONNECTED", "StreamStatusEvent PUBLISHING")
		closeClient(t, client)
		closing, plain := b.Requests()[0], b.Requests()[1]
		assert.Equal(t, []string{"true"}, closing.Header.Values("Resthook-Recovered"))
		assert.Equal(t, "boot.1.end", closing.ID())
		assert.Empty(t, closing.Header.Values(resthook.HeaderSequence))
		assert.Empty(t, plain.Header.Values("Resthook-Recovered"))
		require.Len(t, seen.list(), 2)
		assert.True(t, seen.list()[0].Recovered)
		assert.False(t, seen.list()[1].Recovered)
	})
}

// A status that is named for events alone is tried again for as long as events are, and ends
// a decision at once.
func TestEventRetryStatuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(503, ``)}, resthook.WithEventRetryStatuses(503), resthook.WithRetryStatuses(502))
		_, err := resthook.Connect.Send(t.Context(), b.client, &resthook.Connection{SessionID: "s"})
		require.ErrorIs(t, err, resthook.ErrStatus)
		assert.Len(t, b.socket.Requests(), 1, "a decision")
		notify(t, b.session(t, "s"), "cam")
		time.Sleep(time.Minute)
		assert.Greater(t, len(b.socket.Requests()), 10, "an event")
		assert.Empty(t, b.seen.list())
		time.Sleep(10 * time.Minute)
		assert.Equal(t, 1, b.seen.count(resthook.EventExpired))
	})
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(502, ``), accepting()}, resthook.WithEventRetryStatuses(503), resthook.WithRetryStatuses(http.StatusBadGateway))
		notify(t, b.session(t, "s"), "cam")
		time.Sleep(time.Minute)
		assert.Equal(t, 1, b.seen.count(resthook.EventDelivered), "a status for all hooks is one for events")
	})
}

// The entry of what an event opens is stored before the event, and Record waits for both, also
// where the event has been delivered before.
func TestRecordWaitsForWhatItOpens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		q.storeAfter(time.Second, nil)
		b := newEventBubble(t, []hooktest.Behaviour{accepting()}, resthook.WithQueue(q), resthook.WithJournal(newNotingJournal()))
		s := b.session(t, "s")
		stream := &resthook.Stream{MediaSessionID: "m", Status: resthook.StreamPublishing}
		require.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), s, stream))
		assert.Equal(t, time.Second, time.Since(b.begun))
		require.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), s, stream))
		assert.Equal(t, time.Second, time.Since(b.begun), "the stream is open")
	})
}
