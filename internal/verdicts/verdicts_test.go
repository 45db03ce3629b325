package verdicts_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/verdicts"
)

func Example() {
	cache := verdicts.New(verdicts.Options{Limit: 1000})
	defer cache.Close()
	keep := verdicts.Lifetimes{Allowed: time.Hour, Denied: time.Minute}
	q := verdicts.Question{Asked: verdicts.DigestOf([]byte("a long token"))}
	for range 2 {
		_, err := cache.Ask(context.Background(), q, keep, func() (verdicts.Verdict, error) {
			fmt.Println("asked")
			return verdicts.Denied, errors.New("no")
		})
		fmt.Println(err)
	}
	// Output:
	// asked
	// no
	// no
}

var (
	errNo     = errors.New("no")
	errFailed = errors.New("failed")
)

func hour() verdicts.Lifetimes {
	return verdicts.Lifetimes{Allowed: time.Hour, Denied: time.Minute}
}

func question(group, asked string) verdicts.Question {
	q := verdicts.Question{Asked: verdicts.DigestOf([]byte(asked))}
	if group != "" {
		q.Group = verdicts.DigestOf([]byte(group))
	}
	return q
}

// door is a cache that counts how often it had to ask.
type door struct {
	*verdicts.Cache

	asked atomic.Int64
}

func newDoor(limit int) *door {
	return &door{Cache: verdicts.New(verdicts.Options{Limit: limit, Group: 3})}
}

// ask asks a question that is answered with v after a wait.
func (d *door) ask(ctx context.Context, q verdicts.Question, v verdicts.Verdict, wait time.Duration) (bool, error) {
	return d.Ask(ctx, q, hour(), func() (verdicts.Verdict, error) {
		d.asked.Add(1)
		time.Sleep(wait)
		return v, errOf(v)
	})
}

func errOf(v verdicts.Verdict) error {
	switch v {
	case verdicts.Denied:
		return errNo
	case verdicts.Abandoned, verdicts.Failed:
		return errFailed
	case verdicts.Allowed:
	}
	return nil
}

// Callers who ask at once share an answer or a failure, but not an abandoned question. An
// answer is remembered for its lifetime.
func TestAnswersAreShared(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		verdict            verdicts.Verdict
		atOnce, soon, late int64 // asked by three at once, by one more 30 s later, and 30 min later
	}{
		"allowed":   {verdicts.Allowed, 1, 1, 1},
		"denied":    {verdicts.Denied, 1, 1, 2},
		"failed":    {verdicts.Failed, 1, 2, 3},
		"abandoned": {verdicts.Abandoned, 3, 4, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDoor(10)
				ask := func() {
					answered, err := d.ask(t.Context(), question("", "q"), c.verdict, time.Second)
					assert.True(t, answered)
					assert.Equal(t, errOf(c.verdict), err)
				}
				var all sync.WaitGroup
				for range 3 {
					all.Go(ask)
				}
				all.Wait()
				assert.Equal(t, c.atOnce, d.asked.Load())
				time.Sleep(30 * time.Second)
				ask()
				assert.Equal(t, c.soon, d.asked.Load())
				time.Sleep(30 * time.Minute)
				ask()
				assert.Equal(t, c.late, d.asked.Load())
				d.Close()
			})
		})
	}
}

// A caller who waits returns when its context ends, and nobody else notices.
func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(10)
		var all sync.WaitGroup
		all.Go(func() { _, _ = d.ask(t.Context(), question("", "q"), verdicts.Allowed, time.Minute) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		answered, err := d.ask(ctx, question("", "q"), verdicts.Allowed, 0)
		assert.False(t, answered)
		require.NoError(t, err)
		assert.Equal(t, time.Second, time.Since(begun))
		all.Wait()
		answered, _ = d.ask(ctx, question("", "q"), verdicts.Denied, 0)
		assert.True(t, answered, "a remembered answer needs no wait")
		assert.EqualValues(t, 1, d.asked.Load())
		d.Close()
	})
}

