package resthook

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/h1"
)

const (
	shortPause = 50 * time.Millisecond
	longPause  = time.Second
)

// entering is an enter that may have to wait.
type entering struct {
	in   bool
	done chan struct{}
}

func enter(l *limiter) *entering {
	e := &entering{done: make(chan struct{})}
	go func() {
		defer close(e.done)
		e.in = l.enter()
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

// width is how many places there are now; all are given back.
func width(t *testing.T, l *limiter) int {
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
		l.exit()
	}
	synctest.Wait()
	l.exit() // of the one who waited
	return n
}

// begin begins an attempt of a key, which must not have to wait.
func begin(t *testing.T, l *limiter, key string) place {
	t.Helper()
	e := enter(l)
	require.True(t, e.over(), "the limiter has no place")
	require.True(t, e.in)
	p, wait, ok := l.admit(key)
	require.True(t, ok, "%s is to come again after %v", key, wait)
	return p
}

// beginAll begins attempts of n keys.
func beginAll(t *testing.T, l *limiter, n int) []place {
	t.Helper()
	all := make([]place, n)
	for i := range all {
		all[i] = begin(t, l, strconv.Itoa(i))
	}
	return all
}

// refused is a key that is not admitted, and when it may come again.
func refused(t *testing.T, l *limiter, key string) time.Duration {
	t.Helper()
	e := enter(l)
	require.True(t, e.over(), "the limiter has no place")
	_, wait, ok := l.admit(key)
	require.False(t, ok, "%s is admitted", key)
	return wait
}

func attempts(t *testing.T, l *limiter, key string, signals ...signal) {
	t.Helper()
	for _, s := range signals {
		l.leave(begin(t, l, key), s)
	}
}

func limiterBubble(t *testing.T, workers int, test func(*testing.T, *limiter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(workers, shortPause, longPause)
		test(t, l)
		l.close()
		synctest.Wait()
	})
}

func TestLimiterHalvesAndGrows(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *limiter) {
		assert.Equal(t, 64, width(t, l), "at first all workers")
		for _, want := range []int{32, 16} {
			attempts(t, l, "s", signalUnreachable)
			assert.Equal(t, want, width(t, l))
		}
		for want := 17; want <= 64; want++ {
			attempts(t, l, "s", signalAnswer)
			require.Equal(t, want, width(t, l))
		}
		attempts(t, l, "s", signalAnswer)
		assert.Equal(t, 64, width(t, l), "never more than there are workers")
		attempts(t, l, "s", signalBusy, signalBusy, signalBusy, signalBusy, signalBusy, signalBusy)
		assert.Equal(t, few, width(t, l), "a backend that asks for less is not down")
		attempts(t, l, "s", signalNone)
		assert.Equal(t, few, width(t, l))
	})
}

// What one session does says nothing of the backend, however often it does it and
// however many such sessions there are.
func TestLimiterStaysOpenForTheWell(t *testing.T) {
	t.Parallel()
	for _, sessions := range []int{1, 3, 30, 300} {
		t.Run(strconv.Itoa(sessions), func(t *testing.T) {
			t.Parallel()
			limiterBubble(t, 64, func(t *testing.T, l *limiter) {
				attempts(t, l, "well", signalAnswer)
				for i := range sessions {
					attempts(t, l, strconv.Itoa(i), signalSilence)
				}
				held := 0
				for i := range sessions {
					if e := enter(l); e.over() {
						if _, _, ok := l.admit(strconv.Itoa(i)); ok {
							held++
						}
					}
				}
				assert.LessOrEqual(t, held, 16, "a quarter")
				begin(t, l, "new")
				begin(t, l, "well")
			})
		})
	}
}

// Sessions that were never seen may be ill as well: they leave places to those
// that are known.
func TestLimiterKeepsPlacesFromStrangers(t *testing.T) {
	t.Parallel()
	for workers, most := range map[int]int{1: 1, 2: 2, 3: 3, 4: 3, 8: 6, 64: 48} {
		t.Run(strconv.Itoa(workers), func(t *testing.T) {
			t.Parallel()
			limiterBubble(t, workers, func(t *testing.T, l *limiter) {
				attempts(t, l, "known", signalAnswer)
				all := beginAll(t, l, most)
				if most == workers {
					assert.False(t, enter(l).over())
					l.leave(all[0], signalNone)
					return
				}
				assert.Equal(t, 20*time.Millisecond, refused(t, l, "one more"))
				assert.Equal(t, 20*time.Millisecond+200*time.Microsecond, refused(t, l, "and another"), "they take turns")
				begin(t, l, "known")
				l.leave(all[0], signalNone)
				begin(t, l, "one more")
			})
		})
	}
}

