package durable

import (
	"slices"
	"strconv"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// The headers by which JetStream stores a message only where another one is the last of its subject.
const (
	headerExpected        = "Nats-Expected-Last-Subject-Sequence"
	headerExpectedSubject = "Nats-Expected-Last-Subject-Sequence-Subject"
)

// lineKey names the events that are delivered in order.
type lineKey struct{ app, line string }

func keyOf(e *resthook.Event) lineKey { return lineKey{e.App, wire.Line(e)} }

// String is the key for the pump.
func (k lineKey) String() string { return strconv.Itoa(len(k.app)) + " " + k.app + k.line }

// line is what the store knows of the events of a session, or of others that are delivered in order.
type line struct {
	key     lineKey
	boot    *boot
	usage   *usage            // of its app
	things  map[string]*entry // what is open of the session, by its token
	session *entry            // that of the session; nil: there is none
	events  int               // in memory
	bytes   int
	held    []resthook.Event // wait until what an earlier boot has left is in front of them
	behind  *estateApp       // that they wait for
	estate  bool             // it stands for all lines of an estate
	ended   bool             // a successor has what was stored of it
}

// lineOf is the line of an event; one is made where there is none. The lock is held.
func (s *Store) lineOf(e *resthook.Event) *line {
	key := keyOf(e)
	l := s.lines[key]
	if l == nil {
		l = &line{key: key, boot: s.boot, usage: s.capacity.usageOf(e.App)}
		s.lines[key] = l
	}
	return l
}

// dropLine forgets a line without events and without anything open. The lock is held.
func (s *Store) dropLine(l *line) {
	if l.events == 0 && len(l.things) == 0 && len(l.held) == 0 && s.lines[l.key] == l {
		delete(s.lines, l.key)
	}
}

func (l *line) add(r *record) {
	l.events++
	l.bytes += r.size + overhead
	l.usage.add(1, r.size+overhead)
}

func (l *line) less(r *record) {
	l.events--
	l.bytes -= r.size + overhead
	l.usage.add(-1, -r.size-overhead)
}

// opened reports whether everything that is open of the session is stored.
func (l *line) opened() bool {
	for _, e := range l.things {
		if e.stored != nil {
			return false
		}
	}
	return true
}

// lost reports whether the session has been ended by a successor.
func (l *line) lost() bool { return l.ended || l.estate && l.boot.over }

// replace takes the event that e replaces out of those that wait.
func (l *line) replace(e *resthook.Event) []resthook.Drop {
	at := slices.IndexFunc(l.held, func(old resthook.Event) bool { return old.Replaces == e.Replaces })
	if at < 0 {
		return nil
	}
	old := l.held[at]
	l.held = slices.Delete(l.held, at, at+1)
	return []resthook.Drop{{Event: old, Result: resthook.EventReplaced}}
}

// waits reports whether events must not be given out yet.
func (l *line) waits() bool { return l.behind != nil }

// fenced makes a message one that is stored only while the session is this boot's: as long as its
// entry in the journal has not been put again by a successor.
func (l *line) fenced(m *nats.Msg) *nats.Msg {
	if l.session != nil && l.session.sequence != 0 {
		m.Header.Set(headerExpected, strconv.FormatUint(l.session.sequence, 10))
		m.Header.Set(headerExpectedSubject, l.session.subject)
	}
	return m
}
