package inspect

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// event is one of a session, as a message of a boot.
func event(t testing.TB, b wire.Boot, app, session string, priority resthook.Priority) *nats.Msg {
	t.Helper()
	e := resthook.Event{
		ID: nats.NewInbox(), Time: time.Now(), Hook: "StreamStatusEvent", Kind: resthook.KindEvent, App: app, Session: session, Line: session, Priority: priority, Body: make([]byte, 100),
	}
	m, err := wire.Message(&e)
	require.NoError(t, err)
	m.Subject = wire.EventSubject(b, wire.EventPlace(&e))
	return m
}

func lease(t testing.TB, js jetstream.JetStream, node, value string) {
	t.Helper()
	_, err := js.Publish(t.Context(), wire.LeaseSubject(node), []byte(value))
	require.NoError(t, err)
}

func claim(t testing.TB, js jetstream.JetStream, b, owner wire.Boot) {
	t.Helper()
	_, err := js.Publish(t.Context(), wire.BootSubject(b), wire.Owner(owner, 1))
	require.NoError(t, err)
}

func TestNodesAndEstates(t *testing.T) {
	t.Parallel()
	url, js := natsServer(t)
	boot := func(node, id string) wire.Boot { return wire.Boot{Node: node, ID: id} }
	one, two := boot("one", "aaaaaaaa"), boot("two", "bbbbbbbb")
	orphan, claimed, abandoned := boot("one", "cccccccc"), boot("two", "dddddddd"), boot("three", "eeeeeeee")
	lease(t, js, "one", one.ID)
	lease(t, js, "two", "!"+two.ID)
	for b, owner := range map[wire.Boot]wire.Boot{one: one, two: two, claimed: one, abandoned: two} {
		claim(t, js, b, owner)
	}
	for i, b := range []wire.Boot{one, two, orphan, claimed, abandoned} {
		put(t, js, i+1, func(int) *nats.Msg { return event(t, b, "a", "s", resthook.PriorityStatus) })
	}
	st, err := store(t, url).Status(t.Context(), 1000)
	require.NoError(t, err)
	require.Len(t, st.Nodes, 2)
	for i := range st.Nodes {
		assert.WithinDuration(t, time.Now(), st.Nodes[i].Renewed, time.Minute)
		st.Nodes[i].Renewed = time.Time{}
	}
	assert.Equal(t, []Node{{Node: "one", Boot: one.ID, State: Alive, Left: Left{Events: 1}}, {Node: "two", Boot: two.ID, State: Dead}}, st.Nodes)
	assert.Equal(t, []Estate{
		{Node: "one", Boot: orphan.ID, Left: Left{Events: 3}},
		{Node: "three", Boot: abandoned.ID, Left: Left{Events: 5}}, // its claimant is dead
		{Node: "two", Boot: two.ID, Left: Left{Events: 2}},
		{Node: "two", Boot: claimed.ID, Owner: "one", Left: Left{Events: 4}},
	}, st.Estates)
}

func TestStateOfANode(t *testing.T) {
	t.Parallel()
	assert.Equal(t, Alive, state(false, false, silentAfter))
	assert.Equal(t, Silent, state(false, false, silentAfter+1))
	assert.Equal(t, Stopped, state(false, true, time.Hour))
	assert.Equal(t, Dead, state(true, false, 0))
}

// Counts are whole, and the priorities those of the oldest events that were read.
func TestStatusReadsTheOldest(t *testing.T) {
	t.Parallel()
	url, js := natsServer(t)
	b := wire.Boot{Node: "one", ID: "aaaaaaaa"}
	put(t, js, 60, func(i int) *nats.Msg {
		if i < 50 {
			return event(t, b, "early", fmt.Sprint(i), resthook.PriorityClosing)
		}
		return event(t, b, "late", "s", resthook.PriorityProgress)
	})
	s := store(t, url)
	for most, closing := range map[int]uint64{10: 10, 50: 50} {
		st, err := s.Status(t.Context(), most)
		require.NoError(t, err)
		assert.False(t, st.Events.Whole())
		assert.Equal(t, uint64(60), st.Events.Count)
		require.Len(t, st.Events.Apps, 2)
		early, late := st.Events.Apps[0], st.Events.Apps[1]
		assert.Equal(t, App{App: "early", Count: 50, Bytes: 100 * closing, Oldest: st.Events.Oldest, Closing: closing}, early)
		require.NotNil(t, late.Oldest) // though none was read
		assert.True(t, late.Oldest.After(*early.Oldest))
		assert.Equal(t, App{App: "late", Count: 10, Oldest: late.Oldest}, late)
	}
	st, err := s.Status(t.Context(), 60)
	require.NoError(t, err)
	assert.True(t, st.Events.Whole())
	assert.Equal(t, uint64(10), st.Events.Apps[1].Progress)
}

