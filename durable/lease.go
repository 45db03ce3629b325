package durable

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook"
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

// other is another node, as it was seen last.
type other struct {
	revision uint64
	value    string
	unmoved  int // own renewals since
}

// begin opens a boot: it takes the node's lease, whoever has it.
func (s *Store) begin(ctx context.Context) error {
	b := &boot{Boot: wire.Boot{Node: s.opts.node, ID: strings.ToLower(rand.Text())}}
	revision, err := s.takeLease(ctx, b)
	if err == nil {
		_, err = s.put(ctx, wire.BootSubject(b.Boot), wire.Owner(b.Boot), 0)
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

// errMoved is the error where a value is not what it was when it was read.
var errMoved = errors.New("another process has changed it meanwhile")

// put sets a value of the nodes' stream, where the last one has that revision.
func (s *Store) put(ctx context.Context, subject string, value []byte, revision uint64) (uint64, error) {
	ack, err := s.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: value}, jetstream.WithExpectLastSequencePerSubject(revision), jetstream.WithRetryAttempts(0))
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return 0, errMoved
	}
	if err != nil {
		return 0, fmt.Errorf("set %s: %w", subject, err)
	}
	return ack.Sequence, nil
}

// get reads a value of the nodes' stream from its leader; one that is not there is empty.
func (s *Store) get(ctx context.Context, subject string) (message, error) {
	m, err := s.nodes.GetLastMsgForSubject(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return message{}, nil
	case err != nil:
		return message{}, fmt.Errorf("get %s: %w", subject, err)
	}
	return message{subject: m.Subject, sequence: m.Sequence, body: m.Data}, nil
}

// all reads the values of all subjects that match.
func (s *Store) all(ctx context.Context, filter string) ([]message, error) {
	info, err := s.nodes.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", filter, err)
	}
	var all []message
	for subject := range info.State.Subjects {
		m, err := s.get(ctx, subject)
		if err != nil {
			return nil, err
		}
		if m.sequence != 0 {
			all = append(all, m)
		}
	}
	return all, nil
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

// watch looks at the leases of the other nodes after a renewal of its own, and marks those that have
// not moved for too long.
func (s *Store) watch(ctx context.Context) error {
	leases, err := s.all(ctx, wire.AllLeases)
	if err != nil {
		return err
	}
	seen := map[string]*other{}
	for _, l := range leases {
		node := wire.NodeOf(l.subject)
		if node == s.opts.node {
			continue
		}
		o := &other{revision: l.sequence, value: string(l.body)}
		if before := s.holding.others[node]; before != nil && before.revision == l.sequence {
			o.unmoved = before.unmoved + 1
		}
		seen[node] = o
		if o.unmoved >= deadAfter && !marked(o.value) && s.tenure.fresh() {
			s.markDead(ctx, node, o)
		}
	}
	s.holding.others = seen
	return nil
}

// marked reports whether a lease is that of a node that was found dead.
func marked(value string) bool { return strings.HasPrefix(value, "!") }

// markDead changes the lease of a dead node, so that what it sends later can't be taken for its own
// renewal.
func (s *Store) markDead(ctx context.Context, node string, o *other) {
	_, err := s.put(ctx, wire.LeaseSubject(node), []byte("!"+o.value), o.revision)
	switch {
	case err == nil:
		s.logger.Warn("node dead", slog.String("dead", node))
	case !errors.Is(err, errMoved):
		s.faulty("lease", err)
	}
}

func (s *Store) currentBoot() *boot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.boot
}

// fencedOff notes that a successor has taken a session. The lock is held.
func (s *Store) fencedOff(l *line) { s.loseBoot(l.boot) }

// doubt has the lease looked at: the fence has refused something. A successor may have put the entry
// again, or a server that leads since a moment does not know the entry yet. Only the lease tells: who
// has its lease has no successor.
func (s *Store) doubt() {
	select {
	case s.unsure <- struct{}{}:
	default:
	}
}

// loseBoot ends a boot: a successor has its estate. What the sessions of the boot still have in memory
// is not delivered any more. The lock is held.
func (s *Store) loseBoot(b *boot) {
	if b.over {
		return
	}
	b.over = true
	s.recorded.succeeded++
	s.tenure.end()
	s.doubt()
	lost := abandoned{boot: b}
	for id, e := range s.entries {
		if e.line.boot != b {
			continue
		}
		delete(s.entries, id)
		if e.line.session == e {
			lost.sessions = append(lost.sessions, Session{AppKey: e.event.AppKey, ID: e.event.Session})
		}
		if e.stored != nil {
			lost.waiting = append(lost.waiting, e.stored)
			e.stored = nil
		}
	}
	for _, r := range s.records {
		if r.line.boot == b && r.line.lost() {
			s.abandonRecord(r, &lost)
		}
	}
	go s.abandon(&lost)
}

// abandoned is what a boot leaves that was lost.
type abandoned struct {
	boot     *boot
	sessions []Session
	waiting  []func(error)
}

func (s *Store) abandonRecord(r *record, lost *abandoned) {
	if r.stored != nil {
		lost.waiting = append(lost.waiting, r.stored)
		r.stored, r.refused = nil, true
	}
	if r.held != nil { // its lease has ended, so that nobody ends it
		_ = r.held.Done(context.Background(), resthook.EventKept)
		s.forget(r)
	}
}

// abandon tells those who wait that the sessions of a boot have been ended by a successor.
func (s *Store) abandon(lost *abandoned) {
	s.logger.Error("node was taken for dead", slog.String("boot", lost.boot.ID), slog.Int("sessions", len(lost.sessions)))
	for _, stored := range lost.waiting {
		stored(ErrEnded)
	}
	if s.opts.onLost != nil {
		s.opts.onLost(lost.sessions)
	}
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
