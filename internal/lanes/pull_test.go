package lanes_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/lanes"
)

func TestPullEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(lanes.Limits{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		_, err := q.Pull(ctx, []string{"a"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(begun))
		q.push((&lane{owner: "a"}).next(0))
		assert.NotNil(t, q.pull("a"), "the item is there for the next one")
	})
}

// A Pull whose context ends just as it is woken wakes another one.
func TestPullThatEndsLosesNoItem(t *testing.T) {
	t.Parallel()
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(lanes.Limits{})
			ctx, cancel := context.WithCancel(t.Context())
			var got sync.WaitGroup
			var mu sync.Mutex
			taken := 0
			pull := func(ctx context.Context) {
				got.Go(func() {
					if _, err := q.Pull(ctx, []string{"a"}); err == nil {
						mu.Lock()
						defer mu.Unlock()
						taken++
					}
				})
				synctest.Wait()
			}
			pull(ctx)
			pull(t.Context())
			go cancel()
			go q.push((&lane{owner: "a"}).next(0))
			synctest.Wait()
			mu.Lock()
			assert.Equal(t, 1, taken)
			mu.Unlock()
			q.Close()
			got.Wait()
		})
	}
}

func TestPullOfSeveralOwners(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(lanes.Limits{})
		a, b, c := &lane{owner: "a"}, &lane{owner: "b"}, &lane{owner: "c"}
		for _, l := range []*lane{b, c, a} {
			q.push(l.next(0))
		}
		assert.Equal(t, "b//1", q.pull("a", "b").id, "the lane that became ready first")
		assert.Equal(t, "a//1", q.pull("a", "b").id)
		_, err := q.Pull(ended(t), []string{"a", "b"})
		require.ErrorIs(t, err, context.Canceled, "the item of c was not asked for")
		assert.Equal(t, "c//1", q.pull("c").id)

		both, one := make(chan *item, 1), make(chan *item, 1)
		go func() {
			taken, err := q.Pull(t.Context(), []string{"x", "y"})
			if assert.NoError(t, err) {
				both <- taken.Value()
			}
		}()
		synctest.Wait()
		go func() {
			taken, err := q.Pull(t.Context(), []string{"y"})
			if assert.NoError(t, err) {
				one <- taken.Value()
			}
		}()
		synctest.Wait()
		q.push((&lane{owner: "x"}).next(0))
		q.push((&lane{owner: "y"}).next(0)) // may wake the same waiter, which takes only one of the two
		synctest.Wait()
		assert.Equal(t, "y", (<-one).owner)
		assert.Equal(t, "x", (<-both).owner)
	})
}

func TestCloseEndsEveryPull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(lanes.Limits{})
		var over sync.WaitGroup
		for _, owners := range [][]string{{"a"}, {"a"}, {"b", "a"}} {
			over.Go(func() {
				_, err := q.Pull(t.Context(), owners)
				assert.ErrorIs(t, err, lanes.ErrClosed)
			})
		}
		synctest.Wait()
		q.Close()
		over.Wait()
		_, err := q.Pull(t.Context(), []string{"a"})
		require.ErrorIs(t, err, lanes.ErrClosed)
		_, err = q.Push(lanes.Item[*item]{})
		require.ErrorIs(t, err, lanes.ErrClosed)
	})
}

// After Requeue, Done and Requeue of the old Taken do nothing.
func TestTakenEndsOnce(t *testing.T) {
	t.Parallel()
	q := newQueue(lanes.Limits{})
	e := (&lane{owner: "a"}).next(0)
	q.push(e)
	q.pull("a")
	before := q.taken[e]
	q.requeue(e, 0)
	again, err := q.Pull(ended(t), []string{"a"})
	require.NoError(t, err, "without a wait it is ready at once")
	before.Done()
	before.Requeue(time.Hour, nil)
	items, _ := q.Load()
	assert.Equal(t, 1, items)
	again.Done()
	items, _ = q.Load()
	assert.Zero(t, items)
	again.Done()
	items, _ = q.Load()
	assert.Zero(t, items)
}
