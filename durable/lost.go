package durable

import (
	"context"
	"log/slog"

	"github.com/wcskit/resthook"
)

// waits reports whether something of a line must not be stored yet, unless it is no longer needed: the lease of its boot
// was not confirmed a moment ago. A process that slept would store what its successor has not seen.
func (s *Store) waits(l *line, needless func() bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.lost() || needless() {
		return false
	}
	return l.boot.over || !s.opts.alone && !s.tenure.fresh()
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
	for _, l := range s.lines {
		if l.boot == b {
			s.loseLine(l, &lost)
		}
	}
	for _, r := range s.records {
		if r.line.boot == b && r.line.lost() {
			s.abandonRecord(r, &lost)
		}
	}
	go s.abandon(&lost)
}

// loseLine ends a line whose entry was sent: it is the successor's. If no reply has come, the entry may be in the store
// or not; its task goes on until it is there, and then a successor finds it. A line that nothing was sent of goes on in
// the next boot. The lock is held.
func (s *Store) loseLine(l *line, lost *abandoned) {
	session := l.session
	if session != nil && !session.tried && session.before == "" {
		return
	}
	l.ended = session != nil
	if l.ended {
		lost.sessions = append(lost.sessions, Session{AppKey: session.event.AppKey, ID: session.event.Session})
	}
	for thing, e := range l.things {
		if !l.ended && !e.tried {
			continue
		}
		delete(s.entries, e.event.ID)
		e.abandoned = e != session || !e.tried
		if e.stored != nil {
			lost.waiting = append(lost.waiting, e.stored)
			e.stored = nil
		}
		if !l.ended {
			delete(l.things, thing)
		}
	}
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
	if s.opts.onLost != nil && len(lost.sessions) > 0 {
		s.tell(func() { s.opts.onLost(lost.sessions) })
	}
}
