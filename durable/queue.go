package durable

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/wire"
)

var errClosed = fmt.Errorf("store %w", resthook.ErrClosed)

// queue is the store as a queue: events wait in memory, and until they are over, they also lie in the
// stream.
type queue struct{ *Store }

// unbounded is a queue in memory that sheds nothing: the store refuses what has no room before.
func unbounded() resthook.Queue {
	const most = math.MaxInt / 2
	return resthook.NewQueue(resthook.QueueLimits{Events: most, Bytes: most, SessionEvents: most, SessionBytes: most})
}

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
	held, replaced, err := q.hold(&e)
	if held || err != nil {
		stored(err)
		return replaced
	}
	return q.memory.Push(e, stored)
}

// hold keeps an event that is never stored, where its session has to wait.
func (s *Store) hold(e *resthook.Event) (held bool, replaced []resthook.Drop, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.admit(e); err != nil {
		return false, nil, err
	}
	l := s.lines[keyOf(e)]
	if l == nil || !l.waits() {
		return false, nil, nil
	}
	if len(l.held) >= s.capacity.limits.SessionEvents {
		return false, nil, fmt.Errorf("%w: %d events of the session wait", resthook.ErrQueueFull, len(l.held))
	}
	replaced = l.replace(e)
	l.held = append(l.held, *e)
	return true, replaced, nil
}

// admit reports why an event is not taken. The lock is held.
func (s *Store) admit(e *resthook.Event) error {
	if s.closed {
		return errClosed
	}
	l := s.lines[keyOf(e)]
	if l != nil && l.lost() {
		if l.session != nil && l.session.event.ID == e.ID { // the last that comes of it
			delete(s.lines, l.key)
		}
		return ErrEnded
	}
	return s.capacity.admit(e, s.memory.Load(), l)
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

// Attach has [resthook.NewClient] refuse a store that is closed, or that another client has: a client would be given the
// other one's events.
func (q queue) Attach() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return errClosed
	case q.attached:
		return errors.New("the store has a client already")
	}
	q.attached = true
	return nil
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
			if at := l.held[i].Time; load.Oldest.IsZero() || at.Before(load.Oldest) {
				load.Oldest = at
			}
		}
	}
	load.Unstored, load.Held = q.unstored, !q.tenure.starts()
	return load
}

// overhead is about what an event takes beside its body, as [resthook.QueueLimits] counts.
const overhead = 512
