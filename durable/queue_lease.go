package durable

import (
	"context"
	"time"

	"github.com/wcskit/resthook"
)

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
