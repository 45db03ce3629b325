package durable

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/wire"
)

const (
	renewEvery = time.Second
	// deadAfter is after how many of its own confirmed renewals a node takes another one for dead that
	// has not renewed. Seconds alone would do so whenever NATS is silent.
	deadAfter = 5
)

// holding is what the node knows of its own lease and of those of others. Only renewing uses it.
type holding struct {
	revision uint64
	others   map[string]*other
}

// begin opens a boot: it takes the node's lease, whoever has it.
func (s *Store) begin(ctx context.Context) error {
	b := &boot{Boot: wire.Boot{Node: s.opts.node, ID: strings.ToLower(rand.Text())}}
	var earlier []leftBoot
	revision, err := s.takeLease(ctx, b)
	if err == nil {
		earlier, err = s.leftBoots(ctx, wire.BootsOf(b.Node))
	}
	if err == nil {
		number := 1
		for i := range earlier {
			number = max(number, earlier[i].number+1)
		}
		_, err = s.put(ctx, wire.BootSubject(b.Boot), wire.Owner(b.Boot, number), 0)
	}
	if err != nil {
		return fmt.Errorf("lease of node %s: %w", b.Boot, err)
	}
	s.holding = holding{revision: revision, others: map[string]*other{}}
	s.setBoot(b)
	s.tenure.confirm(time.Now())
	return nil
}

// setBoot has what follows belong to a boot: also the lines that are of no session.
func (s *Store) setBoot(b *boot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boot = b
	for _, l := range s.lines {
		if l.session == nil {
			l.boot = b
		}
	}
}

func (s *Store) takeLease(ctx context.Context, b *boot) (revision uint64, err error) {
	for {
		last, err := s.get(ctx, wire.LeaseSubject(b.Node))
		if err != nil {
			return 0, err
		}
		revision, err = s.put(ctx, wire.LeaseSubject(b.Node), []byte(b.ID), last.sequence)
		if !errors.Is(err, errMoved) {
			return revision, err
		}
	}
}

// renewing renews the lease every second, and takes it again at once where the boot was lost: until
// then sessions that begin have no boot to be kept in.
func (s *Store) renewing() {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.renew()
		case <-s.unsure:
			s.makeSure()
		case <-s.running.Done():
			return
		}
	}
}

// makeSure looks at the lease without a renewal, which others and this node count.
func (s *Store) makeSure() {
	ctx, cancel := context.WithTimeout(s.running, 2*renewEvery)
	defer cancel()
	b := s.currentBoot()
	if !b.over {
		s.leaseMoved(ctx, b)
		return
	}
	if err := s.begin(ctx); err != nil {
		s.faulty("lease", err)
	}
}

func (s *Store) renew() {
	ctx, cancel := context.WithTimeout(s.running, 2*renewEvery)
	defer cancel()
	b := s.currentBoot()
	if b.over {
		if err := s.begin(ctx); err != nil {
			s.faulty("lease", err)
		}
		return
	}
	begun := time.Now()
	revision, err := s.put(ctx, wire.LeaseSubject(b.Node), []byte(b.ID), s.holding.revision)
	switch {
	case errors.Is(err, errMoved):
		s.leaseMoved(ctx, b)
		return
	case err != nil:
		s.faulty("lease", err)
		return
	}
	s.holding.revision = revision
	s.tenure.confirm(begun)
	if err := s.watch(ctx); err != nil {
		s.faulty("lease", err)
	}
}

// leaseMoved looks who has the lease: this boot, by a renewal whose reply was lost, or another.
func (s *Store) leaseMoved(ctx context.Context, b *boot) {
	last, err := s.get(ctx, wire.LeaseSubject(b.Node))
	switch {
	case err != nil:
		s.faulty("lease", err)
	case string(last.body) == b.ID:
		s.holding.revision = last.sequence
	default:
		s.mu.Lock()
		s.loseBoot(b)
		s.mu.Unlock()
	}
}

func (s *Store) currentBoot() *boot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.boot
}

// leave gives the lease back, where this boot has left nothing.
func (s *Store) leave(ctx context.Context) {
	b := s.currentBoot()
	if b == nil || b.over || s.leaves(ctx, b.Boot) {
		return
	}
	_ = s.nodes.Purge(ctx, jetstream.WithPurgeSubject(wire.BootSubject(b.Boot)))
	_ = s.nodes.Purge(ctx, jetstream.WithPurgeSubject(wire.LeaseSubject(b.Node)))
}

// leaves reports whether a boot has anything in the stream, or that is not known.
func (s *Store) leaves(ctx context.Context, b wire.Boot) bool {
	for _, filter := range [...]string{wire.EventsOf(b), wire.OpenOf(b)} {
		info, err := s.events.Info(ctx, jetstream.WithSubjectFilter(filter))
		if err != nil || len(info.State.Subjects) > 0 {
			return true
		}
	}
	return false
}
