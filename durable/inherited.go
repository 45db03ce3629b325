package durable

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/pump"
	"github.com/wcskit/resthook/durable/internal/requests"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// inherited is something that a boot has left open.
type inherited struct {
	estate   *estate
	event    resthook.Event
	subject  string
	sequence uint64
}

// prepare reads what is open, unless it is known, and puts it again where the boot may still send something: from
// then on nothing of these sessions is stored.
func (e *estate) prepare(ctx context.Context) error {
	e.mu.Lock()
	done := e.entries != nil
	e.mu.Unlock()
	if done {
		return nil
	}
	if err := e.dropConsumers(ctx); err != nil {
		return err
	}
	entries := map[string]*inherited{}
	err := e.read(ctx, e.consumer("o"), wire.OpenOf(e.boot), func(m message) {
		event, err := wire.Event(m.header, m.body)
		if err != nil {
			e.damaged(m, err)
			return
		}
		if before := entries[event.ID]; before == nil || before.sequence < m.sequence {
			entries[event.ID] = &inherited{estate: e, event: event, subject: m.subject, sequence: m.sequence}
		}
	})
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if !e.opts.alone {
		if err := e.fence(ctx, entries); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(entries, func(id string, _ *inherited) bool { return e.Store.entries[id] != nil }) // resumed meanwhile
	e.entries = entries
	e.dropMoved()
	if e.own {
		for _, i := range entries {
			key := Session{AppKey: i.event.AppKey, ID: i.event.Session}
			e.kept[key] = append(e.kept[key], i)
		}
	}
	return nil
}

// dropMoved removes from the estates before this one what a boot that was resuming sessions has taken over.
// The lock is held.
func (e *estate) dropMoved() {
	for id := range e.entries {
		for _, other := range e.earlier {
			if old := other.entries[id]; old != nil {
				other.takeEntry(old)
				e.oneByOne([]*nats.Msg{purge(old.subject, 0)})
			}
		}
	}
}

// dropKept makes an entry one that can't be resumed any more. The lock is held.
func (s *Store) dropKept(i *inherited) {
	key := Session{AppKey: i.event.AppKey, ID: i.event.Session}
	left := s.kept[key][:0]
	for _, other := range s.kept[key] {
		if other != i {
			left = append(left, other)
		}
	}
	if s.kept[key] = left; len(left) == 0 {
		delete(s.kept, key)
	}
}

// fence puts the entries of sessions again.
func (e *estate) fence(ctx context.Context, entries map[string]*inherited) error {
	var all sync.WaitGroup
	var mu sync.Mutex
	var gone []string
	for id, i := range entries {
		if !wire.IsSession(i.subject) {
			continue
		}
		m, err := wire.Message(&i.event)
		if err != nil {
			return err
		}
		m.Subject = i.subject
		m.Header.Set(wire.HeaderFence, e.line.boot.ID)
		m.Header.Set(headerExpected, strconv.FormatUint(i.sequence, 10))
		all.Add(1)
		e.puts.Add(&pump.Task{
			Message: func() *nats.Msg { return m },
			Done: func(reply *nats.Msg, err error) pump.Verdict {
				r, err := requests.Read(reply, err)
				switch {
				case err == nil:
					e.oneByOne([]*nats.Msg{deletion(i.sequence)}) // else each restart would add one
					i.sequence = r.Sequence
				case requests.WrongSequence(err): // it has ended, or an earlier try was stored
					mu.Lock()
					gone = append(gone, id)
					mu.Unlock()
				default:
					e.faulty("fence", err)
					if ctx.Err() == nil {
						return pump.Again
					}
				}
				all.Done()
				return pump.Over
			},
		})
	}
	if err := waitFor(ctx, &all); err != nil {
		return err
	}
	for _, id := range gone {
		e.lookAgain(ctx, entries, id)
	}
	return nil
}

// lookAgain finds out what became of an entry that could not be put again.
func (e *estate) lookAgain(ctx context.Context, entries map[string]*inherited, id string) {
	i := entries[id]
	m, err := e.events.GetLastMsgForSubject(ctx, i.subject)
	if err != nil || m.Header.Get(wire.HeaderFence) != e.line.boot.ID {
		delete(entries, id) // what is there is found by the next round
		return
	}
	i.sequence = m.Sequence
}

func waitFor(ctx context.Context, all *sync.WaitGroup) error {
	over := make(chan struct{})
	go func() {
		defer close(over)
		all.Wait()
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
