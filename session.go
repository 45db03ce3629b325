package resthook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Session is one connected client. [Client.Connect] makes it of the backend's
// answer, whose restClientConfig governs every hook that is sent to it. It is
// safe for concurrent use, has no goroutine, and takes less than 1 KiB while
// nothing is under way.
type Session struct {
	identity

	client *Client
	policy *Policy
	conn   []byte // the accepted connection as JSON, without its policy
	mark   string // what the ids of its hooks begin with: the id of its connect; also the line of its events

	// order is held while an event is numbered and queued, so that the numbers
	// stand in the order of the queue. It is never held over I/O.
	order sync.Mutex

	mu     sync.Mutex
	count  uint64        // hooks that went out so far
	under  int           // hooks under way
	closed bool          // Disconnect has begun
	landed chan struct{} // made by Disconnect: closed when none is under way
}

// newSession makes the session of a connection. mark is the id of its connect,
// or else one that no other session has.
func newSession(c *Client, conn *Connection, mark string) (*Session, error) {
	s := &Session{identity: identity{conn.NodeID, conn.AppKey, conn.SessionID}, client: c, policy: c.known.same(conn.RestClientConfig), mark: mark}
	text, err := connectionLayout.encode(nil, conn.withoutPolicy())
	if err != nil {
		return nil, fmt.Errorf("%w: connection: %w", ErrConfig, err)
	}
	s.conn = bytes.Clone(text)
	return s, nil
}

// String names the session, without what it holds.
func (s *Session) String() string {
	if s == nil {
		return "no session"
	}
	return fmt.Sprintf("resthook.Session{%s of %s}", s.session, s.appKey())
}

// Format prints what String returns, whatever the verb.
func (s *Session) Format(f fmt.State, verb rune) { printTo(f, verb, s.String()) }

// ID returns the session's id, as the connection that was accepted gave it.
func (s *Session) ID() string {
	if s == nil {
		return ""
	}
	return s.session
}

// AppKey returns the key of the session's app; "defaultApp" where the client gave
// none.
func (s *Session) AppKey() string {
	if s == nil {
		return ""
	}
	return s.appKey()
}

// Connection returns what came of connect: the client's data with what the
// backend added, its restClientConfig among them. It is the caller's.
func (s *Session) Connection() *Connection {
	conn := new(Connection)
	_ = connectionLayout.decode(conn, s.conn) // a value that does not fit is in Unknown
	conn.RestClientConfig = s.policy
	return conn
}

// Policy returns the session's policy; nil where the backend gave none.
func (s *Session) Policy() *Policy { return s.policy }

// ClientView returns what the client may see of a payload of the method, as
// JSON: the payload less what the policy's clientExclude names (protocol.md
// section 3.2). [Hook.ClientView] returns it as a payload. An error matches
// [ErrConfig].
func (s *Session) ClientView(method Method, payload any) (json.RawMessage, error) {
	if s == nil || method == nil {
		return nil, fmt.Errorf("%w: the view of no session or method", ErrConfig)
	}
	body, err := marshal(payload)
	if err == nil {
		err = jsontext.Check(body)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: hook %s: payload: %w", ErrConfig, method.Name(), err)
	}
	return s.policy.rule(method.Name()).clientView(body), nil
}

// Disconnect ends the session. It waits for the hooks that are under way and
// sends ConnectionStatusEvent with the status DISCONNECTED as the last event of
// the session, after all those that wait. When ctx ends first, Disconnect returns
// an error that matches [ErrCanceled], and the closing event is delivered all the
// same; a [Client.Close] waits for it. With a context that has ended, Disconnect
// does not wait at all.
//
// Once Disconnect has begun, hooks sent to the session give an error that
// matches [ErrClosed]. A second Disconnect does nothing. Any other error is that
// of [Hook.Send].
func (s *Session) Disconnect(ctx context.Context) error {
	if s == nil || s.client == nil {
		return fmt.Errorf("%w: disconnect: a session that Connect did not make", ErrConfig)
	}
	landed, first := s.close()
	if !first {
		return nil
	}
	over := make(chan EventOutcome, 1)
	put, err := s.closing(func(o EventOutcome) { over <- o })
	if err != nil {
		return err
	}
	if within(ctx, landed) {
		put()
	} else {
		go func() { // a Close waits for it
			<-landed
			put()
		}()
	}
	select {
	case o := <-over:
		if o.Action != Continue || o.Result == Left || o.Result == Shed {
			return o.Err
		}
		return nil
	case <-ctx.Done():
		return &Error{
			Hook: ConnectionStatusEvent.name, App: s.app, Session: s.session, Kind: faultCanceled, Action: Continue,
			Err: fmt.Errorf("the closing event is still to be delivered: %w", ended(ctx)),
		}
	}
}

// within reports whether something is over before ctx ends.
func within(ctx context.Context, over <-chan struct{}) bool {
	select {
	case <-over:
		return true
	default:
	}
	select {
	case <-over:
		return true
	case <-ctx.Done():
		return false
	}
}

