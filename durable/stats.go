package durable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/wire"
)

// Stats are figures of a store. Those of the streams were read in the last second or two.
type Stats struct {
	Node      string
	Connected bool // NATS is there
	// Renewed is how long ago the lease of this node was confirmed. Beyond three seconds nothing is
	// given out, beyond five the others may take this node for dead; see [WithDeliveryWhileSilent].
	Renewed time.Duration

	// In this process.
	Waiting  int // events in memory, those of estates included
	Unstored int // of what was notified: how many are still to be stored
	Removing int // how many that are over are still to be removed
	Open     int // sessions, streams and calls in the journal, of this process
	Estates  int // of boots that are over, which this process works off

	// Since the process began.
	Stored      uint64 // events
	Opened      uint64 // entries of the journal
	DeadLetters uint64 // events that were given up
	Claimed     uint64 // estates
	Succeeded   uint64 // how often this node was taken for dead while it lived

	// In the streams, of all nodes.
	StoreEvents uint64  // events and entries of the journal
	StoreBytes  uint64  //
	StoreLevel  float64 // how full the store is, from 0 to 1: by bytes or by messages, whichever is more
	// StoreOldest is how long ago the oldest event in the store was stored; 0: there is none.
	StoreOldest time.Duration
	DeadWaiting uint64 // dead letters
	DeadBytes   uint64
}

// counts are of what happened since the store was opened.
type counts struct {
	stored, opened, dead, claimed, succeeded uint64
}

func (s *Store) count(what func(*counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what(&s.recorded)
}

// Stats returns the figures of the store. It waits for nothing, and is safe for concurrent use.
func (s *Store) Stats() Stats {
	r := s.capacity.last()
	out := Stats{
		Node: s.opts.node, Connected: s.conn.IsConnected(), Renewed: s.tenure.age(), Removing: s.ends.Tasks(), Waiting: s.memory.Load().Events,
		StoreEvents: r.events.Msgs, StoreBytes: r.events.Bytes, StoreLevel: r.level, StoreOldest: r.age(), DeadWaiting: r.dead.Msgs, DeadBytes: r.dead.Bytes,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.recorded
	out.Unstored, out.Open, out.Estates = s.unstored, len(s.entries), len(s.estates)
	out.Stored, out.Opened, out.DeadLetters, out.Claimed, out.Succeeded = c.stored, c.opened, c.dead, c.claimed, c.succeeded
	return out
}

// measuring reads every second how full the streams are.
func (s *Store) measuring() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := s.measure(s.running); err != nil && s.running.Err() == nil {
				s.faulty("size", err)
			}
			s.observe()
		case <-s.running.Done():
			return
		}
	}
}

func (s *Store) measure(ctx context.Context) error {
	ctx, cancel := contextFor(ctx)
	defer cancel()
	info, err := s.events.Info(ctx)
	if err != nil {
		return fmt.Errorf("size of %s: %w", wire.Events, err)
	}
	dead, err := s.js.Stream(ctx, wire.Dead)
	if err != nil {
		return fmt.Errorf("size of %s: %w", wire.Dead, err)
	}
	oldest, err := s.oldest(ctx)
	if err != nil {
		return err
	}
	s.capacity.set(info, dead.CachedInfo(), oldest)
	return nil
}

// oldest is when the oldest event was stored; zero: there is none.
func (s *Store) oldest(ctx context.Context) (time.Time, error) {
	m, err := s.first(ctx, wire.AllEvents)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, fmt.Errorf("oldest of %s: %w", wire.Events, err)
	}
	return m.Time, nil
}

// measured is what was measured last.
type measured struct {
	events, dead jetstream.StreamState
	oldest       time.Time
	level        float64
}

func (m *measured) age() time.Duration {
	if m.oldest.IsZero() {
		return 0
	}
	return max(0, time.Since(m.oldest))
}

func levelOf(info *jetstream.StreamInfo) float64 {
	part := func(used uint64, most int64) float64 {
		if most <= 0 {
			return 0
		}
		return float64(used) / float64(most)
	}
	return max(part(info.State.Bytes, info.Config.MaxBytes), part(info.State.Msgs, info.Config.MaxMsgs))
}
