package durable

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// Keep-alives of a session that waits for what an earlier boot has left: the newest of each thing waits,
// and no more than a session may have.
func TestKeepAlivesThatWait(t *testing.T) {
	t.Parallel()
	s := &Store{
		capacity: newCapacity(&options{limits: resthook.QueueLimits{SessionEvents: 3}}), tenure: newTenure(true),
		state: state{memory: unbounded(), lines: map[lineKey]*line{}},
	}
	begun := time.Now()
	count := 0
	e := func(id, replaces string) resthook.Event {
		count++
		return resthook.Event{ID: id, Session: "s", Replaces: replaces, Time: begun.Add(time.Duration(count) * time.Second)}
	}
	first := e("1", "a")
	s.lineOf(&first).behind = &estateApp{}
	push := func(e resthook.Event) (replaced []resthook.Drop, err error) {
		replaced = queue{s}.Push(e, func(stored error) { err = stored })
		return replaced, err
	}
	replaced, err := push(first)
	require.NoError(t, err)
	require.Empty(t, replaced)
	replaced, err = push(e("2", "a"))
	require.NoError(t, err)
	assert.Equal(t, []resthook.Drop{{Event: first, Result: resthook.EventReplaced}}, replaced)
	for _, other := range []string{"b", "c"} {
		_, err = push(e(other, other))
		require.NoError(t, err)
	}
	_, err = push(e("d", "d"))
	require.ErrorIs(t, err, resthook.ErrQueueFull)
	assert.Equal(t, 3, queue{s}.Load().Events)
	assert.True(t, begun.Add(2*time.Second).Equal(queue{s}.Load().Oldest), "that of the second, which replaced the first")
	assert.Zero(t, s.memory.Load().Events)
}