// Reading makes no consumer and takes nothing.
func TestReadingLeavesNoTrace(t *testing.T) {
	t.Parallel()
	url, js := natsServer(t)
	b := wire.Boot{Node: "one", ID: "aaaaaaaa"}
	put(t, js, 10, func(int) *nats.Msg { return event(t, b, "a", "s", resthook.PriorityStatus) })
	advisories, err := js.Conn().SubscribeSync("$JS.EVENT.ADVISORY.CONSUMER.>")
	require.NoError(t, err)
	before := sizes(t, js)
	s := store(t, url)
	_, err = s.Status(t.Context(), 100)
	require.NoError(t, err)
	require.NoError(t, s.Events(t.Context(), Where{}, true, func(Waiting) bool { return true }))
	require.NoError(t, s.Letters(t.Context(), Which{}, true, func(Letter) bool { return true }))
	require.NoError(t, js.Conn().Flush())
	n, _, err := advisories.Pending()
	require.NoError(t, err)
	assert.Zero(t, n)
	assert.Equal(t, before, sizes(t, js))
}

func sizes(t testing.TB, js jetstream.JetStream) (all []uint64) {
	t.Helper()
	for _, name := range []string{wire.Events, wire.Dead, wire.Nodes} {
		stream, err := js.Stream(t.Context(), name)
		require.NoError(t, err)
		state := stream.CachedInfo().State
		all = append(all, state.Msgs, state.LastSeq, uint64(state.Consumers))
	}
	return all
}

func TestNoStoreInNATS(t *testing.T) {
	t.Parallel()
	url, js := natsServer(t)
	require.NoError(t, js.DeleteStream(t.Context(), wire.Dead))
	st, err := store(t, url).Status(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, Stream{Name: wire.Dead, Missing: true}, st.Streams[1])
	require.NoError(t, js.DeleteStream(t.Context(), wire.Events))
	require.NoError(t, js.DeleteStream(t.Context(), wire.Nodes))
	_, err = Connect(t.Context(), url)
	assert.ErrorIs(t, err, ErrNoStore)
}

// What is sent again does not take the room of the media servers' own events.
func TestResendLeavesRoom(t *testing.T) {
	t.Parallel()
	url, js := natsServer(t)
	config := wire.Streams(wire.Bounds{Replicas: 1, Bytes: 1 << 20, Messages: 100, DeadBytes: 1 << 20, DeadAge: time.Hour, Duplicates: time.Minute})[0]
	_, err := js.UpdateStream(t.Context(), config)
	require.NoError(t, err)
	put(t, js, 80, func(int) *nats.Msg {
		return event(t, wire.Boot{Node: "one", ID: "a"}, "a", "s", resthook.PriorityStatus)
	})
	e := resthook.Event{ID: "dead.1", Kind: resthook.KindEvent, App: "a", Session: "s"}
	m, err := wire.Message(&e)
	require.NoError(t, err)
	m.Subject = wire.DeadSubject(&e)
	_, err = js.PublishMsg(t.Context(), m)
	require.NoError(t, err)
	s := store(t, url)
	done, err := s.Resend(t.Context(), Which{})
	assert.ErrorIs(t, err, ErrFull)
	assert.Zero(t, done.Done)
	stream, err := js.Stream(t.Context(), wire.Events)
	require.NoError(t, err)
	require.NoError(t, stream.DeleteMsg(t.Context(), 1))
	done, err = s.Resend(t.Context(), Which{})
	require.NoError(t, err)
	assert.Equal(t, 1, done.Done)
}

func TestConnectEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Connect(ctx, "nats://127.0.0.1:1")
	assert.ErrorIs(t, err, context.Canceled)
}
