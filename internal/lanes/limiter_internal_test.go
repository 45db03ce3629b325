package lanes

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	shortPause = 50 * time.Millisecond
	longPause  = time.Second
)

// entering is an Enter that may have to wait.
type entering struct {
	in   bool // its result
	done chan struct{}
}

func enter(l *Limiter) *entering {
	e := &entering{done: make(chan struct{})}
	go func() {
		defer close(e.done)
		e.in = l.Enter()
	}()
	synctest.Wait()
	return e
}

func (e *entering) over() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// width counts the free places.
func width(t *testing.T, l *Limiter) int {
	t.Helper()
	n := 0
	for ; ; n++ {
		e := enter(l)
		if !e.over() {
			break
		}
		require.True(t, e.in)
	}
	for range n {
		l.Exit()
	}
	synctest.Wait()
	l.Exit() // the place of the Enter that waited
	return n
}

// begin begins an attempt of a lane, which must be admitted at once.
func begin(t *testing.T, l *Limiter, key string) Place {
	t.Helper()
	e := enter(l)
	require.True(t, e.over(), "the limiter has no place")
	require.True(t, e.in)
	p, wait, ok := l.Admit(key)
	require.True(t, ok, "%s has to try again after %v", key, wait)
	return p
}

// beginAll begins attempts of n lanes.
func beginAll(t *testing.T, l *Limiter, n int) []Place {
	t.Helper()
	all := make([]Place, n)
	for i := range all {
		all[i] = begin(t, l, strconv.Itoa(i))
	}
	return all
}

// refused expects that a lane is not admitted, and returns its wait.
func refused(t *testing.T, l *Limiter, key string) time.Duration {
	t.Helper()
	e := enter(l)
	require.True(t, e.over(), "the limiter has no place")
	_, wait, ok := l.Admit(key)
	require.False(t, ok, "%s is admitted", key)
	return wait
}

func attempts(t *testing.T, l *Limiter, key string, signals ...Signal) {
	t.Helper()
	for _, s := range signals {
		l.Leave(begin(t, l, key), s)
	}
}

func limiterBubble(t *testing.T, workers int, test func(*testing.T, *Limiter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(workers, shortPause, longPause)
		test(t, l)
		l.Close()
		synctest.Wait()
	})
}

func TestLimiterHalvesAndGrows(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *Limiter) {
		assert.Equal(t, 64, width(t, l), "at first all workers")
		for _, want := range []int{32, 16} {
			attempts(t, l, "s", SignalUnreachable)
			assert.Equal(t, want, width(t, l))
		}
		for want := 17; want <= 64; want++ {
			attempts(t, l, "s", SignalAnswer)
			require.Equal(t, want, width(t, l))
		}
		attempts(t, l, "s", SignalAnswer)
		assert.Equal(t, 64, width(t, l), "never more than there are workers")
		attempts(t, l, "s", SignalBusy, SignalBusy, SignalBusy, SignalBusy, SignalBusy, SignalBusy)
		assert.Equal(t, few, width(t, l), "a backend that asks for less is not down")
		attempts(t, l, "s", SignalNone)
		assert.Equal(t, few, width(t, l))
	})
}

// After the limit fell, places above it admit no lane.
func TestLimiterFallsBeforeAdmit(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 8, func(t *testing.T, l *Limiter) {
		p := begin(t, l, "s")
		for range 7 {
			require.True(t, l.Enter())
		}
		l.Leave(p, SignalUnreachable)
		for out := 7; out > 4; out-- {
			_, wait, ok := l.Admit("s")
			require.False(t, ok, "%d of 4", out)
			assert.Zero(t, wait)
		}
		for range 4 {
			_, _, ok := l.Admit("s")
			require.True(t, ok)
		}
	})
}

// Any number of failing lanes leaves places to new and healthy ones.
func TestLimiterStaysOpenForHealthyLanes(t *testing.T) {
	t.Parallel()
	for _, sessions := range []int{1, 3, 30, 300} {
		t.Run(strconv.Itoa(sessions), func(t *testing.T) {
			t.Parallel()
			limiterBubble(t, 64, func(t *testing.T, l *Limiter) {
				attempts(t, l, "healthy", SignalAnswer)
				for i := range sessions {
					attempts(t, l, strconv.Itoa(i), SignalSilence)
				}
				held := 0
				for i := range sessions {
					if e := enter(l); e.over() {
						if _, _, ok := l.Admit(strconv.Itoa(i)); ok {
							held++
						}
					}
				}
				assert.LessOrEqual(t, held, 16, "a quarter")
				begin(t, l, "new")
				begin(t, l, "healthy")
			})
		})
	}
}

