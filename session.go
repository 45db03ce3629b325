package resthook

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Session is one connected client. [Client.Connect] makes it of the backend's
// answer, whose restClientConfig governs every hook that is sent to it. It is
// safe for concurrent use.
type Session struct {
	client *Client
	conn   Connection
	policy *Policy
	closed atomic.Bool
}

func newSession(c *Client, conn *Connection) *Session {
	return &Session{client: c, conn: *conn, policy: conn.RestClientConfig}
}

// Connection returns what came of connect: the client's data with what the
// backend added, its restClientConfig among them. It is a copy, but for the maps
// in it.
func (s *Session) Connection() *Connection {
	conn := s.conn
	return &conn
}

// Policy returns the session's policy; nil where the backend gave none.
func (s *Session) Policy() *Policy { return s.policy }

// Disconnect ends the session: it sends ConnectionStatusEvent with the status
// DISCONNECTED. After it has begun, hooks sent to the session give an error that
// matches [ErrClosed]. A second Disconnect does nothing. The error is that of
// [Hook.Send].
func (s *Session) Disconnect(ctx context.Context) error {
	if s.closed.Swap(true) {
		return nil
	}
	closing := s.conn
	closing.Status, closing.Info = ConnectionDisconnected, ""
	closing.RestClientConfig = nil
	_, err := ConnectionStatusEvent.Send(ctx, ending{s}, &closing)
	return err
}

// ending is a session that takes its last hook.
type ending struct{ session *Session }

func (e ending) route(method string, body []byte) (*route, error) {
	return e.session.open(method, body)
}

func (s *Session) route(method string, body []byte) (*route, error) {
	if s == nil {
		return &route{}, errors.New("a nil session")
	}
	r, err := s.open(method, body)
	if s.closed.Load() {
		return r, fmt.Errorf("session %w", ErrClosed)
	}
	return r, err
}

func (s *Session) open(method string, body []byte) (*route, error) {
	r, err := s.client.routeFor(s.conn.AppKey)
	r.session, r.rule = s.conn.SessionID, s.policy.rule(method)
	r.body = s.identify(body)
	return r, err
}

// identify adds who is speaking to a payload that does not say.
func (s *Session) identify(body []byte) []byte {
	for _, id := range [...]member{
		{"sessionId", []byte(s.conn.SessionID)},
		{"appKey", []byte(s.conn.AppKey)},
		{"nodeId", []byte(s.conn.NodeID)},
	} {
		if len(id.value) == 0 {
			continue
		}
		if given, ok := jsontext.Get(body, id.name); !ok || jsontext.IsNull(given) {
			body = jsontext.Set(body, id.name, jsontext.AppendString(nil, id.value))
		}
	}
	return body
}
