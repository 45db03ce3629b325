package durable_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// A process that ends again and again before it has worked off what it left: everything comes in the end, once.
func TestManyRestarts(t *testing.T) {
	t.Parallel()
	const rounds, sessions = 12, 50
	dir := t.TempDir()
	for round := range rounds {
		s := openIn(t, dir, silent)
		var stored sync.WaitGroup
		done := func(err error) {
			assert.NoError(t, err)
			stored.Done()
		}
		for i := range sessions {
			stored.Add(2)
			id := fmt.Sprint(round, "-", i)
			event := resthook.Event{
				ID: id + ".end", AppKey: "app", App: "app", Session: id, Line: id,
				Hook: "ConnectionStatusEvent", Time: time.Now(), Body: []byte("{}"), Priority: resthook.PriorityClosing,
			}
			s.Journal().Open(event, done)
			event.ID = id + ".1"
			s.Queue().Push(event, done)
		}
		stored.Wait()
		s.Crash()
	}
	q := openIn(t, dir, silent).Queue()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	seen := map[string]int{}
	for range 2 * rounds * sessions {
		l, err := q.Pull(ctx, []string{"app"})
		require.NoError(t, err)
		e := l.Event()
		seen[e.ID]++
		if e.Recovered {
			assert.Equal(t, 1, seen[e.Session+".1"], "its event comes first")
		}
		require.NoError(t, l.Done(ctx, resthook.EventDelivered))
	}
	assert.Len(t, seen, 2*rounds*sessions)
}
