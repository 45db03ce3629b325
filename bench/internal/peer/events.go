package peer

import (
	"context"
	"fmt"

	"github.com/wcskit/resthook"
)

// events notifies and waits until the event is delivered, one on its way for
// each worker, whose session is its own.
type events struct {
	client   *resthook.Client
	sessions []*resthook.Session
	sent     []*resthook.Stream
	over     map[string]chan error // by session id
}

func openEvents(t Target) (Contestant, error) {
	c := &events{over: make(map[string]chan error, t.Workers)}
	for worker := range t.Workers {
		c.sent = append(c.sent, payload(worker))
		c.over[sessionID(worker)] = make(chan error, 1)
	}
	observer := new(seen).observer()
	observer.Event = func(_ context.Context, end resthook.EventOutcome) { c.over[end.Session] <- eventError(end) }
	var err error
	if c.client, err = newClient(t, resthook.WithObserver(observer)); err != nil {
		return nil, err
	}
	for worker := range t.Workers {
		session, err := newSession(c.client, worker, "notify")
		if err != nil {
			return nil, err
		}
		c.sessions = append(c.sessions, session)
	}
	return c, nil
}

func eventError(end resthook.EventOutcome) error {
	switch {
	case end.Result == resthook.EventDelivered:
		return nil
	case end.Err != nil:
		return end.Err
	}
	return fmt.Errorf("the event was not delivered: %s", end.Result)
}

func (c *events) Send(ctx context.Context, worker int) error {
	stream := c.sent[worker]
	if err := resthook.StreamStatusEvent.Notify(ctx, c.sessions[worker], stream); err != nil {
		return err
	}
	return <-c.over[stream.SessionID]
}

func (c *events) Close() error { return c.client.Close(context.Background()) }