// After a panic of ask, callers who wait ask themselves.
func TestPanicEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(10)
		var all sync.WaitGroup
		all.Go(func() {
			assert.Panics(t, func() {
				_, _ = d.Ask(t.Context(), question("g", "q"), hour(), func() (verdicts.Verdict, error) {
					time.Sleep(time.Second)
					panic("oh no")
				})
			})
		})
		synctest.Wait()
		_, err := d.ask(t.Context(), question("g", "q"), verdicts.Denied, 0)
		require.ErrorIs(t, err, errNo)
		all.Wait()
		d.Close()
	})
}

// Shorter lifetimes count for remembered answers too; longer ones do not extend an answer
// that is over.
func TestLifetimesChange(t *testing.T) {
	t.Parallel()
	for verdict, keep := range map[verdicts.Verdict]func(time.Duration) verdicts.Lifetimes{
		verdicts.Allowed: func(life time.Duration) verdicts.Lifetimes { return verdicts.Lifetimes{Allowed: life} },
		verdicts.Denied:  func(life time.Duration) verdicts.Lifetimes { return verdicts.Lifetimes{Denied: life} },
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDoor(10)
			ask := func(life time.Duration) int64 {
				_, err := d.Ask(t.Context(), question("", "q"), keep(life), func() (verdicts.Verdict, error) {
					d.asked.Add(1)
					return verdict, errOf(verdict)
				})
				require.Equal(t, errOf(verdict), err)
				return d.asked.Load()
			}
			assert.EqualValues(t, 1, ask(time.Hour))
			assert.EqualValues(t, 1, ask(2*time.Second))
			time.Sleep(2 * time.Second)
			assert.EqualValues(t, 2, ask(2*time.Second))
			time.Sleep(2 * time.Second)
			assert.EqualValues(t, 3, ask(time.Hour))
			assert.EqualValues(t, 4, ask(0))
			assert.EqualValues(t, 5, ask(time.Hour), "for no time: not remembered")
			d.Close()
		})
	}
}

// At the limit the oldest answer of the same verdict is dropped: guesses that are denied
// displace no allowed answer.
func TestLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(4)
		ask := func(group, asked string, v verdicts.Verdict) bool {
			before := d.asked.Load()
			_, _ = d.ask(t.Context(), question(group, asked), v, 0)
			return d.asked.Load() > before
		}
		for i := range 100 {
			ask("", "guessed "+strconv.Itoa(i), verdicts.Denied)
		}
		for i := range 4 {
			require.True(t, ask("", "known "+strconv.Itoa(i), verdicts.Allowed))
		}
		for i := range 4 {
			require.False(t, ask("", "known "+strconv.Itoa(i), verdicts.Allowed))
		}
		require.True(t, ask("", "one more", verdicts.Allowed))
		assert.False(t, ask("", "known 1", verdicts.Allowed))
		assert.True(t, ask("", "known 0", verdicts.Allowed), "the oldest was dropped")
		d.Close()
	})
}

// A group has a bound for all its answers: the oldest is dropped.
func TestGroupIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(100)
		for i, v := range []verdicts.Verdict{verdicts.Allowed, verdicts.Denied, verdicts.Allowed, verdicts.Denied} {
			_, _ = d.ask(t.Context(), question("g", strconv.Itoa(i)), v, 0)
			_, _ = d.ask(t.Context(), question("", strconv.Itoa(i)), v, 0)
		}
		remembered, dropped := d.Stats()
		assert.Equal(t, 3+4, remembered)
		assert.Zero(t, dropped, "not at the limit")
		for i, asked := range []int64{8, 8, 8, 9} { // the newest first, since the oldest is asked anew
			_, _ = d.ask(t.Context(), question("g", strconv.Itoa(3-i)), verdicts.Allowed, 0)
			assert.Equal(t, asked, d.asked.Load())
		}
		d.Close()
	})
}

// Dropped answers are counted, and reported at most once a minute.
func TestDroppedIsReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []uint64
		c := verdicts.New(verdicts.Options{Limit: 1, Dropped: func(n uint64) { got = append(got, n) }})
		for i := range 10 {
			_, err := c.Ask(t.Context(), question("", strconv.Itoa(i)), hour(), func() (verdicts.Verdict, error) { return verdicts.Allowed, nil })
			require.NoError(t, err)
			time.Sleep(9 * time.Second)
		}
		assert.Equal(t, []uint64{1, 7}, got)
		_, dropped := c.Stats()
		assert.EqualValues(t, 9, dropped)
		c.Close()
	})
}

