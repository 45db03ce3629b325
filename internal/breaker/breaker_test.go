package breaker_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/internal/breaker"
)

func fails(b *breaker.Breaker, results ...breaker.Result) (opened int) {
	for _, r := range results {
		p, _ := b.Try()
		if now, _ := b.Done(p, r, time.Now()); now {
			opened++
		}
	}
	return opened
}

func try(b *breaker.Breaker) breaker.Permit {
	p, _ := b.Try()
	return p
}

// What opens a breaker, and what does not.
func TestOpens(t *testing.T) {
	t.Parallel()
	const n, s, f, a = breaker.None, breaker.Success, breaker.Failure, breaker.Absent
	for name, one := range map[string]struct {
		results []breaker.Result
		opens   int
	}{
		"nothing":                   {nil, 0},
		"one that is absent":        {[]breaker.Result{a}, 1},
		"two failures":              {[]breaker.Result{f, f}, 0},
		"three failures":            {[]breaker.Result{f, f, f}, 1},
		"not in a row":              {[]breaker.Result{f, f, s, f, f}, 0},
		"nothing between":           {[]breaker.Result{f, f, n, f}, 1},
		"opens once":                {[]breaker.Result{a, a, f, f, f}, 1},
		"a success before the last": {[]breaker.Result{a, s, a}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := breaker.New(time.Second, 15*time.Second)
				assert.Equal(t, one.opens, fails(b, one.results...))
			})
		})
	}
}

// After a pause one attempt at a time may probe, and the pauses grow.
func TestProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New(time.Second, 4*time.Second)
		fails(b, breaker.Absent)
		assert.False(t, b.Opened().IsZero())
		for _, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second} {
			time.Sleep(pause/2 - 1)
			assert.Equal(t, breaker.Refused, try(b), "in a pause of %v", pause)
			time.Sleep(pause/2 + 2)
			assert.Equal(t, breaker.Probe, try(b), "after a pause of %v", pause)
			assert.Equal(t, breaker.Refused, try(b), "while another probes")
			b.Done(breaker.Refused, breaker.None, time.Now()) // an attempt against a refusal is no probe
			assert.Equal(t, breaker.Refused, try(b), "while another probes")
			b.Done(breaker.Probe, breaker.Failure, time.Now())
		}
		time.Sleep(4 * time.Second)
		assert.Equal(t, breaker.Probe, try(b))
		b.Done(breaker.Probe, breaker.None, time.Now()) // its caller gave up
		assert.Equal(t, breaker.Probe, try(b))
		_, open := b.Done(breaker.Probe, breaker.Success, time.Now())
		assert.Greater(t, open, 10*time.Second)
		assert.Equal(t, breaker.Granted, try(b))
		assert.True(t, b.Opened().IsZero())

		b.Done(breaker.Granted, breaker.Absent, time.Now())
		time.Sleep(time.Second + 1)
		assert.Equal(t, breaker.Probe, try(b), "the pauses begin anew")
	})
}

// Failures of attempts that were under way when it opened or closed do not extend the pause, and
// do not open it again.
func TestLateFailures(t *testing.T) {
	t.Parallel()
	for _, late := range []breaker.Result{breaker.Absent, breaker.Failure} {
		synctest.Test(t, func(t *testing.T) {
			b, begun := breaker.New(time.Second, 15*time.Second), time.Now()
			for range 100 {
				try(b)
			}
			time.Sleep(time.Millisecond)
			fails(b, breaker.Absent)
			time.Sleep(time.Second)
			for range 99 {
				b.Done(breaker.Granted, late, begun)
			}
			assert.Equal(t, breaker.Probe, try(b))
			time.Sleep(time.Millisecond)
			_, open := b.Done(breaker.Probe, breaker.Success, time.Now())
			assert.Positive(t, open)
			opened, _ := b.Done(breaker.Granted, late, begun)
			assert.False(t, opened)
			assert.Equal(t, breaker.Granted, try(b))
		})
	}
}

// When nothing is answered any more, it opens before the first attempt is over; not where few
// wait, where others are answered, and where answers take as long.
func TestNothingIsAnswered(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		waiting int
		slow    time.Duration // what answers took before
		other   bool          // others are answered meanwhile
		opens   time.Duration // 0: not within ten seconds
	}{
		"three wait":     {3, time.Millisecond, false, 2 * time.Second},
		"two wait":       {2, time.Millisecond, false, 0},
		"others":         {3, time.Millisecond, true, 0},
		"slow answers":   {3, 3 * time.Second, false, 6 * time.Second},
		"nothing before": {3, 0, false, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := breaker.New(time.Second, 15*time.Second)
				if one.slow > 0 {
					begun := time.Now()
					p := try(b)
					time.Sleep(one.slow)
					b.Done(p, breaker.Success, begun)
				}
				for range one.waiting - 1 {
					try(b)
				}
				begun, opened := time.Now(), time.Duration(0)
				for time.Since(begun) < 10*time.Second && opened == 0 {
					p, now := b.Try()
					switch {
					case now:
						opened = time.Since(begun)
						assert.Equal(t, breaker.Refused, p)
					case one.other:
						b.Done(p, breaker.Success, time.Now())
					default:
						defer b.Done(p, breaker.None, time.Now())
						if one.waiting == 2 {
							b.Done(p, breaker.None, time.Now())
						}
					}
					time.Sleep(500 * time.Millisecond)
				}
				assert.Equal(t, one.opens, opened)
			})
		})
	}
}

// Of many that ask in one moment, one probes.
func TestOneProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New(time.Second, 15*time.Second)
		fails(b, breaker.Absent)
		time.Sleep(time.Second + 1)
		var probes atomic.Int32
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				if try(b) == breaker.Probe {
					probes.Add(1)
				}
			})
		}
		all.Wait()
		assert.EqualValues(t, 1, probes.Load())
	})
}
