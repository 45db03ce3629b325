package durable

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/wire"
)

const (
	sweepEvery = 2 * time.Second
	// deepEvery is how often the store itself is searched for what no boot is known of: a process that
	// slept may have stored something after its estate was over. It takes seconds of a large stream.
	deepEvery = 10 * time.Minute
)

// sweeping looks for estates: what boots have left that are nobody's current lease.
func (s *Store) sweeping() {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	deep := time.Now().Add(deepEvery)
	for {
		select {
		case <-tick.C:
			if err := s.sweep(); err != nil && s.running.Err() == nil {
				s.faulty("sweep", err)
			}
			if time.Now().After(deep) || s.searchSoon.Swap(false) {
				deep = time.Now().Add(deepEvery)
				if err := s.sweepDeep(); err != nil && s.running.Err() == nil {
					s.faulty("sweep", err)
				}
			}
		case <-s.running.Done():
			return
		}
	}
}

// sweep claims the estates of boots whose owner is not alive. The boots are read before the leases: a
// boot that has begun has its lease.
func (s *Store) sweep() error {
	if !s.tenure.fresh() {
		return nil
	}
	ctx, cancel := contextFor(s.running)
	defer cancel()
	boots, err := s.leftBoots(ctx, wire.AllBoots)
	if err != nil {
		return err
	}
	leases, err := s.all(ctx, wire.AllLeases)
	if err != nil {
		return err
	}
	current, left, held := map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, l := range leases {
		current[wire.NodeOf(l.subject)] = string(l.body)
	}
	own := s.currentBoot()
	var claimed []*estate
	for i := range boots {
		b := &boots[i]
		if b.Boot == own.Boot || own.over {
			continue
		}
		left[b.Node] = true
		switch alive := current[b.owner.Node] == b.owner.ID; {
		case alive && b.owner != own.Boot:
			held[b.Node] = true
		case !held[b.Node]:
			e, moved, fault := s.claim(ctx, b)
			if e != nil {
				claimed = append(claimed, e)
			}
			held[b.Node] = moved || fault != nil
			err = errors.Join(err, fault)
		}
	}
	for _, e := range claimed { // now each knows the others of its node
		s.workers.Go(e.run)
	}
	if err != nil {
		return err
	}
	return s.forgetNodes(ctx, leases, left)
}

// leftBoot is a boot that may have left something.
type leftBoot struct {
	wire.Boot

	number   int       // among those of its node, in order
	owner    wire.Boot // that works it off, or is it
	revision uint64    // of the claim
}

// leftBoots lists boots, the earlier ones of a node first. A session that was resumed has events in
// several: so who claims one of them claims those that follow, and nobody else does meanwhile.
func (s *Store) leftBoots(ctx context.Context, filter string) ([]leftBoot, error) {
	messages, err := s.all(ctx, filter)
	boots := make([]leftBoot, 0, len(messages))
	for i := range messages {
		m := &messages[i]
		if b, ok := wire.BootOf(m.subject); ok {
			owner, number := wire.ParseOwner(m.body)
			boots = append(boots, leftBoot{Boot: b, number: number, owner: owner, revision: m.sequence})
		}
	}
	slices.SortFunc(boots, func(x, y leftBoot) int {
		return cmp.Or(cmp.Compare(x.Node, y.Node), cmp.Compare(x.number, y.number), cmp.Compare(x.ID, y.ID))
	})
	return boots, err
}

// forgetNodes removes the leases of dead nodes that have left nothing any more.
func (s *Store) forgetNodes(ctx context.Context, leases []message, left map[string]bool) error {
	for _, l := range leases {
		node := wire.NodeOf(l.subject)
		if left[node] || node == s.opts.node || !marked(string(l.body)) {
			continue
		}
		err := s.nodes.Purge(ctx, jetstream.WithPurgeSubject(l.subject), jetstream.WithPurgeSequence(l.sequence+1))
		if err != nil {
			return fmt.Errorf("forget node %.64q: %w", node, err)
		}
	}
	return nil
}

// claim takes an estate; nil where another process takes it first, or this one has it.
func (s *Store) claim(ctx context.Context, b *leftBoot) (e *estate, moved bool, err error) {
	if e = s.newEstate(b.Boot); e == nil {
		return nil, false, nil
	}
	switch _, err := s.put(ctx, wire.BootSubject(b.Boot), wire.Owner(e.line.boot.Boot, b.number), b.revision); {
	case errors.Is(err, errMoved):
		s.endEstate(e)
		return nil, true, nil
	case err != nil:
		s.endEstate(e)
		return nil, false, err
	}
	s.count(func(c *counts) { c.claimed++ })
	s.logger.Info("estate claimed", slog.String("of", b.Node), slog.String("boot", b.ID))
	return e, false, nil
}

// takeOwn claims what earlier boots of this node have left, the oldest first. Where the media server
// may resume sessions, it reads what is open before it returns.
func (s *Store) takeOwn(ctx context.Context) error {
	if s.opts.recovery > 0 {
		if err := s.sweepDeep(); err != nil {
			return err
		}
	}
	estates, err := s.claimOwn(ctx)
	if err != nil {
		return err
	}
	if s.opts.recovery > 0 {
		for _, e := range estates {
			if err := e.prepare(ctx); err != nil {
				return fmt.Errorf("read what boot %s has left: %w", e.boot, err)
			}
		}
	}
	for _, e := range estates {
		s.workers.Go(e.run)
	}
	return nil
}

func (s *Store) claimOwn(ctx context.Context) (estates []*estate, err error) {
	boots, err := s.leftBoots(ctx, wire.BootsOf(s.opts.node))
	if err != nil {
		return nil, err
	}
	for i := range boots {
		b := &boots[i]
		if b.Boot == s.boot.Boot {
			continue
		}
		alive, err := s.alive(ctx, b.owner)
		if err != nil {
			return nil, err
		}
		if alive {
			break // those that follow are for the same one
		}
		e, moved, err := s.claim(ctx, b)
		if err != nil {
			return nil, err
		}
		if moved {
			break
		}
		if e != nil {
			estates = append(estates, e)
		}
	}
	return estates, nil
}

// alive reports whether a boot has its node's lease.
func (s *Store) alive(ctx context.Context, b wire.Boot) (bool, error) {
	if b.Node == s.opts.node {
		return false, nil // it is this process's now
	}
	l, err := s.get(ctx, wire.LeaseSubject(b.Node))
	return err == nil && string(l.body) == b.ID, err
}

// sweepDeep makes known the boots that have something in the store and are not known.
func (s *Store) sweepDeep() error {
	ctx, cancel := context.WithTimeout(s.running, time.Minute)
	defer cancel()
	info, err := s.events.Info(ctx, jetstream.WithSubjectFilter("rh.>"))
	if err != nil {
		return fmt.Errorf("search the store: %w", err)
	}
	boots := map[wire.Boot]bool{}
	for subject := range info.State.Subjects {
		if p, ok := wire.ParseSubject(subject); ok {
			boots[p.Boot] = true
		}
	}
	for b := range boots {
		if b == s.currentBoot().Boot {
			continue
		}
		if _, err := s.put(ctx, wire.BootSubject(b), wire.Owner(b, 0), 0); err != nil && !errors.Is(err, errMoved) {
			return err
		}
	}
	return nil
}
