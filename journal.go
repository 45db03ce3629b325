package resthook

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/redact"
)

// Journal keeps what is open: the closing event of each session, stream and call, ready
// to be delivered. Whoever comes after this process, such as its restart or another media
// server, delivers those that this process did not. [WithJournal] gives the client one.
//
// A stream is open from its first StreamStatusEvent with a mediaSessionId, a call from
// its first CallStatusEvent with a callId, until one with a status that ends it. Only
// events of a session count, and only those of [Hook.Notify], NotifyJSON and Record: what
// [Hook.Send] sends opens and closes nothing. What the backend is not told of is not open:
// where the rule disables ConnectionStatusEvent, a session has entries of its streams and
// calls alone.
//
// A Journal is safe for concurrent use. Its methods wait for no disk and no network, since
// who connects and who notifies wait for them.
type Journal interface {
	// Open keeps closing: the event that ends what begins now, with Recovered set and
	// without a Sequence. Its Time is that of the beginning; who delivers it sets the time
	// of then. An event that is pushed to the [Queue] later with the same ID ends the entry.
	// Where that is the closing event of the session, which has neither About.MediaSessionID
	// nor About.CallID, it ends all entries with its Line.
	//
	// stored is called once, before or after Open returns: with nil when the entry is as safe
	// as this journal makes any, else with why it is not kept. An error is logged, and the
	// session goes on. The events of the session that are pushed after Open are to be stored
	// after the entry.
	Open(closing Event, stored func(error))
	// Resume returns what an earlier process of this media server has left open of a
	// session, the closing event of the session itself first; none where nothing is known.
	// From then on this process has them open, with the same IDs and Line. appKey and session
	// are as in [Event.AppKey] and [Event.Session]. An error means that another process ends
	// the session, or has ended it: it can't be resumed.
	Resume(appKey, session string) ([]Event, error)
}

const (
	// mostOpen is how many streams and calls of one session are in the journal.
	mostOpen = 1_000
	// closingID is what the id of a closing event has behind the id of the opening one.
	closingID = ".end"
)

// openings are what the journal has open of a session. Only [Session.number] changes them,
// which is called for one event at a time.
type openings struct {
	line    string           // of the session's events
	closing string           // the id of the session's closing event
	things  map[thing]string // the ids of the closing events of streams and calls
	full    bool             // there were too many
}

// thing is a stream or a call.
type thing struct{ hook, id string }

// thingOf is the stream or call whose status an event reports.
func thingOf(e *Event) (one thing, ok bool) {
	switch e.Hook {
	case StreamStatusEvent.name:
		one = thing{e.Hook, e.About.MediaSessionID}
	case CallStatusEvent.name:
		one = thing{e.Hook, e.About.CallID}
	}
	return one, one.id != ""
}

// openNew opens the entry of a session that is new.
func (s *Session) openNew() {
	if s.client.opts.journal == nil {
		return
	}
	s.openings = &openings{line: s.mark, closing: s.mark + closingID}
	s.openItself()
}

// openAgain takes over what an earlier process has left open of a session that is resumed.
func (s *Session) openAgain() error {
	journal := s.client.opts.journal
	if journal == nil {
		return nil
	}
	left, err := journal.Resume(s.ids.App(), s.ids.Session())
	switch {
	case err != nil:
		return fmt.Errorf("resume: session %s: %w", redact.Line(s.ids.Session(), longestLabel), err)
	case len(left) == 0:
		s.openNew()
		return nil
	}
	s.openings = openingsOf(left)
	if s.openings.closing == "" {
		s.openings.closing = s.mark + closingID
		s.openItself()
	}
	return nil
}

// openingsOf are the openings that entries of a journal stand for.
func openingsOf(left []Event) *openings {
	o := &openings{line: left[0].line(), things: map[thing]string{}}
	for i := range left {
		e := &left[i]
		if one, ok := thingOf(e); ok {
			o.things[one] = e.ID
		} else if e.Hook == ConnectionStatusEvent.name {
			o.closing = e.ID
		}
	}
	return o
}

