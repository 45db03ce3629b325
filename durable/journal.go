package durable

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/pump"
	"github.com/wcskit/resthook/durable/internal/requests"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// journal is the store as a journal.
type journal struct{ *Store }

// entry is something that is open: its closing event lies in the stream.
type entry struct {
	event     resthook.Event // without its body, once it is stored
	subject   string
	line      *line
	message   *nats.Msg
	stored    func(error)
	sequence  uint64
	tried     bool
	check     bool // whether an earlier try has stored it
	over      bool
	abandoned bool
	before    string // the subject of the same entry in an earlier boot, to be removed
}

// Open implements [resthook.Journal].
func (j journal) Open(closing resthook.Event, stored func(error)) {
	m, err := wire.Message(&closing)
	if err == nil {
		err = j.open(closing, m, stored, "")
	}
	if err != nil {
		stored(err)
	}
}

func (s *Store) open(closing resthook.Event, m *nats.Msg, stored func(error), before string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	l := s.lineOf(&closing)
	if l.lost() {
		return ErrEnded
	}
	e := &entry{event: closing, line: l, message: m, stored: stored, subject: wire.OpenSubject(l.boot.Boot, &closing), before: before}
	e.event.Body = nil
	thing := wire.Thing(&closing)
	if l.things == nil {
		l.things = map[string]*entry{}
	}
	l.things[thing] = e
	if thing == wire.Session {
		l.session = e
	}
	s.entries[closing.ID] = e
	s.puts.Add(s.putEntry(e))
	return nil
}

// putEntry is the task that stores an entry. It is in line before the events that follow it.
func (s *Store) putEntry(e *entry) *pump.Task {
	return &pump.Task{
		Key:     e.line.key.String(),
		Waits:   func() bool { return s.waits(e.line, func() bool { return e.abandoned || e.over && !e.tried }) },
		Message: func() *nats.Msg { return s.entryMessage(e) },
		Done: func(m *nats.Msg, err error) pump.Verdict {
			if e.check {
				return s.entryChecked(e, m, err)
			}
			reply, err := requests.Read(m, err)
			return s.entryStored(e, reply.Sequence, err)
		},
	}
}

// entryMessage is what is sent to store an entry. That of a session is the fence of its events, so
// that it must be the first of its subject.
func (s *Store) entryMessage(e *entry) *nats.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case e.abandoned, e.over && !e.tried:
		return nil
	case e.check:
		return requestsFor("MSG.GET", `{"last_by_subj":`+strconv.Quote(e.subject)+`}`)
	}
	e.tried = true
	e.message.Subject = e.subject
	if e.line.session == e {
		e.message.Header.Set(headerExpected, "0")
		return e.message
	}
	return e.line.fenced(e.message)
}

func (s *Store) entryStored(e *entry, sequence uint64, err error) pump.Verdict {
	s.mu.Lock()
	switch {
	case err == nil, errors.Is(err, ErrEnded):
	case requests.WrongSequence(err) && e.line.session == e:
		e.check = true // an earlier try, whose reply was lost, or a successor
		s.mu.Unlock()
		return pump.Again
	case requests.WrongSequence(err) && e.line.lost():
		err = ErrEnded
	case requests.WrongSequence(err):
		s.doubt()
		s.mu.Unlock()
		return pump.Again
	case requests.TooLarge(err):
		err = fmt.Errorf("store the closing event: %w", err)
	default:
		s.mu.Unlock()
		s.faulty("store", err)
		return pump.Again
	}
	stored := e.stored
	e.stored, e.message, e.sequence = nil, nil, sequence
	if e.line.ended {
		s.searchSoon.Store(true) // it may be there only now
	}
	if err == nil {
		s.recorded.opened++
		if e.before != "" {
			s.oneByOne([]*nats.Msg{purge(e.before, 0)})
		}
		if e.over {
			s.oneByOne([]*nats.Msg{purge(e.subject, sequence)})
		}
	}
	s.mu.Unlock()
	if stored != nil {
		stored(err)
	}
	return pump.Over
}

// entryChecked takes the message that is the last of the entry's subject.
func (s *Store) entryChecked(e *entry, m *nats.Msg, err error) pump.Verdict {
	last, err := lastMessage(m, err)
	if err != nil && !requests.NotFound(err) {
		s.faulty("journal", err)
		return pump.Again
	}
	e.check = false
	s.mu.Lock()
	lost := e.line.lost()
	s.mu.Unlock()
	switch {
	case err != nil && lost: // a successor has closed it
		return s.entryStored(e, 0, ErrEnded)
	case err != nil: // it has gone meanwhile
		return pump.Again
	case last.header.Get(wire.HeaderFence) != "":
		s.mu.Lock()
		s.fencedOff(e.line)
		s.mu.Unlock()
		return s.entryStored(e, 0, ErrEnded)
	}
	return s.entryStored(e, last.sequence, nil)
}

// endEntry removes what has ended from the journal, now that its closing event is stored or over. The
// lock is held.
func (s *Store) endEntry(e *entry) {
	if e.over {
		return
	}
	l := e.line
	if l.session == e {
		for _, thing := range l.things {
			s.endOne(thing)
		}
		s.oneByOne([]*nats.Msg{purge(wire.OpenOfLine(l.boot.Boot, &e.event), 0)})
	} else {
		s.endOne(e)
		if e.sequence != 0 {
			s.oneByOne([]*nats.Msg{purge(e.subject, e.sequence)})
		}
	}
	s.dropLine(l)
}

func (s *Store) endOne(e *entry) {
	e.over = true
	delete(s.entries, e.event.ID)
	for thing, open := range e.line.things {
		if open == e {
			delete(e.line.things, thing)
		}
	}
}

// purge is the request that removes the messages of a subject, up to a sequence; 0: all.
func purge(subject string, upTo uint64) *nats.Msg {
	request := map[string]any{"filter": subject}
	if upTo != 0 {
		request["seq"] = upTo + 1
	}
	body, _ := json.Marshal(request) // of a text and a number: it cannot fail
	return requestsFor("PURGE", string(body))
}