// closing makes the last event. It is accepted at once, so that a Close waits for
// it, and put in line by put.
func (s *Session) closing(over func(EventOutcome)) (put func(), err error) {
	closing := s.Connection()
	closing.Status, closing.Info, closing.RestClientConfig = ConnectionDisconnected, "", nil
	body, err := ConnectionStatusEvent.encode(nil, closing, &s.identity)
	if err != nil {
		return nil, err
	}
	if err := s.client.events.expect(); err != nil {
		return nil, &Error{Hook: ConnectionStatusEvent.name, App: s.app, Session: s.session, Kind: faultClosed, Action: Continue, Err: err}
	}
	r, e, err := s.event(ConnectionStatusEvent.name, KindEvent, string(ConnectionDisconnected), body, over)
	if err != nil {
		s.client.events.closing.Done()
		return nil, err
	}
	return func() {
		defer s.client.events.closing.Done()
		s.push(r, e)()
	}, nil
}

// queue puts an event in line behind those of the session. over is called when
// it is over. settle tells of the events that are over at once, and is to be
// called when the hook has landed: observers may end the session.
func (s *Session) queue(hook string, kind Kind, status string, body []byte, over func(EventOutcome)) (settle func(), err error) {
	r, e, err := s.event(hook, kind, status, body, over)
	if err != nil {
		return nil, err
	}
	return s.push(r, e), nil
}

// event makes an event, and has it accepted where it is to be sent.
func (s *Session) event(hook string, kind Kind, status string, body []byte, over func(EventOutcome)) (*route, *Event, error) {
	r, err := s.open(hook, body)
	if err != nil {
		return nil, nil, &Error{Hook: hook, App: s.app, Session: s.session, Kind: faultConfig, Action: Break, Err: err}
	}
	e := &Event{
		Hook: hook, Kind: kind, AppKey: s.app, Session: s.session, Line: s.mark, OnError: r.rule.RestOnError,
		Body: r.rule.outgoing(r.body), Class: classOf(hook, status), Replaces: replacesOf(hook, body), settled: over,
	}
	if r.sent = r.sends(hook, kind); !r.sent {
		return r, e, nil
	}
	e.App = r.app.key
	if err := r.client.events.accept(e.App); err != nil {
		return nil, nil, &Error{Hook: hook, App: s.app, Session: s.session, Kind: faultClosed, Action: Continue, Err: err}
	}
	return r, e, nil
}

// push numbers an event that was accepted, and queues it.
func (s *Session) push(r *route, e *Event) (settle func()) {
	if !r.sent {
		return func() {
			if e.settled != nil {
				e.settled(EventOutcome{Hook: e.Hook, Action: Continue})
			}
		}
	}
	s.order.Lock()
	defer s.order.Unlock()
	mark := s.stamp()
	e.ID, e.Sequence, e.Time = mark.id, mark.sequence, mark.time
	return r.client.events.push(e)
}

// home: in every hook the session speaks, whatever the payload says, which may
// come from a client.
func (s *Session) home() (*Client, *identity) {
	if s == nil {
		return nil, nil
	}
	return s.client, &s.identity
}

func (s *Session) route(method string, body []byte) (*route, error) {
	if s == nil || s.client == nil {
		return &route{}, errors.New("a session that Connect did not make")
	}
	r, err := s.open(method, body)
	if err != nil {
		return r, err
	}
	if !s.begin() {
		return r, fmt.Errorf("session %w", ErrClosed)
	}
	r.land = s.land
	return r, nil
}

func (s *Session) open(method string, body []byte) (*route, error) {
	r, err := s.client.routeFor(s.app)
	r.of, r.session, r.rule = s, s.session, s.policy.rule(method)
	r.body = body
	return r, err
}

// begin lets a hook start, unless the session is over; land is its end.
func (s *Session) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.under++
	return true
}

func (s *Session) land() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.under--
	if s.closed && s.under == 0 {
		close(s.landed)
	}
}

// stamp makes the stamp of the session's next hook. One that does not go out
// takes none, so that a number that is missing is a hook that was lost.
func (s *Session) stamp() stamp {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	return stamp{id: s.mark + "." + strconv.FormatUint(s.count, 10), sequence: s.count, time: time.Now()}
}

// close lets no more hooks start. The channel is closed when none is under way.
func (s *Session) close() (landed <-chan struct{}, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false
	}
	s.closed, s.landed = true, make(chan struct{})
	if s.under == 0 {
		close(s.landed)
	}
	return s.landed, true
}

// policies are the restClientConfigs that sessions have, each once: backends
// give most clients the same.
type policies struct {
	mu   sync.Mutex
	seen map[string]*Policy
	told map[*Policy]struct{} // whose warnings were logged
}

// manyPolicies bounds how many different ones are remembered.
const manyPolicies = 256

// same returns the policy, or one of the same text that another session has.
func (p *policies) same(policy *Policy) *Policy {
	if policy == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if one, ok := p.seen[string(policy.text)]; ok {
		return one
	}
	if p.seen == nil || len(p.seen) >= manyPolicies {
		p.seen, p.told = map[string]*Policy{}, map[*Policy]struct{}{}
	}
	p.seen[string(policy.text)] = policy
	return policy
}

// warnings returns the warnings of a policy that were not returned before: a
// backend that gives one policy to all has its slips logged once.
func (p *policies) warnings(policy *Policy) []string {
	if policy == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.told[policy]; ok {
		return nil
	}
	p.told[policy] = struct{}{}
	return policy.Warnings()
}
