package durable

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook"
)

// capacity says which events are taken while there is little room, in memory or in the store.
type capacity struct {
	limits   resthook.QueueLimits
	apps     map[string]*usage // guarded by the lock of the store
	measured atomic.Pointer[measured]
}

// usage is what the events of an app take in memory.
type usage struct{ events, bytes int }

func (u *usage) add(events, bytes int) {
	u.events += events
	u.bytes += bytes
}

func newCapacity(o *options) *capacity {
	l := o.limits
	fill := func(limit *int, standard int) {
		if *limit <= 0 {
			*limit = standard
		}
	}
	fill(&l.Events, 100_000)
	fill(&l.Bytes, 256<<20)
	fill(&l.SessionEvents, 2_000)
	fill(&l.SessionBytes, 8<<20)
	return &capacity{limits: l, apps: map[string]*usage{}}
}

func (c *capacity) usageOf(app string) *usage {
	u := c.apps[app]
	if u == nil {
		u = &usage{}
		c.apps[app] = u
	}
	return u
}

// share is how much of a bound events of a priority may fill.
func share(p resthook.Priority) float64 {
	switch p {
	case resthook.PriorityProgress:
		return 0.8
	case resthook.PriorityStatus:
		return 0.9
	case resthook.PriorityClosing:
	}
	return 1
}

// admit reports why an event is not taken. An app always has its share of the memory, however much
// others use. Closing events are not refused because the store is full: they wait for room there.
func (c *capacity) admit(e *resthook.Event, load resthook.Load, l *line) error {
	part := share(e.Priority)
	if level := c.full(); level >= part && e.Priority != resthook.PriorityClosing {
		return fmt.Errorf("%w: the store is full to %.0f %%", resthook.ErrQueueFull, 100*level)
	}
	within := func(events, bytes, mostEvents, mostBytes int) bool {
		return float64(events+1) <= math.Ceil(part*float64(mostEvents)) && float64(bytes+len(e.Body)+overhead) <= part*float64(mostBytes)
	}
	if l != nil && !within(l.events, l.bytes, c.limits.SessionEvents, c.limits.SessionBytes) {
		return fmt.Errorf("%w: %d events of the session wait", resthook.ErrQueueFull, l.events)
	}
	if within(load.Events, load.Bytes, c.limits.Events, c.limits.Bytes) {
		return nil
	}
	apps, own := max(1, len(c.apps)), c.usageOf(e.App)
	if within(own.events, own.bytes, c.limits.Events/apps, c.limits.Bytes/apps) {
		return nil
	}
	return fmt.Errorf("%w: %d events wait", resthook.ErrQueueFull, load.Events)
}

// full is how full the store was when it was last looked at, from 0 to 1.
func (c *capacity) full() float64 { return c.last().level }

func (c *capacity) last() measured {
	if m := c.measured.Load(); m != nil {
		return *m
	}
	return measured{}
}

func (c *capacity) set(events, dead *jetstream.StreamInfo, oldest time.Time) {
	c.measured.Store(&measured{events: events.State, dead: dead.State, oldest: oldest, level: levelOf(events)})
}