// Unknown lanes may be failing, so they leave places to healthy ones.
func TestLimiterKeepsPlacesForHealthyLanes(t *testing.T) {
	t.Parallel()
	for workers, most := range map[int]int{1: 1, 2: 2, 3: 3, 4: 3, 8: 6, 64: 48} {
		t.Run(strconv.Itoa(workers), func(t *testing.T) {
			t.Parallel()
			limiterBubble(t, workers, func(t *testing.T, l *Limiter) {
				attempts(t, l, "known", SignalAnswer)
				attempts(t, l, "failing", SignalSilence)
				all := beginAll(t, l, most)
				if most == workers {
					assert.False(t, enter(l).over())
					l.Leave(all[0], SignalNone)
					return
				}
				assert.Equal(t, 20*time.Millisecond, refused(t, l, "one more"))
				assert.Equal(t, 20*time.Millisecond+200*time.Microsecond, refused(t, l, "and another"), "they take turns")
				assert.Equal(t, 500*time.Millisecond, refused(t, l, "failing"))
				begin(t, l, "known")
				l.Leave(all[0], SignalNone)
				begin(t, l, "one more")
			})
		})
	}
}

// A failing lane leaves one of two workers to others.
func TestLimiterWithFewWorkers(t *testing.T) {
	t.Parallel()
	for workers := 1; workers <= 5; workers++ {
		t.Run(strconv.Itoa(workers), func(t *testing.T) {
			t.Parallel()
			limiterBubble(t, workers, func(t *testing.T, l *Limiter) {
				attempts(t, l, "failing", SignalSilence)
				attempts(t, l, "other", SignalSilence)
				begin(t, l, "failing")
				if workers > 1 {
					assert.Equal(t, 500*time.Millisecond, refused(t, l, "other"))
					begin(t, l, "new")
				}
				assert.Equal(t, workers > 2, enter(l).over())
			})
		})
	}
}

// Failing lanes are tried less and less while nobody is answered, and more with each answer.
func TestLimiterSlowsFailingLanes(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *Limiter) {
		attempts(t, l, "1", SignalSilence, SignalSilence)
		p := begin(t, l, "1")
		assert.Positive(t, refusedAfter(t, l, 3, "2", "3", "4", "5"), "4 of 16 after two failures")
		l.Leave(p, SignalSilence)
		assert.GreaterOrEqual(t, refused(t, l, "1"), 500*time.Millisecond, "a pause")
		time.Sleep(shortPause)
		p = begin(t, l, "1")
		l.Leave(p, SignalSilence)
		refused(t, l, "1") // a pause again
		attempts(t, l, "healthy", SignalAnswer)
		p = begin(t, l, "1") // the answer has ended the pause
		l.Leave(p, SignalAnswer)
		assert.Equal(t, healthy, l.recent.rank("1"), "healthy again")
	})
}

// refusedAfter makes lanes failing and begins attempts of them until one is refused.
func refusedAfter(t *testing.T, l *Limiter, most int, keys ...string) (wait time.Duration) {
	t.Helper()
	var all []Place
	for _, key := range keys {
		l.recent.set(key, failing)
		require.True(t, enter(l).over())
		p, again, ok := l.Admit(key)
		if !ok {
			wait = again
			break
		}
		all = append(all, p)
	}
	assert.Len(t, all, most)
	for _, p := range all {
		l.Leave(p, SignalNone)
	}
	return wait
}

func TestLimiterShutsWhenTheBackendIsDown(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *Limiter) {
		attempts(t, l, "1", SignalUnreachable, SignalUnreachable)
		idle := enter(l) // has a place and no lane yet
		require.True(t, idle.over())
		p := begin(t, l, "1")
		_, down := l.Leave(p, SignalUnreachable)
		assert.True(t, down, "after three of any lanes")
		begun := time.Now()
		_, wait, ok := l.Admit("2")
		assert.False(t, ok, "the limit fell since it entered")
		assert.Zero(t, wait)
		waiting := enter(l)
		require.False(t, waiting.over())
		<-waiting.done
		assert.True(t, waiting.in)
		assert.InDelta(t, 0.75*float64(shortPause), float64(time.Since(begun)), 0.25*float64(shortPause))
		assert.False(t, enter(l).over(), "one attempt at a time")
		p, _, ok = l.Admit("2")
		require.True(t, ok)
		time.Sleep(time.Second)
		back, _ := l.Leave(p, SignalAnswer)
		assert.Equal(t, time.Since(begun), back)
		synctest.Wait()
		assert.Equal(t, 1, l.places(), "the answer lets the next one in")
	})
}

// A backend that was down for no time at all is back, too.
func TestLimiterIsBackAtOnce(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *Limiter) {
		p := begin(t, l, "before")
		attempts(t, l, "1", SignalUnreachable, SignalUnreachable, SignalUnreachable)
		back, _ := l.Leave(p, SignalAnswer)
		assert.Positive(t, back)
	})
}

