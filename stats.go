package resthook

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// EventCount is how many events of a hook ended in one way.
type EventCount struct {
	Hook   string
	Result EventResult
	Count  uint64
}

// Stats counts a client's events, and what it remembers about players. At every moment
// Notified is the sum of Queued and of the counts in Events.
type Stats struct {
	// Notified counts the calls of [Hook.Notify] and [Session.Disconnect] and the
	// keep-alives, but those that are not to be sent (hooks disabled), and the
	// events that a queue had kept, once it gives them out.
	Notified    uint64
	Queued      int          // of these, how many wait or are in flight
	QueuedBytes int          // how many bytes they count in the bounds of the queue
	Unstored    int          // how many a queue that stores has still to store
	Held        bool         // such a queue gives out nothing, since its store does not answer
	Oldest      time.Time    // when the one that came first of those queued was notified; zero: there is none
	Events      []EventCount // of these, how many have ended, by hook and result
	// Unreported counts calls of [Observer.Event], of [Observer.Attempt] for an
	// event, and of the logger for one, that were not made, since those before
	// them took too long, or that panicked.
	Unreported uint64

	// Backends are the backends of all apps; none while hooks are disabled.
	Backends []BackendStats
	// Fallbacks counts what [WithFallback] has allowed, for each method that has one.
	Fallbacks []FallbackCount
	// Connections are the figures of the connections to all backends.
	Connections ConnectionStats
	// Admissions counts what is remembered about players.
	Admissions AdmissionStats
}

// ConnectionStats are figures of the client's connections, of those through a proxy too. All
// are 0 with [WithTransport], whose connections are the caller's.
type ConnectionStats struct {
	Open   int    // now; without those that are still being made
	Idle   int    // of these, how many carry no hook
	Opened uint64 // how many were made since NewClient
	Reused uint64 // how many attempts went over one that had carried another hook
}

func (c *Client) connectionStats() (s ConnectionStats) {
	if c.transport != nil {
		s = ConnectionStats(c.transport.Stats())
	}
	if c.proxy != nil {
		p := c.proxy.Stats()
		s.Open, s.Idle, s.Opened, s.Reused = s.Open+p.Open, s.Idle+p.Idle, s.Opened+p.Opened, s.Reused+p.Reused
	}
	return s
}

// Stats returns the counts of the client's events. It is safe for concurrent
// use, in a callback too. The hooks are named one by one up to 256 names; events
// of further ones are counted together, under "other".
func (c *Client) Stats() Stats {
	if !c.made() {
		return Stats{}
	}
	s := c.events.counts.stats()
	load := c.events.queue.Load()
	s.QueuedBytes, s.Unstored, s.Held, s.Oldest = load.Bytes, load.Unstored, load.Held, load.Oldest
	s.Unreported = c.dispatcher.Missed()
	s.Backends = c.state.Load().backendStats(c.events.downSince)
	s.Fallbacks = c.opts.fallbackCounts()
	s.Connections = c.connectionStats()
	s.Admissions = c.admitted.stats()
	return s
}

// eventCounts count the events of a client. Each one that was notified counts as queued
// until it ends.
type eventCounts struct {
	mu       sync.Mutex
	notified uint64
	over     uint64
	counts   map[ending]uint64
	names    map[string]struct{}
}

// ending is how events of a hook ended.
type ending struct {
	hook   string
	result EventResult
}

const (
	manyNames  = 256
	otherNames = "other"
)

func newEventCounts() *eventCounts {
	return &eventCounts{counts: map[ending]uint64{}, names: map[string]struct{}{}}
}

// add counts an event.
func (c *eventCounts) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notified++
}

// takeBack takes back an add, for an event that goes back to a queue that had kept it.
func (c *eventCounts) takeBack() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notified--
}

// end counts an event that is over, and returns under which name.
func (c *eventCounts) end(hook string, result EventResult) ending {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over++
	e := ending{c.name(hook), result}
	c.counts[e]++
	return e
}

// name is the name under which a hook is counted. A media server may take its names from its clients.
func (c *eventCounts) name(hook string) string {
	hook = label(hook)
	if _, ok := c.names[hook]; ok {
		return hook
	}
	if len(c.names) >= manyNames {
		return otherNames
	}
	c.names[hook] = struct{}{}
	return hook
}

func (c *eventCounts) stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Stats{Notified: c.notified, Queued: int(c.notified - c.over)} //nolint:gosec // as many as there was memory for
	s.Events = make([]EventCount, 0, len(c.counts))
	for one, n := range c.counts {
		s.Events = append(s.Events, EventCount{one.hook, one.result, n})
	}
	slices.SortFunc(s.Events, func(a, b EventCount) int {
		return cmp.Or(cmp.Compare(a.Hook, b.Hook), cmp.Compare(a.Result, b.Result))
	})
	return s
}

// left is how many events of each hook Close left.
func (c *eventCounts) left() map[string]int {
	left := map[string]int{}
	for _, one := range c.stats().Events {
		if one.Result == EventLeft {
			left[one.Hook] = int(one.Count) //nolint:gosec // as many as there was memory for
		}
	}
	return left
}
