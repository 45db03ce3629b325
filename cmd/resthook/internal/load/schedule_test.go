package load

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/cmd/resthook/internal/pace"
)

func TestKeepsItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Rate: 4, Duration: 2 * time.Second})
		at := l.connects()
		r := l.run(t.Context(), t)
		assert.Equal(t, sessionCount{Begun: 8, Publishers: 8, LetIn: 8}, r.Sessions)
		for i, after := range *at {
			assert.Equal(t, time.Duration(i)*250*time.Millisecond, after)
		}
		assert.InDelta(t, 1.75, r.Duration, 0.001)
		assert.Zero(t, r.Late)
	})
}

// A backend that is slower than the rate does not delay sessions, as long as
// --concurrency allows more.
func TestRateDoesNotWaitForTheBackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Rate: 50, Duration: 4 * time.Second})
		l.backend.On("connect").Delay(10 * time.Second)
		r := l.run(t.Context(), t)
		assert.Equal(t, sessionCount{Begun: 200, Publishers: 200, LetIn: 200}, r.Sessions)
		assert.Zero(t, r.Late)
		assert.Empty(t, r.Faults())
	})
}

// One session at a time cannot hold the rate if the backend takes 2 s. The delay of the
// sessions is reported apart, and is not part of the answer's time.
func TestSessionsThatAreLateOrMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Rate: 1, Duration: 5 * time.Second, Concurrency: 1, Hold: 500 * time.Millisecond})
		l.backend.On("connect").Delay(2 * time.Second)
		r := l.run(t.Context(), t)
		assert.Equal(t, sessionCount{Begun: 3, Publishers: 3, LetIn: 3, Missed: 2}, r.Sessions) // at 0, 2.06 and 4.12 s
		assert.InDelta(t, 2, r.method(t, "connect").Latency.Max, 1e-6)
		assert.InDelta(t, 2.1, r.Late.Max, 0.2) // due at 2 s
		assert.Equal(t, []string{"2 sessions due did not begin: the 1 of --concurrency under way; one lasted 2.06s, of which 500ms are --hold; " +
			"--rate 1 needs --concurrency 3, or a backend that answers faster"}, r.Faults())
	})
}

// The last session is due just before the end of the run. It begins also on a busy
// machine that is a little late.
func TestLastSessionBegins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &schedule{Plan: Plan{Rate: 1000, Duration: time.Second}, begun: time.Now()}
		beginning, stop := p.beginning(t.Context())
		defer stop()
		time.Sleep(time.Second + allowance/2)
		assert.NoError(t, beginning.Err())
		for range 1000 {
			due, ok := p.next()
			assert.True(t, ok && pace.Until(beginning, due))
		}
		_, ok := p.next()
		assert.False(t, ok)
		time.Sleep(allowance)
		assert.Error(t, beginning.Err())
	})
}

// An interrupted run counts no session as missed.
func TestInterruptedMissesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Rate: 10, Duration: time.Hour})
		l.backend.On("publishStream").Mirror().Stall()
		r := l.interrupted(t, 2550*time.Millisecond)
		assert.Equal(t, []int{26, 0}, []int{r.Sessions.Begun, r.Sessions.Missed})
	})
}

func TestScheduleIsFarAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &schedule{Plan: Plan{Sessions: 10, Duration: 8 * time.Second, Hold: 2 * time.Second}, begun: time.Now()}
		time.Sleep(2 * time.Second)
		assert.InDelta(t, 0.2, p.done(1), 1e-9)
		assert.InDelta(t, 0.5, p.done(5), 1e-9)
		time.Sleep(time.Minute)
		assert.InDelta(t, 1, p.done(1), 1e-9)
		assert.Zero(t, (&schedule{begun: time.Now()}).done(5))
	})
}

func TestScheduleKnowsWhatIsDue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		plan  Plan
		after time.Duration
		want  int
	}{
		{Plan{Rate: 10}, 0, 0},
		{Plan{Rate: 10}, allowance, 0},
		{Plan{Rate: 10}, allowance + 100*time.Millisecond, 1},
		{Plan{Rate: 10}, allowance + 101*time.Millisecond, 2},
		{Plan{Rate: 10, Duration: time.Second}, time.Hour, 10},
		{Plan{Rate: 10, Sessions: 3}, time.Hour, 3},
		{Plan{Rate: 0.3, Duration: 10 * time.Second}, time.Hour, 3},
		{Plan{Rate: 1e-300, Duration: 10 * time.Second}, time.Hour, 1},
		{Plan{}, time.Hour, 0},
	} {
		p := &schedule{Plan: tt.plan}
		assert.Equal(t, tt.want, p.due(tt.after))
		if tt.after == time.Hour && tt.want > 0 {
			n := 0
			for _, ok := p.next(); ok; _, ok = p.next() {
				n++
			}
			assert.Equal(t, tt.want, n, "as many as next gives")
		}
	}
}

func TestUsualConcurrency(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 64, Plan{}.complete().Concurrency)
	assert.Equal(t, 10_000, Plan{Rate: 1}.complete().Concurrency)
	assert.Equal(t, 3, Plan{Rate: 1, Concurrency: 3}.complete().Concurrency)
}
