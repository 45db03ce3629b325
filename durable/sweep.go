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
	// slept may have stored something after its estate was over.
	deepEvery = 2 * time.Minute
)

// sweeping looks for estates: what boots have left that are nobody's current lease.
func (s *Store) sweeping() {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	deep := time.Now() // what is known is claimed first
	for {
		select {
		case <-tick.C:
			if err := s.sweep(); err != nil && s.running.Err() == nil {
				s.faulty("sweep", err)
			}
			if time.Now().After(deep) {
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
	boots, err := s.all(ctx, wire.AllBoots)
	if err != nil {
		return err
	}
	leases, err := s.all(ctx, wire.AllLeases)
	if err != nil {
		return err
	}
	current, left := map[string]string{}, map[string]bool{}
	for _, l := range leases {
		current[wire.NodeOf(l.subject)] = string(l.body)
	}
	own := s.currentBoot()
	for _, m := range boots {
		b, ok := wire.BootOf(m.subject)
		if !ok || b == own.Boot || own.over {
			continue
		}
		left[b.Node] = true
		owner := wire.ParseOwner(m.body)
		if current[owner.Node] == owner.ID && owner != own.Boot {
			continue
		}
		e, err := s.claim(ctx, b, m.sequence)
		if err != nil {
			return err
		}
		if e != nil {
			s.workers.Go(e.run)
		}
	}
	return s.forgetNodes(ctx, leases, left)
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

// claim takes an estate; nil where another process takes it first or this one has it.
func (s *Store) claim(ctx context.Context, b wire.Boot, revision uint64) (*estate, error) {
	e := s.newEstate(b)
	if e == nil {
		return nil, nil
	}
	switch _, err := s.put(ctx, wire.BootSubject(b), wire.Owner(e.line.boot.Boot), revision); {
	case errors.Is(err, errMoved):
		s.endEstate(e)
		return nil, nil
	case err != nil:
		s.endEstate(e)
		return nil, err
	}
	s.count(func(c *counts) { c.claimed++ })
	s.logger.Info("estate claimed", slog.String("of", b.Node), slog.String("boot", b.ID))
	return e, nil
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
	boots, err := s.all(ctx, wire.BootsOf(s.opts.node))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(boots, func(x, y message) int { return cmp.Compare(x.sequence, y.sequence) })
	for _, m := range boots {
		b, ok := wire.BootOf(m.subject)
		if !ok || b == s.boot.Boot {
			continue
		}
		if alive, err := s.alive(ctx, wire.ParseOwner(m.body)); err != nil || alive {
			if err != nil {
				return nil, err
			}
			continue
		}
		e, err := s.claim(ctx, b, m.sequence)
		if err != nil {
			return nil, err
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
		if _, err := s.put(ctx, wire.BootSubject(b), wire.Owner(b), 0); err != nil && !errors.Is(err, errMoved) {
			return err
		}
	}
	return nil
}