// A backend that is down is probed with a lane that is not failing, if there is one within
// a second.
func TestLimiterProbesWithAHealthyLane(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *Limiter) {
		attempts(t, l, "failing", SignalSilence)
		attempts(t, l, "healthy", SignalAnswer)
		for range few {
			l.recent.set("failing", failing)
			attempts(t, l, "x", SignalUnreachable)
		}
		time.Sleep(shortPause)
		assert.Equal(t, 500*time.Millisecond, refused(t, l, "failing"))
		l.Leave(begin(t, l, "healthy"), SignalNone)
		time.Sleep(time.Second)
		l.Leave(begin(t, l, "failing"), SignalSilence)
		assert.Equal(t, 2, width(t, l), "the backend was reached, so it is back")
	})
}

// places is how many places are taken.
func (l *Limiter) places() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.out
}

func TestLimiterPausesGrowWithJitter(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			l := NewLimiter(64, shortPause, longPause)
			for _, p := range beginAll(t, l, 20) { // all began before the pause and do not extend it
				l.Leave(p, SignalUnreachable)
			}
			for i, ms := range []int{50, 100, 200, 400, 800, 1000, 1000, 1000} {
				begun, most := time.Now(), time.Duration(ms)*time.Millisecond
				require.True(t, l.Enter())
				pause := time.Since(begun)
				assert.GreaterOrEqual(t, pause, most/2, "pause %d", i+1)
				assert.LessOrEqual(t, pause, most, "pause %d", i+1)
				seen[pause] = true
				p, _, ok := l.Admit("1")
				require.True(t, ok)
				l.Leave(p, SignalUnreachable)
			}
			l.Close()
		})
	}
	assert.Greater(t, len(seen), 100, "160 pauses with jitter differ")
}

// A success ends a pause, and the next pause is the shortest again.
func TestLimiterRecoversWithSuccess(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *Limiter) {
		all := beginAll(t, l, 20)
		for _, p := range all[:10] {
			l.Leave(p, SignalUnreachable)
		}
		waiting := enter(l)
		require.False(t, waiting.over())
		for _, p := range all[10:] {
			l.Leave(p, SignalAnswer)
		}
		synctest.Wait()
		assert.True(t, waiting.over(), "before the pause is over")
		for range few {
			attempts(t, l, "x", SignalUnreachable)
		}
		begun := time.Now()
		l.Exit() // the place of waiting
		require.True(t, l.Enter())
		assert.LessOrEqual(t, time.Since(begun), shortPause)
		assert.GreaterOrEqual(t, time.Since(begun), shortPause/2)
	})
}

// A backend that comes back gets one attempt, then two, then four (slow start).
func TestLimiterOpensStepByStep(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *Limiter) {
		for _, p := range beginAll(t, l, 48) {
			l.Leave(p, SignalUnreachable)
		}
		time.Sleep(longPause)
		for i := range 64 {
			l.recent.set(strconv.Itoa(i), healthy)
		}
		for _, want := range []int{1, 2, 4, 8, 16, 32, 64, 64} {
			all := beginAll(t, l, want)
			assert.False(t, enter(l).over())
			for _, p := range all {
				l.Leave(p, SignalAnswer)
			}
			synctest.Wait()
			l.Exit() // the place of the Enter that waited
		}
	})
}

func TestLimiterCloseReleasesAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(3, shortPause, longPause)
		beginAll(t, l, 3)
		full := enter(l)
		l.Close()
		synctest.Wait()
		require.True(t, full.over())
		assert.False(t, full.in)

		l = NewLimiter(4, shortPause, longPause)
		for range few {
			attempts(t, l, "x", SignalUnreachable)
		}
		paused := enter(l)
		require.False(t, paused.over())
		l.Close()
		synctest.Wait()
		require.True(t, paused.over())
		assert.False(t, paused.in)
		assert.False(t, l.Enter(), "closed for good")
		assert.False(t, l.timer.Stop(), "no timer is left")
	})
}

// The number of remembered lanes has a bound, and the latest are remembered.
func TestLimiterRemembersRecentLanes(t *testing.T) {
	t.Parallel()
	var r recent
	for i := range 10 * rememberedLanes {
		r.set("steady", healthy)
		r.set(strconv.Itoa(i), failing)
		require.Equal(t, healthy, r.rank("steady"))
	}
	assert.LessOrEqual(t, len(r.young)+len(r.old), 2*rememberedLanes)
	assert.Equal(t, failing, r.rank(strconv.Itoa(9*rememberedLanes+1)))
	assert.Equal(t, unknown, r.rank("0"))
	r.set("steady", failing)
	assert.Equal(t, failing, r.rank("steady"))
}
