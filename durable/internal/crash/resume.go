package crash

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
)

// Kept is a session that has outlived its media server.
type Kept struct {
	ID     string
	Stream string // that is open; empty: none
}

// kept reads the sessions that are to be resumed.
func (m *MediaServer) kept() (kept []Kept, err error) {
	if m.Kept == "" {
		return nil, nil
	}
	text, err := os.ReadFile(m.Kept)
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil {
		return nil, fmt.Errorf("sessions that are kept: %w", err)
	}
	return kept, nil
}

// resume has sessions go on that an earlier media server has left, while others begin.
func (l *load) resume(store *durable.Store, kept []Kept) {
	for _, k := range kept {
		session, err := l.client.Resume(&resthook.Connection{AppKey: "defaultApp", SessionID: k.ID})
		if err != nil {
			l.say.line("refused", k.ID)
			l.add(nil)
			continue
		}
		l.say.line("resumed", k.ID)
		l.add(&visit{session: session, stream: k.Stream, n: l.firstNumber()})
	}
	store.Recover()
}

// firstNumber is a number behind those that an earlier media server has given to events of a session: how
// far it got is not known.
func (l *load) firstNumber() int { return l.Number * 1_000_000 }

// add takes a session in that was to be resumed; nil: it was not.
func (l *load) add(v *visit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awaited--
	if v != nil {
		l.enlist(v)
	}
}

// change ends the stream of a session, or has another one begin, and waits until that is stored: between
// the two words, nobody could say whether it has happened.
func (l *load) change(v *visit) {
	l.set(v, true)
	l.say.line("changes", v.session.ID())
	l.all.Go(func() {
		ctx, cancel := l.bounded()
		defer cancel()
		status, next := resthook.StreamUnpublished, ""
		if v.stream == "" {
			v.streams++
			status, next = resthook.StreamPublishing, fmt.Sprintf("%s-%d-%d", v.session.ID(), l.Number, v.streams)
			v.stream = next
		}
		if err := resthook.StreamStatusEvent.Record(ctx, v.session, v.event(status)); err != nil {
			l.forget(v)
			if next != "" { // that it has ended was said
				l.unpublish(v)
			}
			l.disconnect(v.session)
			return
		}
		l.settle(v, next)
	})
}

// settle says what is open of a session, now that it is stored.
func (l *load) settle(v *visit, stream string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v.stream, v.busy = stream, false
	l.say.line("keeps", v.session.ID(), stream)
}

// tell has an event of a session, of its stream where there is one.
func (v *visit) tell(ctx context.Context, status resthook.StreamStatus, stored bool) error {
	if v.stream == "" {
		data := &resthook.Data{Status: resthook.DataAccepted, Custom: map[string]any{"n": v.n}}
		if stored {
			return resthook.DataStatusEvent.Record(ctx, v.session, data)
		}
		return resthook.DataStatusEvent.Notify(ctx, v.session, data)
	}
	if stored {
		return resthook.StreamStatusEvent.Record(ctx, v.session, v.event(status))
	}
	return resthook.StreamStatusEvent.Notify(ctx, v.session, v.event(status))
}

// isOver reports whether an error says that a session has ended.
func isOver(err error) bool {
	return errors.Is(err, durable.ErrEnded) || errors.Is(err, resthook.ErrClosed)
}