// One worker or a few: a session that is ill leaves one of two to others.
func TestLimiterWithFewWorkers(t *testing.T) {
	t.Parallel()
	for workers := 1; workers <= 5; workers++ {
		t.Run(strconv.Itoa(workers), func(t *testing.T) {
			t.Parallel()
			limiterBubble(t, workers, func(t *testing.T, l *limiter) {
				attempts(t, l, "ill", signalSilence)
				attempts(t, l, "other", signalSilence)
				begin(t, l, "ill")
				if workers > 1 {
					assert.Equal(t, 500*time.Millisecond, refused(t, l, "other"))
					begin(t, l, "new")
				}
				assert.Equal(t, workers > 2, enter(l).over())
			})
		})
	}
}

// The ill are tried less and less while nobody is answered, and more with every
// answer.
func TestLimiterSlowsTheIll(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *limiter) {
		attempts(t, l, "1", signalSilence, signalSilence)
		p := begin(t, l, "1")
		assert.Positive(t, refusedAfter(t, l, 3, "2", "3", "4", "5"), "4 of 16 after two failures")
		l.leave(p, signalSilence)
		assert.GreaterOrEqual(t, refused(t, l, "1"), 500*time.Millisecond, "a pause")
		time.Sleep(shortPause)
		p = begin(t, l, "1")
		l.leave(p, signalSilence)
		time.Sleep(2*shortPause - 1)
		attempts(t, l, "well", signalAnswer)
		p = begin(t, l, "1") // the pause is over
		l.leave(p, signalAnswer)
		assert.Equal(t, well, l.known.rank("1"), "well again")
	})
}

// refusedAfter makes keys ill and begins attempts of them until one is refused.
func refusedAfter(t *testing.T, l *limiter, most int, keys ...string) (wait time.Duration) {
	t.Helper()
	var all []place
	for _, key := range keys {
		l.known.set(key, ill)
		require.True(t, enter(l).over())
		p, again, ok := l.admit(key)
		if !ok {
			wait = again
			break
		}
		all = append(all, p)
	}
	assert.Len(t, all, most)
	for _, p := range all {
		l.leave(p, signalNone)
	}
	return wait
}

func TestLimiterShutsWhenTheBackendIsAway(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *limiter) {
		attempts(t, l, "1", signalUnreachable, signalUnreachable)
		idle := enter(l) // waits for an event
		require.True(t, idle.over())
		p := begin(t, l, "1")
		_, down := l.leave(p, signalUnreachable)
		assert.True(t, down, "whoever it was")
		begun := time.Now()
		_, wait, ok := l.admit("2")
		assert.False(t, ok, "its place is from before")
		assert.Zero(t, wait)
		waiting := enter(l)
		require.False(t, waiting.over())
		<-waiting.done
		assert.True(t, waiting.in)
		assert.InDelta(t, 0.75*float64(shortPause), float64(time.Since(begun)), 0.25*float64(shortPause))
		assert.False(t, enter(l).over(), "one asks, the others wait")
		p, _, ok = l.admit("2")
		require.True(t, ok)
		time.Sleep(time.Second)
		back, _ := l.leave(p, signalAnswer)
		assert.Equal(t, time.Since(begun), back)
		synctest.Wait()
		assert.Equal(t, 1, l.places(), "the answer lets the next in, who waited")
	})
}

// A backend that is down is asked with a session that was not ill, if there is one
// within a second.
func TestLimiterAsksWithTheWell(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *limiter) {
		attempts(t, l, "ill", signalSilence)
		attempts(t, l, "well", signalAnswer)
		for range few {
			l.known.set("ill", ill)
			attempts(t, l, "x", signalUnreachable)
		}
		time.Sleep(shortPause)
		assert.Equal(t, 500*time.Millisecond, refused(t, l, "ill"))
		l.leave(begin(t, l, "well"), signalNone)
		time.Sleep(time.Second)
		l.leave(begin(t, l, "ill"), signalSilence)
		assert.Equal(t, 2, width(t, l), "it was reached: it is back")
	})
}

// places is how many are in.
func (l *limiter) places() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.out
}

func TestLimiterPausesGrowWithJitter(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(64, shortPause, longPause)
			for _, p := range beginAll(t, l, 20) { // those that began before make no further pause
				l.leave(p, signalUnreachable)
			}
			for i, ms := range []int{50, 100, 200, 400, 800, 1000, 1000, 1000} {
				begun, most := time.Now(), time.Duration(ms)*time.Millisecond
				require.True(t, l.enter())
				pause := time.Since(begun)
				assert.GreaterOrEqual(t, pause, most/2, "pause %d", i+1)
				assert.LessOrEqual(t, pause, most, "pause %d", i+1)
				seen[pause] = true
				p, _, ok := l.admit("1")
				require.True(t, ok)
				l.leave(p, signalUnreachable)
			}
			l.close()
		})
	}
	assert.Greater(t, len(seen), 100, "160 pauses with jitter differ")
}

