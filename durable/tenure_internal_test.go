package durable

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

func TestTenure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newTenure(false)
		defer n.close()
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := n.wait(soon)
		require.ErrorIs(t, err, context.DeadlineExceeded, "no lease yet")
		n.confirm(time.Now())
		delivery, err := n.wait(t.Context())
		require.NoError(t, err)
		time.Sleep(startsFor - time.Millisecond)
		assert.True(t, n.starts())
		time.Sleep(time.Millisecond)
		assert.False(t, n.starts(), "three seconds without a renewal")
		require.NoError(t, delivery.Err(), "what is under way goes on")
		time.Sleep(time.Second)
		synctest.Wait()
		require.Error(t, delivery.Err(), "for a second")
	})
}

func TestTenureIsRenewed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newTenure(false)
		defer n.close()
		n.confirm(time.Now())
		delivery, err := n.wait(t.Context())
		require.NoError(t, err)
		for range 10 {
			time.Sleep(2 * time.Second)
			n.confirm(time.Now())
		}
		require.NoError(t, delivery.Err())
		time.Sleep(goesOnFor)
		time.AfterFunc(time.Second, func() { n.confirm(time.Now()) })
		begun := time.Now()
		again, err := n.wait(t.Context())
		require.NoError(t, err)
		assert.Equal(t, time.Second, time.Since(begun))
		require.NoError(t, again.Err())
		require.Error(t, delivery.Err())
	})
}

// A renewal that was sent long ago, by a process that slept since, says nothing about now.
func TestTenureCountsFromTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newTenure(false)
		defer n.close()
		n.confirm(time.Now().Add(-startsFor))
		assert.False(t, n.starts())
	})
}

func TestTenureWithoutOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newTenure(true)
		n.confirm(time.Now())
		time.Sleep(time.Hour)
		delivery, err := n.wait(t.Context())
		require.NoError(t, err)
		require.NoError(t, delivery.Err())
		n.close()
		n.close()
		_, err = n.wait(t.Context())
		require.ErrorIs(t, err, resthook.ErrClosed)
		require.Error(t, delivery.Err())
	})
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	event := func(app string, p resthook.Priority) *resthook.Event { return &resthook.Event{App: app, Priority: p} }
	for name, row := range map[string]struct {
		limits resthook.QueueLimits
		level  float64
		load   resthook.Load
		line   *line
		others int // apps
		want   [3]bool
	}{
		"all":                       {want: [3]bool{true, true, true}},
		"the store at 80 %":         {level: 0.8, want: [3]bool{false, true, true}},
		"the store at 90 %":         {level: 0.9, want: [3]bool{false, false, true}},
		"the store full":            {level: 1, want: [3]bool{false, false, true}},
		"the memory at 80 %":        {limits: resthook.QueueLimits{Events: 100}, load: resthook.Load{Events: 80}, want: [3]bool{false, true, true}},
		"the memory at 90 %":        {limits: resthook.QueueLimits{Events: 100}, load: resthook.Load{Events: 90}, want: [3]bool{false, false, true}},
		"the memory full":           {limits: resthook.QueueLimits{Events: 100}, load: resthook.Load{Events: 100}},
		"the memory full of bytes":  {limits: resthook.QueueLimits{Bytes: 100_000}, load: resthook.Load{Bytes: 99_900}},
		"full of others":            {limits: resthook.QueueLimits{Events: 100}, load: resthook.Load{Events: 150}, others: 1, want: [3]bool{true, true, true}},
		"the session at 80 %":       {limits: resthook.QueueLimits{SessionEvents: 10}, line: &line{events: 8}, want: [3]bool{false, true, true}},
		"the session full":          {limits: resthook.QueueLimits{SessionEvents: 10}, line: &line{events: 10}},
		"the session full of bytes": {limits: resthook.QueueLimits{SessionBytes: 10_000}, line: &line{bytes: 9_900}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newCapacity(&options{limits: row.limits})
			r.measured.Store(&measured{level: row.level})
			for i := range row.others {
				r.usageOf("other" + string(rune('0'+i)))
			}
			own := r.usageOf("app")
			if row.others == 0 {
				own.add(row.load.Events, row.load.Bytes)
			}
			for p, want := range row.want {
				err := r.admit(event("app", resthook.Priority(p)), row.load, row.line)
				if want {
					require.NoError(t, err, "priority %d", p)
				} else {
					require.ErrorIs(t, err, resthook.ErrQueueFull, "priority %d", p)
				}
			}
		})
	}
}
