package durable

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/pump"
	"github.com/wcskit/resthook/durable/internal/requests"
	"github.com/wcskit/resthook/durable/internal/wire"
)

var errClosed = fmt.Errorf("store %w", resthook.ErrClosed)

// queue is the store as a queue: events wait in memory, and until they are over, they also lie in the
// stream.
type queue struct{ *Store }

// unbounded is a queue in memory that sheds nothing: the store refuses what has no room before.
func unbounded() resthook.Queue {
	const most = 1 << 40
	return resthook.NewQueue(resthook.QueueLimits{Events: most, Bytes: most, SessionEvents: most, SessionBytes: most})
}

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
	refused  bool        // it is not stored, and its client has been told
	dead     *nats.Msg   // what becomes of it where it was given up
	last     []*nats.Msg // the requests that end what it is the end of
	estate   *estateApp  // whose it is, for one that was inherited
}

// volatile reports whether an event is never stored: keep-alives and statistics, of which the next one
// says the same.
func volatile(e *resthook.Event) bool { return e.Replaces != "" }

// Push implements [resthook.Queue].
func (q queue) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	if volatile(&e) {
		return q.pushVolatile(e, stored)
	}
	m, err := wire.Message(&e)
	if err != nil {
		stored(err)
		return nil
	}
	if err := q.push(e, m, stored); err != nil {
		stored(err)
	}
	return nil
}

func (q queue) pushVolatile(e resthook.Event, stored func(error)) []resthook.Drop {
	held, err := q.hold(&e)
	if held || err != nil {
		stored(err)
		return nil
	}
	return q.memory.Push(e, stored)
}

// hold keeps an event that is never stored, where its session has to wait.
func (s *Store) hold(e *resthook.Event) (held bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.admit(e); err != nil {
		return false, err
	}
	l := s.lines[keyOf(e)]
	if l == nil || !l.waits() {
		return false, nil
	}
	l.held = append(l.held, *e)
	return true, nil
}

// admit reports why an event is not taken. The lock is held.
func (s *Store) admit(e *resthook.Event) error {
	if s.closed {
		return errClosed
	}
	l := s.lines[keyOf(e)]
	if l != nil && l.lost() {
		return ErrEnded
	}
	return s.room.admit(e, s.memory.Load(), l)
}

// push takes an event in: into memory, and to be stored.
func (s *Store) push(e resthook.Event, m *nats.Msg, stored func(error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.admit(&e); err != nil {
		return err
	}
	r := &record{id: e.ID, line: s.lineOf(&e), size: len(e.Body), message: m, stored: stored, ends: s.entries[e.ID]}
	r.line.add(r)
	s.records[e.ID] = r
	m.Header.Set(nats.MsgIdHdr, e.ID)
	m.Subject = wire.EventPlace(&e)
	s.unstored++
	s.puts.Add(s.putEvent(r))
	if r.line.waits() {
		r.line.held = append(r.line.held, e)
		return nil
	}
	s.memory.Push(e, func(error) {})
	return nil
}

// Pull implements [resthook.Queue].
func (q queue) Pull(ctx context.Context, apps []string) (resthook.Lease, error) {
	if _, err := q.tenure.wait(ctx); err != nil {
		return nil, err
	}
	for {
		held, err := q.memory.Pull(ctx, apps)
		if err != nil {
			return nil, err
		}
		delivery, err := q.tenure.wait(ctx)
		if err != nil {
			_ = held.Requeue(context.Background(), 0, held.Event())
			return nil, err
		}
		if l := q.leaseOf(delivery, held); l != nil {
			return l, nil
		}
	}
}

// leaseOf makes the lease of an event, nil where it is not to be delivered.
func (s *Store) leaseOf(delivery context.Context, held resthook.Lease) resthook.Lease {
	e := held.Event()
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.records[e.ID]
	switch {
	case volatile(&e):
		if l := s.lines[keyOf(&e)]; l != nil && l.lost() {
			_ = held.Done(context.Background(), resthook.EventKept)
			return &lease{Store: s, held: held, context: ended(), ended: true}
		}
		return newLease(delivery, s, held, nil)
	case r == nil: // its boot was lost
		_ = held.Done(context.Background(), resthook.EventKept)
		return nil
	case !r.refused && !r.line.lost():
		r.held = held
		return newLease(delivery, s, held, r)
	}
	s.forget(r)
	_ = held.Done(context.Background(), resthook.EventKept)
	if r.refused || r.inherited {
		return nil // nobody waits for it
	}
	// A successor delivers it. The client hears of that by a lease that has been lost.
	return &lease{Store: s, held: held, context: ended(), ended: true}
}

func ended() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(ErrEnded)
	return ctx
}

// Close implements [resthook.Queue].
func (q queue) Close(ctx context.Context) ([]resthook.Drop, error) { return q.close(ctx) }

// Load implements [resthook.Queue].
func (q queue) Load() resthook.Load {
	load := q.memory.Load()
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lines {
		for i := range l.held {
			load.Events++
			load.Bytes += len(l.held[i].Body) + overhead
		}
	}
	load.Unstored, load.Held = q.unstored, !q.tenure.starts()
	return load
}

// overhead is about what an event takes beside its body, as [resthook.QueueLimits] counts.
const overhead = 512

// lease is an event that was given out.
type lease struct {
	*Store

	held    resthook.Lease
	record  *record         // nil: it is never stored
	context context.Context //nolint:containedctx // of the lease
	ended   bool            // guarded by the lock
	keep    func() bool     // ends what happens when context does
}

// newLease makes the lease of an event. When its context ends, the client forgets the event: then it
// is given out again, once there is a tenure. The lock is held.
func newLease(delivery context.Context, s *Store, held resthook.Lease, r *record) *lease {
	l := &lease{Store: s, held: held, record: r, context: delivery}
	l.keep = context.AfterFunc(delivery, func() { _ = l.Requeue(context.Background(), 0, held.Event()) })
	return l
}

// Event implements [resthook.Lease].
func (l *lease) Event() resthook.Event { return l.held.Event() }

// Context implements [resthook.Lease].
func (l *lease) Context() context.Context { return l.context }

// Requeue implements [resthook.Lease].
func (l *lease) Requeue(ctx context.Context, wait time.Duration, e resthook.Event) error {
	if !l.end() {
		return nil
	}
	return l.held.Requeue(ctx, wait, e)
}

// Done implements [resthook.Lease].
func (l *lease) Done(ctx context.Context, result resthook.EventResult) error {
	if !l.end() {
		return nil
	}
	if l.record != nil {
		e := l.held.Event()
		l.over(l.record, &e, result)
	}
	return l.held.Done(ctx, result)
}

// end ends the lease. It returns false where it has ended before, or the store is closed.
func (l *lease) end() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || l.closed {
		return false
	}
	l.ended = true
	l.keep()
	if l.record != nil && l.record.held == l.held {
		l.record.held = nil
	}
	return true
}

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
		s.mu.Unlock()
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