// A success ends a pause, and the next one begins at its shortest.
func TestLimiterForgetsWithSuccess(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *limiter) {
		all := beginAll(t, l, 20)
		for _, p := range all[:10] {
			l.leave(p, signalUnreachable)
		}
		waiting := enter(l)
		require.False(t, waiting.over())
		for _, p := range all[10:] {
			l.leave(p, signalAnswer)
		}
		synctest.Wait()
		assert.True(t, waiting.over(), "before the pause is over")
		for range few {
			attempts(t, l, "x", signalUnreachable)
		}
		begun := time.Now()
		l.exit() // the one who waited
		require.True(t, l.enter())
		assert.LessOrEqual(t, time.Since(begun), shortPause)
		assert.GreaterOrEqual(t, time.Since(begun), shortPause/2)
	})
}

// A backend that comes back is met by one, then two, then four.
func TestLimiterOpensStepByStep(t *testing.T) {
	t.Parallel()
	limiterBubble(t, 64, func(t *testing.T, l *limiter) {
		for _, p := range beginAll(t, l, 48) {
			l.leave(p, signalUnreachable)
		}
		time.Sleep(longPause)
		for i := range 64 {
			l.known.set(strconv.Itoa(i), well)
		}
		for _, want := range []int{1, 2, 4, 8, 16, 32, 64, 64} {
			all := beginAll(t, l, want)
			assert.False(t, enter(l).over())
			for _, p := range all {
				l.leave(p, signalAnswer)
			}
			synctest.Wait()
			l.exit() // the one who waited
		}
	})
}

func TestLimiterCloseReleasesAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(3, shortPause, longPause)
		beginAll(t, l, 3)
		full := enter(l)
		l.close()
		synctest.Wait()
		require.True(t, full.over())
		assert.False(t, full.in)

		l = newLimiter(4, shortPause, longPause)
		for range few {
			attempts(t, l, "x", signalUnreachable)
		}
		paused := enter(l)
		require.False(t, paused.over())
		l.close()
		synctest.Wait()
		require.True(t, paused.over())
		assert.False(t, paused.in)
		assert.False(t, l.enter(), "for ever")
		assert.False(t, l.alarm.Stop(), "no timer is left")
	})
}

// What is remembered of sessions has a bound, and those that were seen last are
// remembered.
func TestLimiterKnowsTheLatest(t *testing.T) {
	t.Parallel()
	var r recent
	for i := range 10 * recentKeys {
		r.set("steady", well)
		r.set(strconv.Itoa(i), ill)
		require.Equal(t, well, r.rank("steady"))
	}
	assert.LessOrEqual(t, len(r.young)+len(r.old), 2*recentKeys)
	assert.Equal(t, ill, r.rank(strconv.Itoa(9*recentKeys+1)))
	assert.Equal(t, stranger, r.rank("0"))
	r.set("steady", ill)
	assert.Equal(t, ill, r.rank("steady"))
}

func TestSignalOfAnAttempt(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, row := range []struct {
		fault *failure
		again bool
		want  signal
	}{
		{nil, false, signalAnswer},
		{&failure{kind: faultStatus, err: cause}, false, signalAnswer},
		{&failure{kind: faultBody, err: cause}, false, signalAnswer},
		{&failure{kind: faultStatus, err: cause}, true, signalBusy},
		{&failure{kind: faultUnreachable, err: cause}, true, signalUnreachable},
		{&failure{kind: faultUnreachable, err: cause}, false, signalUnreachable},
		{&failure{kind: faultTLS, err: cause}, false, signalUnreachable},
		{&failure{kind: faultNoAnswer, err: cause}, true, signalSilence},
		{&failure{kind: faultNoAnswer, err: cause, reused: true, phase: h1.Sent}, true, signalNone},
		{&failure{kind: faultTimeout, err: cause, phase: h1.Sent}, false, signalSilence},
		{&failure{kind: faultTimeout, err: cause, phase: h1.Sent}, true, signalSilence},
		{&failure{kind: faultTimeout, err: cause, phase: h1.Waiting}, true, signalNone},
		{&failure{kind: faultConfig, err: cause}, false, signalNone},
		{&failure{kind: faultCanceled, err: cause}, false, signalNone},
		{&failure{kind: faultCanceled, err: errAge, phase: h1.Sent}, false, signalSilence},
		{&failure{kind: faultCanceled, err: errAge, phase: h1.Connecting}, false, signalUnreachable},
		{&failure{kind: faultCanceled, err: errAge, phase: h1.Waiting}, false, signalNone},
	} {
		name := "success"
		if row.fault != nil {
			name = fmt.Sprint(row.fault, row.again)
		}
		assert.Equal(t, row.want, row.fault.signal(row.again), name)
	}
}
