package peer

import (
	"context"
	"fmt"

	"github.com/wcskit/resthook"
)

// Sessions is a client with many sessions, idle but for the hooks that Send
// sends to one after the other.
type Sessions struct {
	client  *resthook.Client
	seen    *seen
	all     []*resthook.Session
	ids     []string
	workers []sessionWorker
}

type sessionWorker struct {
	stream *resthook.Stream
	next   int
}

// OpenSessions makes room for a number of sessions; Fill makes them.
func OpenSessions(t Target, sessions int) (*Sessions, error) {
	own := new(seen)
	client, err := newClient(t, resthook.WithObserver(own.observer()))
	s := &Sessions{
		client: client, seen: own, all: make([]*resthook.Session, sessions), ids: make([]string, sessions),
		workers: make([]sessionWorker, t.Workers),
	}
	for i := range s.workers {
		s.workers[i] = sessionWorker{stream: payload(i), next: i * sessions / t.Workers}
	}
	return s, err
}

// Fill makes the sessions, each of a connection as a browser gives it, with a
// policy of three methods, parsed for each as each answer to connect is.
func (s *Sessions) Fill() error {
	const policy = `{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"name","restOnError":"FAIL"},` +
		`"playStream":{"restOnError":"FAIL"},"StreamStatusEvent":{"restExclude":"sdp"}}`
	for i := range s.all {
		parsed, err := resthook.ParsePolicy([]byte(policy))
		if err != nil {
			return err
		}
		s.ids[i] = sessionID(i)
		s.all[i], err = s.client.Resume(&resthook.Connection{
			NodeID: "Qm3vTz8kWn5rYb2xJc7dLf4gHs9pAe6u@127.0.0.1", AppKey: "defaultApp", SessionID: s.ids[i],
			MediaProviders: []string{"WebRTC", "MSE", "WSPlayer"}, ClientVersion: "2.0.201", Origin: "https://page.example:8888",
			ClientOSVersion: "5.0 (X11; Linux x86_64)", Login: fmt.Sprint("user", i),
			Custom: map[string]any{"token": fmt.Sprint("token-of-", i)}, RestClientConfig: parsed,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Send sends a hook to the worker's next session.
func (s *Sessions) Send(ctx context.Context, worker int) error {
	l := &s.workers[worker]
	i := l.next
	// A step without a common factor with any count visits sessions far apart.
	l.next = (i + 7919) % len(s.all)
	l.stream.SessionID = s.ids[i]
	if _, err := resthook.StreamStatusEvent.Send(ctx, s.all[i], l.stream); err != nil {
		return err
	}
	return s.seen.err()
}

// Close ends the client.
func (s *Sessions) Close() error { return s.client.Close(context.Background()) }