// The caller who asked gets the whole error, all others get what Keep made of it.
func TestKeep(t *testing.T) {
	t.Parallel()
	short := errors.New("short")
	c := verdicts.New(verdicts.Options{Limit: 1, Keep: func(error) error { return short }})
	defer c.Close()
	ask := func() error {
		_, err := c.Ask(t.Context(), question("", "q"), hour(), func() (verdicts.Verdict, error) { return verdicts.Denied, errNo })
		return err
	}
	assert.Equal(t, errNo, ask())
	assert.Equal(t, short, ask())
}

// An answer of a group that expires leaves those that are awaited.
func TestGroupOutlivesItsAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(10)
		_, _ = d.ask(t.Context(), question("g", "first"), verdicts.Denied, 0)
		_, _ = d.ask(t.Context(), question("g", "q"), verdicts.Allowed, 2*time.Minute)
		_, _ = d.ask(t.Context(), question("g", "q"), verdicts.Allowed, 0)
		assert.EqualValues(t, 2, d.asked.Load())
		d.Close()
	})
}

// Forget drops the answers of a group, also those still awaited; the next caller asks
// again.
func TestForget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(10)
		for _, group := range []string{"g", "other"} {
			for i := range 2 {
				_, _ = d.ask(t.Context(), question(group, strconv.Itoa(i)), verdicts.Allowed, 0)
			}
		}
		var all sync.WaitGroup
		all.Go(func() { _, _ = d.ask(t.Context(), question("g", "awaited"), verdicts.Allowed, time.Second) })
		synctest.Wait()
		d.Forget(verdicts.DigestOf([]byte("g")))
		d.Forget(verdicts.DigestOf([]byte("none such")))
		remembered, _ := d.Stats()
		assert.Equal(t, 2, remembered)
		all.Go(func() { // not the answer that was awaited before
			_, err := d.ask(t.Context(), question("g", "awaited"), verdicts.Denied, time.Minute)
			assert.ErrorIs(t, err, errNo)
		})
		all.Wait()
		_, err := d.ask(t.Context(), question("g", "awaited"), verdicts.Allowed, 0)
		require.ErrorIs(t, err, errNo)
		d.Close()
	})
}

// A closed cache remembers nothing, also no answer that was awaited when it was closed.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(10)
		_, _ = d.ask(t.Context(), question("g", "known"), verdicts.Denied, 0)
		var all sync.WaitGroup
		all.Go(func() { _, _ = d.ask(t.Context(), question("g", "q"), verdicts.Allowed, time.Second) })
		synctest.Wait()
		d.Close()
		d.Close()
		all.Wait()
		remembered, _ := d.Stats()
		assert.Zero(t, remembered)
		_, err := d.ask(t.Context(), question("g", "known"), verdicts.Allowed, 0)
		assert.NoError(t, err)
	})
}

// Answers are dropped when their lifetime is over, without another question.
func TestAnswersExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(100)
		for i := range 10 {
			_, _ = d.ask(t.Context(), question("", "a"+strconv.Itoa(i)), verdicts.Allowed, time.Second)
			_, _ = d.ask(t.Context(), question("g", "d"+strconv.Itoa(i)), verdicts.Denied, time.Second)
		}
		left := func() int { n, _ := d.Stats(); return n }
		assert.Equal(t, 13, left())
		time.Sleep(time.Minute - 3*time.Second)
		assert.Equal(t, 12, left())
		time.Sleep(5 * time.Second)
		assert.Equal(t, 10, left())
		time.Sleep(time.Hour)
		assert.Zero(t, left())
	})
}

func TestSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(5)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				for j := range 100 {
					v := verdicts.Verdict((i + j) % 4)
					_, _ = d.ask(t.Context(), question("g"+strconv.Itoa(j%3), strconv.Itoa(j%7)), v, time.Duration(j%2)*time.Second)
					if j%10 == 0 {
						d.Forget(verdicts.DigestOf([]byte("g" + strconv.Itoa(i%3))))
					}
				}
			})
		}
		all.Wait()
		remembered, _ := d.Stats()
		assert.LessOrEqual(t, remembered, 9)
		d.Close()
	})
}
