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

func enter(g *gate) *entering {
	e := &entering{done: make(chan struct{})}
	go func() {
		defer close(e.done)
		e.in = g.enter()
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

// width is how many events the gate lets through now; they all leave again.
func width(t *testing.T, g *gate) int {
	t.Helper()
	var all []*entering
	defer func() {
		for range all {
			g.leave()
		}
		synctest.Wait()
	}()
	for {
		e := enter(g)
		all = append(all, e)
		if !e.over() {
			return len(all) - 1
		}
		require.True(t, e.in)
	}
}

func through(t *testing.T, g *gate, n int) {
	t.Helper()
	for range n {
		e := enter(g)
		require.True(t, e.over(), "the gate holds it up")
		require.True(t, e.in)
	}
}

func session(name string) laneKey { return laneKey{"a", name} }

func gateBubble(t *testing.T, workers int, test func(*testing.T, *gate)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(workers, shortPause, longPause)
		test(t, g)
		g.close()
		synctest.Wait()
	})
}

func TestGateHalvesAndGrows(t *testing.T) {
	t.Parallel()
	gateBubble(t, 64, func(t *testing.T, g *gate) {
		assert.Equal(t, 64, width(t, g), "at first all workers")
		for _, want := range []int{32, 16, 8} {
			through(t, g, 1)
			g.fail(session("ill"))
			assert.Equal(t, want, width(t, g))
		}
		for want := 9; want <= 64; want++ {
			through(t, g, 1)
			g.succeed()
			require.Equal(t, want, width(t, g))
		}
		through(t, g, 1)
		g.succeed()
		assert.Equal(t, 64, width(t, g), "never more than there are workers")
	})
}

// Up to two sessions that fail are taken to be ill. Each of them can hold one
// place, so a third must be left for the others.
func TestGateStaysOpenForTheWell(t *testing.T) {
	t.Parallel()
	gateBubble(t, 64, func(t *testing.T, g *gate) {
		for i := range 1000 {
			through(t, g, 1)
			g.fail(session("ill " + strconv.Itoa(i%2)))
		}
		assert.Equal(t, down, width(t, g))
		through(t, g, 2) // the ill, whose backend keeps silent
		well := enter(g)
		assert.True(t, well.over(), "one that is well goes on")
	})
}

func TestGateWithFewWorkers(t *testing.T) {
	t.Parallel()
	for workers := 1; workers <= 3; workers++ {
		t.Run(strconv.Itoa(workers), func(t *testing.T) {
			gateBubble(t, workers, func(t *testing.T, g *gate) {
				for range 10 {
					through(t, g, 1)
					g.fail(session("ill"))
				}
				assert.Equal(t, workers, width(t, g))
			})
		})
	}
}

func TestGateClosesWhenThreeFail(t *testing.T) {
	t.Parallel()
	gateBubble(t, 64, func(t *testing.T, g *gate) {
		through(t, g, 3)
		g.fail(session("1"))
		g.fail(session("2"))
		g.fail(session("1"))
		through(t, g, 1)
		g.fail(session("3"))
		begun := time.Now()
		waiting := enter(g)
		require.False(t, waiting.over())
		<-waiting.done
		assert.True(t, waiting.in)
		assert.InDelta(t, 1.5*float64(shortPause), float64(time.Since(begun)), 0.5*float64(shortPause), "one failure after the third doubles the pause")
		assert.False(t, enter(g).over(), "one asks, the others wait")
		g.succeed()
		synctest.Wait()
		assert.Equal(t, 1, g.places(), "the answer lets the next in, who waited")
	})
}

// places is how many are in.
func (g *gate) places() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.out
}

func TestGatePausesGrowWithJitter(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(64, shortPause, longPause)
			through(t, g, 3)
			for i := range 3 {
				g.fail(session(strconv.Itoa(i)))
			}
			for i, ms := range []int{50, 100, 200, 400, 800, 1000, 1000, 1000} {
				begun, most := time.Now(), time.Duration(ms)*time.Millisecond
				require.True(t, g.enter())
				pause := time.Since(begun)
				assert.GreaterOrEqual(t, pause, most/2, "pause %d", i+1)
				assert.LessOrEqual(t, pause, most, "pause %d", i+1)
				seen[pause] = true
				g.fail(session("1"))
			}
			g.close()
		})
	}
	assert.Greater(t, len(seen), 100, "160 pauses with jitter differ")
}

