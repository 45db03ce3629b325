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
		if now, _ := b.Done(b.Try(), r); now {
			opened++
		}
	}
	return opened
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
		b.Done(b.Try(), breaker.Absent)
		assert.False(t, b.Opened().IsZero())
		for _, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second} {
			time.Sleep(pause/2 - 1)
			assert.Equal(t, breaker.Refused, b.Try(), "in a pause of %v", pause)
			time.Sleep(pause/2 + 2)
			assert.Equal(t, breaker.Probe, b.Try(), "after a pause of %v", pause)
			assert.Equal(t, breaker.Refused, b.Try(), "while another probes")
			b.Done(breaker.Refused, breaker.None) // an attempt against a refusal is no probe
			assert.Equal(t, breaker.Refused, b.Try(), "while another probes")
			b.Done(breaker.Probe, breaker.Failure)
		}
		time.Sleep(4 * time.Second)
		assert.Equal(t, breaker.Probe, b.Try())
		b.Done(breaker.Probe, breaker.None) // its caller gave up
		assert.Equal(t, breaker.Probe, b.Try())
		_, open := b.Done(breaker.Probe, breaker.Success)
		assert.Greater(t, open, 10*time.Second)
		assert.Equal(t, breaker.Granted, b.Try())
		assert.True(t, b.Opened().IsZero())

		b.Done(breaker.Granted, breaker.Absent)
		time.Sleep(time.Second + 1)
		assert.Equal(t, breaker.Probe, b.Try(), "the pauses begin anew")
	})
}

// Failures of attempts that were under way when it opened do not extend the pause.
func TestLateFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New(time.Second, 15*time.Second)
		for range 100 {
			b.Done(breaker.Granted, breaker.Absent)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		assert.Equal(t, breaker.Probe, b.Try())
	})
}

// Of many that ask in one moment, one probes.
func TestOneProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New(time.Second, 15*time.Second)
		b.Done(b.Try(), breaker.Absent)
		time.Sleep(time.Second + 1)
		var probes atomic.Int32
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				if b.Try() == breaker.Probe {
					probes.Add(1)
				}
			})
		}
		all.Wait()
		assert.EqualValues(t, 1, probes.Load())
	})
}