// openItself opens the entry of the session, unless its closing event is not to be sent.
func (s *Session) openItself() {
	r, e, err := s.lastEvent(context.Background(), InfoRecovered)
	if err != nil || !r.sends(e.Hook, e.Kind) {
		return
	}
	e.App, e.ID, e.Time, e.Recovered = r.app.key, s.openings.closing, time.Now(), true
	s.client.events.openEntry(e.Event)
}

// number gives an event its place in the session. The events of a session come here one at
// a time, in their order.
func (s *Session) number(e *notification) {
	e.stamped(s.stamp())
	if s.openings == nil {
		return
	}
	if err := s.openings.note(e); err != nil {
		s.client.events.journalFailed(err)
	}
}

// push opens the entry of what an event begins, and queues the event.
func (s *Session) push(e *notification) {
	if e.opens {
		s.client.events.openEntry(s.closingOf(&e.Event))
	}
	s.client.events.push(e)
}

// errManyOpen is why a stream or a call is not in the journal.
var errManyOpen = fmt.Errorf("more than %d streams and calls of a session are open", mostOpen)

// note notes what an event opens and closes. One that closes something gets the id that the
// journal has for it.
func (o *openings) note(e *notification) error {
	if e.last {
		e.ID, o.things = o.closing, nil
		return nil
	}
	one, ok := thingOf(&e.Event)
	if !ok {
		return nil
	}
	closing, open := o.things[one]
	switch priorityOf(e.Hook, e.About.EventStatus) {
	case PriorityClosing:
		if open {
			e.ID = closing
			delete(o.things, one)
		}
	case PriorityStatus:
		if !open {
			return o.add(one, e)
		}
	case PriorityProgress: // it is open, or has just been closed
	}
	return nil
}

// add notes what an event opens. The first thing that is too many is an error.
func (o *openings) add(one thing, e *notification) error {
	if len(o.things) >= mostOpen {
		first := !o.full
		o.full = true
		if first {
			return errManyOpen
		}
		return nil
	}
	if o.things == nil {
		o.things = map[thing]string{}
	}
	o.things[one], e.opens = e.ID+closingID, true
	return nil
}

// closingOf is the closing event of the stream or call that an event opens: the same
// payload with another status.
func (s *Session) closingOf(e *Event) Event {
	closing := *e
	closing.ID, closing.Sequence, closing.Priority, closing.Recovered = e.ID+closingID, 0, PriorityClosing, true
	closing.About.EventStatus = closingStatus(e)
	closing.Body = s.rule(e.Hook).outgoing(jsontext.Merge(e.Body, map[string][]byte{
		"status": jsontext.AppendString(nil, closing.About.EventStatus),
		"info":   jsontext.AppendString(nil, string(InfoRecovered)),
	}))
	return closing
}

// closingStatus is the status with which a stream or call ends that an event opens.
func closingStatus(e *Event) string {
	published, _ := jsontext.Get(e.Body, "published")
	switch {
	case e.Hook == CallStatusEvent.name:
		return string(CallFinish)
	case string(published) == "true", e.About.EventStatus == string(StreamPublishing):
		return string(StreamUnpublished)
	}
	return string(StreamStopped)
}

// openEntry gives the journal an entry. The event that it belongs to goes on, whatever
// the journal does.
func (n *notifier) openEntry(closing Event) {
	defer func() {
		if cause := recover(); cause != nil {
			stack := debug.Stack()
			n.client.dispatcher.Add(func() { n.client.opts.logPanic(cause, stack) })
		}
	}()
	n.client.opts.journal.Open(closing, func(err error) {
		if err != nil {
			n.journalFailed(err)
		}
	})
}

// journalFailed has a fault of the journal logged.
func (n *notifier) journalFailed(err error) { n.unkept.Add(struct{}{}, err) }
