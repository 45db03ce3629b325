package inspect

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// Event is an event that lies in a stream. Of one that is damaged, only what its place says is known.
type Event struct {
	ID           string    `json:"id"`
	Time         time.Time `json:"time"` // when it was notified
	Hook         string    `json:"hook"`
	App          string    `json:"app"`
	Session      string    `json:"session"`
	MediaSession string    `json:"media_session"`
	Name         string    `json:"name"`
	Call         string    `json:"call"`
	EventStatus  string    `json:"event_status"`
	Priority     string    `json:"priority"` // its word, or "damaged"
	Sequence     uint64    `json:"sequence"` // in its session
	Recovered    bool      `json:"recovered"`
	Bytes        int       `json:"bytes"` // of the payload

	// Payload is there on demand alone: it may hold secrets. What is no JSON is a JSON string.
	Payload json.RawMessage `json:"payload,omitempty"`
}

const damaged = "damaged"

// eventOf reads an event from a message.
func eventOf(m *jetstream.RawStreamMsg, payload bool) (e Event, decoded resthook.Event) {
	decoded, err := wire.Event(m.Header, m.Data)
	if err != nil {
		e = Event{Time: m.Time, Priority: damaged, Bytes: len(m.Data)}
		if p, ok := wire.ParseSubject(m.Subject); ok {
			e.App = p.App
		}
	} else {
		e = Event{
			ID: decoded.ID, Time: decoded.Time, Hook: decoded.Hook, App: decoded.App, Session: decoded.Session,
			MediaSession: decoded.About.MediaSessionID, Name: decoded.About.Name, Call: decoded.About.CallID,
			EventStatus: decoded.About.EventStatus, Priority: decoded.Priority.String(), Sequence: decoded.Sequence,
			Recovered: decoded.Recovered, Bytes: len(m.Data),
		}
	}
	e.Time = e.Time.UTC()
	if payload {
		e.Payload = rawJSON(m.Data)
	}
	return e, decoded
}

// rawJSON is a text as JSON, whatever it is.
func rawJSON(text []byte) json.RawMessage {
	if json.Valid(text) {
		return text
	}
	quoted, err := json.Marshal(string(text))
	if err != nil {
		return nil // a string can be marshalled
	}
	return quoted
}

// Where says which events are meant; what is empty says nothing.
type Where struct {
	App     *string
	Session *string
	Node    *string
}

func orAny(name *string) string {
	if name == nil {
		return "*"
	}
	return *name
}

// Waiting is an event that is not over, and whose boot it is.
type Waiting struct {
	Event

	Node string `json:"node"`
	Boot string `json:"boot"`
}

// Events calls take with the events that are not over, oldest first, until it returns false.
func (s *Store) Events(ctx context.Context, where Where, payload bool, take func(Waiting) bool) error {
	stream, err := s.stream(ctx, wire.Events)
	if err != nil {
		return err
	}
	r, err := newReader(ctx, stream, wire.EventsWhere(orAny(where.Node), orAny(where.App)))
	if err != nil {
		return err
	}
	return r.each(ctx, func(m *jetstream.RawStreamMsg) bool {
		e, _ := eventOf(m, payload)
		if where.Session != nil && e.Session != *where.Session {
			return true
		}
		place, _ := wire.ParseSubject(m.Subject)
		return take(Waiting{Event: e, Node: place.Boot.Node, Boot: place.Boot.ID})
	})
}
