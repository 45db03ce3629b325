package pump_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/pump"
	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) { leak.Exit(m) }

var errAway = errors.New("away")

// sender replies after a time; while it is away, with an error.
type sender struct {
	takes time.Duration

	mu       sync.Mutex
	away     bool
	sent     []string
	underWay map[string]int
	most     int  // under way at once
	crossed  bool // two of one subject were
}

func (s *sender) Send(m *nats.Msg, done func(*nats.Msg, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.underWay == nil {
		s.underWay = map[string]int{}
	}
	s.sent = append(s.sent, string(m.Data))
	s.underWay[m.Subject]++
	total := 0
	for subject, n := range s.underWay {
		total += n
		s.crossed = s.crossed || n > 1 && subject != ""
	}
	s.most = max(s.most, total)
	away := s.away
	time.AfterFunc(s.takes, func() {
		s.mu.Lock()
		s.underWay[m.Subject]--
		s.mu.Unlock()
		if away {
			done(nil, errAway)
			return
		}
		done(&nats.Msg{}, nil)
	})
}

// all is what was sent so far.
func (s *sender) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func (s *sender) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

func task(key, data string) *pump.Task {
	return &pump.Task{
		Key:     key,
		Message: func() *nats.Msg { return &nats.Msg{Subject: key, Data: []byte(data)} },
		Done: func(_ *nats.Msg, err error) pump.Verdict {
			if err != nil {
				return pump.Again
			}
			return pump.Over
		},
	}
}

func TestTasksOfAKeyAreInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sender{takes: time.Millisecond}
		p := pump.New(s, 8)
		defer p.Close()
		want := map[string]string{}
		for i := range 300 {
			key := fmt.Sprint("k", i%7)
			want[key] += fmt.Sprint(" ", i)
			p.Add(task(key, fmt.Sprint(key, " ", i)))
		}
		require.NoError(t, p.Drain(t.Context()))
		got := map[string]string{}
		for _, data := range s.all() {
			var key string
			var i int
			_, err := fmt.Sscan(data, &key, &i)
			require.NoError(t, err)
			got[key] += fmt.Sprint(" ", i)
		}
		assert.Equal(t, want, got)
		assert.False(t, s.crossed, "two of a key were under way")
		assert.Equal(t, 7, s.most)
		assert.Zero(t, p.Tasks())
	})
}

func TestTasksWithoutAKeyAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sender{takes: time.Second}
		p := pump.New(s, 8)
		defer p.Close()
		for i := range 80 {
			p.Add(task("", fmt.Sprint(i)))
		}
		begun := time.Now()
		require.NoError(t, p.Drain(t.Context()))
		assert.Equal(t, 8, s.most)
		assert.Equal(t, 10*time.Second, time.Since(begun))
	})
}

func TestTaskIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sender{away: true}
		p := pump.New(s, 8)
		defer p.Close()
		p.Add(task("k", "first"))
		p.Add(task("k", "second"))
		time.Sleep(time.Minute)
		assert.Greater(t, len(s.all()), 20)
		assert.Less(t, len(s.all()), 80, "the wait grows")
		assert.NotContains(t, s.all(), "second")
		s.setAway(false)
		p.Hurry()
		synctest.Wait()
		assert.Equal(t, []string{"first", "second"}, s.all()[len(s.all())-2:])
	})
}

func TestTaskThatIsNoLongerNeeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sender{}
		p := pump.New(s, 8)
		defer p.Close()
		skipped := 0
		p.Add(&pump.Task{Key: "k", Message: func() *nats.Msg { return nil }, Skipped: func() { skipped++ }})
		p.Add(task("k", "next"))
		require.NoError(t, p.Drain(t.Context()))
		assert.Equal(t, 1, skipped)
		assert.Equal(t, []string{"next"}, s.all())
	})
}

func TestTaskOfSeveralRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sender{takes: time.Millisecond}
		p := pump.New(s, 8)
		defer p.Close()
		steps := []string{"a", "b", "c"}
		p.Add(&pump.Task{
			Message: func() *nats.Msg { return &nats.Msg{Data: []byte(steps[0])} },
			Done: func(*nats.Msg, error) pump.Verdict {
				if steps = steps[1:]; len(steps) > 0 {
					return pump.Next
				}
				return pump.Over
			},
		})
		require.NoError(t, p.Drain(t.Context()))
		assert.Equal(t, []string{"a", "b", "c"}, s.all())
	})
}

// Barrier waits for what was added before, not for what comes meanwhile.
func TestBarrier(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sender{takes: time.Second}
		p := pump.New(s, 2)
		defer p.Close()
		for i := range 4 {
			p.Add(task("", fmt.Sprint(i)))
		}
		begun := time.Now()
		time.AfterFunc(time.Second, func() {
			for range 10 {
				p.Add(task("", "later"))
			}
		})
		require.NoError(t, p.Barrier(t.Context()))
		assert.Equal(t, 2*time.Second, time.Since(begun))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, p.Barrier(ctx), context.DeadlineExceeded)
		require.NoError(t, p.Barrier(t.Context()))
		require.NoError(t, p.Barrier(t.Context()))
		assert.Zero(t, p.Tasks())
	})
}

func TestCloseEndsWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sender{away: true, takes: time.Second}
		p := pump.New(s, 8)
		p.Add(task("k", "a"))
		time.Sleep(1020 * time.Millisecond) // it waits to be tried again
		p.Add(task("", "b"))
		p.Close()
		p.Close()
		p.Hurry()
		p.Add(task("", "c"))
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"a"}, s.all()[:1])
		assert.NotContains(t, s.all(), "c")
		assert.LessOrEqual(t, len(s.all()), 2)
	})
}

// A task that waits is not sent, and those of its key that follow it stay behind.
func TestTaskThatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		to := &sender{takes: time.Millisecond}
		p := pump.New(to, 4)
		var may atomic.Bool
		add := func(text string, waits func() bool) {
			p.Add(&pump.Task{
				Key: "k", Waits: waits, Message: func() *nats.Msg { return &nats.Msg{Data: []byte(text)} },
				Done: func(*nats.Msg, error) pump.Verdict { return pump.Over },
			})
		}
		add("first", func() bool { return !may.Load() })
		add("second", nil)
		time.Sleep(10 * time.Second)
		assert.Empty(t, to.sent)
		may.Store(true)
		p.Hurry()
		require.NoError(t, p.Drain(t.Context()))
		assert.Equal(t, []string{"first", "second"}, to.sent)
		p.Close()
	})
}