func TestGateReopensWithSuccess(t *testing.T) {
	t.Parallel()
	gateBubble(t, 64, func(t *testing.T, g *gate) {
		through(t, g, 64)
		for i := range 64 {
			g.fail(session(strconv.Itoa(i)))
		}
		begun := time.Now()
		require.True(t, g.enter())
		assert.LessOrEqual(t, time.Since(begun), longPause)
		g.succeed()
		begun = time.Now()
		for want := 2; want <= 64; want++ {
			require.Equal(t, want, width(t, g), "no pause, and one more with each success")
			through(t, g, 1)
			g.succeed()
		}
		assert.Zero(t, time.Since(begun))
		through(t, g, 2)
		g.fail(session("1"))
		g.fail(session("2"))
		assert.Equal(t, 16, width(t, g), "failures before the success are forgotten")
	})
}

// A success ends a pause, and the next one begins at its shortest.
func TestGateForgetsWithSuccess(t *testing.T) {
	t.Parallel()
	gateBubble(t, 64, func(t *testing.T, g *gate) {
		through(t, g, 20)
		for i := range 10 {
			g.fail(session(strconv.Itoa(i)))
		}
		waiting := enter(g)
		require.False(t, waiting.over())
		for range 10 {
			g.succeed() // those who were in before
		}
		synctest.Wait()
		assert.True(t, waiting.over(), "before the pause is over")
		through(t, g, 3)
		for i := range 3 {
			g.fail(session(strconv.Itoa(i)))
		}
		begun := time.Now()
		g.leave() // the one who waited
		require.True(t, g.enter())
		assert.LessOrEqual(t, time.Since(begun), shortPause)
		assert.GreaterOrEqual(t, time.Since(begun), shortPause/2)
	})
}

// A backend that comes back is met by one, then two, then four.
func TestGateOpensStepByStep(t *testing.T) {
	t.Parallel()
	gateBubble(t, 64, func(t *testing.T, g *gate) {
		through(t, g, 64)
		for i := range 64 {
			g.fail(session(strconv.Itoa(i)))
		}
		time.Sleep(longPause)
		for _, want := range []int{1, 2, 4, 8, 16, 32, 64, 64} {
			through(t, g, want)
			assert.False(t, enter(g).over())
			for range want {
				g.succeed()
			}
			synctest.Wait()
			g.leave() // the one who waited
		}
	})
}

func TestGateCloseReleasesAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(4, shortPause, longPause)
		through(t, g, 4)
		full := enter(g)
		g.close()
		synctest.Wait()
		require.True(t, full.over())
		assert.False(t, full.in)

		g = newGate(4, shortPause, longPause)
		through(t, g, 3)
		for i := range 3 {
			g.fail(session(strconv.Itoa(i)))
		}
		paused := enter(g)
		require.False(t, paused.over())
		g.close()
		synctest.Wait()
		require.True(t, paused.over())
		assert.False(t, paused.in)
		assert.False(t, g.enter(), "for ever")
		assert.False(t, g.alarm.Stop(), "no timer is left")
	})
}

func TestGateReport(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, row := range []struct {
		fault *failure
		again bool
		width int
	}{
		{nil, false, 9},
		{&failure{kind: faultStatus, err: cause}, false, 9},
		{&failure{kind: faultBody, err: cause}, false, 9},
		{&failure{kind: faultStatus, err: cause}, true, 4},
		{&failure{kind: faultUnreachable, err: cause}, true, 4},
		{&failure{kind: faultUnreachable, err: cause}, false, 4},
		{&failure{kind: faultNoAnswer, err: cause}, true, 4},
		{&failure{kind: faultNoAnswer, err: cause, stale: true}, true, 8},
		{&failure{kind: faultTimeout, err: cause}, false, 4},
		{&failure{kind: faultTimeout, err: cause}, true, 4},
		{&failure{kind: faultTLS, err: cause}, false, 4},
		{&failure{kind: faultConfig, err: cause}, false, 8},
		{&failure{kind: faultCanceled, err: cause}, false, 8},
	} {
		name := fmt.Sprint("success ", row.again)
		if row.fault != nil {
			name = fmt.Sprint(row.fault.kind, " ", row.again, " ", row.fault.stale)
		}
		t.Run(name, func(t *testing.T) {
			gateBubble(t, 16, func(t *testing.T, g *gate) {
				g.window = 8
				through(t, g, 1)
				g.report(session("s"), row.fault, row.again)
				assert.Equal(t, row.width, width(t, g))
				assert.Zero(t, g.places(), "nobody is left inside")
			})
		})
	}
}
