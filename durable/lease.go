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
	unmoved  int // looks at the lease of another process with this node's name, since it was renewed
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
	s.confirm(time.Now())
	return nil
}

// confirm notes that the lease was this boot's at that time. What could not be stored without it is stored at once.
func (s *Store) confirm(at time.Time) {
	was := s.tenure.fresh()
	s.tenure.confirm(at)
	if !was {
		s.puts.Hurry()
	}
}

// beginAgain opens another boot after one was lost, unless another process has the node's name and is alive: two that
// took the lease from each other would end each other's sessions for ever.
func (s *Store) beginAgain(ctx context.Context) error {
	last, err := s.get(ctx, wire.LeaseSubject(s.opts.node))
	if err != nil {
		return err
	}
	h := &s.holding
	if last.sequence != h.revision {
		h.revision, h.unmoved = last.sequence, 0
	}
	if last.sequence != 0 && !marked(string(last.body)) && h.unmoved < deadAfter {
		h.unmoved++
		s.faulty("lease", fmt.Errorf("another process has the node name %q: nothing is stored or delivered while it is alive", s.opts.node))
		return nil
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.searchSoon.Store(true)
	return nil
}

// setBoot has what follows belong to a boot: also the lines that no successor has.
func (s *Store) setBoot(b *boot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boot = b
	for _, l := range s.lines {
		if l.ended {
			continue
		}
		l.boot = b
		for _, e := range l.things {
			if !e.tried {
				e.subject = wire.OpenSubject(b.Boot, &e.event)
			}
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
	if err := s.beginAgain(ctx); err != nil {
		s.faulty("lease", err)
	}
}

func (s *Store) renew() {
	ctx, cancel := context.WithTimeout(s.running, 2*renewEvery)
	defer cancel()
	b := s.currentBoot()
	if b.over {
		if err := s.beginAgain(ctx); err != nil {
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
	s.confirm(begun)
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

// first reads the first message that matches. Of a large stream, the names of its subjects would take seconds.
func (s *Store) first(ctx context.Context, filter string) (*jetstream.RawStreamMsg, error) {
	return s.events.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(filter))
}

// leaves reports whether a boot has anything in the stream, or that is not known.
func (s *Store) leaves(ctx context.Context, b wire.Boot) bool {
	for _, filter := range [...]string{wire.EventsOf(b), wire.OpenOf(b)} {
		if _, err := s.first(ctx, filter); !errors.Is(err, jetstream.ErrMsgNotFound) {
			return true
		}
	}
	return false
}
