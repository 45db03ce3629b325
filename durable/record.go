package durable

import (
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/pump"
	"github.com/wcskit/resthook/durable/internal/requests"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// record is what the store knows of an event that waits in memory.
type record struct {
	id        string
	line      *line
	size      int
	inherited bool // of an earlier boot, or of another node

	message  *nats.Msg      // to be stored; nil: it has been
	stored   func(error)    // to be called; nil: it has been
	tried    bool           // to be stored
	sequence uint64         // in the stream; 0: unknown
	also     []uint64       // the same event, stored once more
	ends     *entry         // what it is the end of
	held     resthook.Lease // in memory, while it is given out
	over     bool
	refusals int         // by the fence
	refused  bool        // it is not stored, and its client has been told
	dead     *nats.Msg   // what becomes of it where it was given up
	last     []*nats.Msg // the requests that end what it is the end of
	estate   *estateApp  // whose it is, for one that was inherited
}

// manyRefusals is after how many refusals of an event a fault is logged. A leader that is new may refuse some.
const manyRefusals = 10

// volatile reports whether an event is never stored: keep-alives and statistics, of which the next one
// says the same.
func volatile(e *resthook.Event) bool { return e.Replaces != "" }

// over ends an event: it is removed from the store, or becomes a dead letter.
func (s *Store) over(r *record, e *resthook.Event, result resthook.EventResult) {
	s.mu.Lock()
	if r.over || s.records[r.id] != r {
		s.mu.Unlock()
		return
	}
	r.over = true
	s.forget(r)
	switch result {
	case resthook.EventFailed, resthook.EventExpired:
		r.dead = deadLetter(e, result)
		s.recorded.dead++
	}
	s.removeOnce(r)
	var stored func(error)
	if !r.tried && r.line.opened() {
		stored, r.stored = r.stored, nil
	}
	s.mu.Unlock()
	if stored != nil {
		stored(nil)
	}
}

// removeOnce removes an event that is over, unless it is being stored: then that does it. What it is
// the end of stays in the journal until the events before it are stored, since they have the entry of
// the session as their fence. The lock is held.
func (s *Store) removeOnce(r *record) {
	if r.sequence == 0 && r.tried {
		return
	}
	s.remove(r)
	if r.ends != nil && r.message == nil {
		s.endEntry(r.ends)
	}
}

// forget takes an event out of what the store knows of its memory. The lock is held.
func (s *Store) forget(r *record) {
	if s.records[r.id] != r {
		return
	}
	delete(s.records, r.id)
	r.line.less(r)
	s.dropLine(r.line)
	if r.estate != nil {
		r.estate.less(r)
	}
}

// requestsFor is a request to the API of the stream of events.
func requestsFor(call, body string) *nats.Msg {
	return &nats.Msg{Subject: "$JS.API.STREAM." + call + "." + wire.Events, Data: []byte(body)}
}

// putEvent is the task that stores an event.
func (s *Store) putEvent(r *record) *pump.Task {
	return &pump.Task{
		Key:     r.line.key.String(),
		Waits:   func() bool { return s.waits(r.line, func() bool { return r.over && !r.tried }) },
		Message: func() *nats.Msg { return s.eventMessage(r) },
		Skipped: func() { s.eventSkipped(r) },
		Done: func(m *nats.Msg, err error) pump.Verdict {
			reply, err := requests.Read(m, err)
			return s.eventStored(r, reply.Sequence, err)
		},
	}
}

// eventMessage is what is sent to store an event; nil where it is over without having been tried, or
// must not be stored any more.
func (s *Store) eventMessage(r *record) *nats.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.over && !r.tried || r.line.lost() {
		return nil
	}
	if !r.tried {
		r.tried = true
		r.message.Subject = wire.EventSubject(r.line.boot.Boot, r.message.Subject)
	}
	return r.line.fenced(r.message)
}

// eventSkipped ends an event that was over before it was stored, and tells who waits for it: now what
// was opened before it, and the events before it, are stored.
func (s *Store) eventSkipped(r *record) {
	s.mu.Lock()
	if r.ends != nil && !r.line.lost() {
		s.endEntry(r.ends)
	}
	stored := r.stored
	r.stored = nil
	s.unstored--
	s.mu.Unlock()
	if stored != nil {
		stored(nil)
	}
}

// eventStored takes the reply to storing an event.
func (s *Store) eventStored(r *record, sequence uint64, err error) pump.Verdict {
	s.mu.Lock()
	switch {
	case err == nil:
		r.sequence, r.message = sequence, nil
		s.recorded.stored++
	case r.over && requests.Full(err): // it is not stored, and need not be
		r.message, r.tried, err = nil, false, nil
	case requests.WrongSequence(err) && r.line.lost():
		err = ErrEnded
	case requests.WrongSequence(err):
		s.doubt()
		r.refusals++
		often := r.refusals >= manyRefusals
		s.mu.Unlock()
		if often {
			s.faulty("store", fmt.Errorf("the entry of session %.64q in the journal is not this process's: %w", r.line.key.line, err))
		}
		return pump.Again
	case requests.TooLarge(err):
		err = fmt.Errorf("store event of %d bytes: %w", r.size, err)
	default:
		s.mu.Unlock()
		s.faulty("store", err)
		return pump.Again
	}
	stored := r.stored
	r.stored = nil
	s.unstored--
	switch {
	case err != nil:
		r.refused = true
	case r.over:
		s.removeOnce(r)
	case r.ends != nil:
		s.endEntry(r.ends)
		r.ends = nil
	}
	s.mu.Unlock()
	if stored != nil {
		stored(err)
	}
	return pump.Over
}
