package resthook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wcskit/resthook/internal/identity"
	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/owntype"
	"github.com/wcskit/resthook/internal/redact"
	"github.com/wcskit/resthook/internal/serial"
)

// Session is one connected client. [Client.Connect] makes it from the backend's
// answer, whose restClientConfig applies to every hook that is sent to it. It is
// safe for concurrent use, has no goroutine, and takes less than 1 KiB while
// nothing is in flight.
type Session struct {
	ids    identity.IDs
	client *Client
	policy *Policy
	conn   []byte // the accepted connection as JSON, without its policy
	mark   string // what the ids of its hooks begin with: the id of its connect

	backend  atomic.Pointer[backend] // the one that it was with last, of several
	openings *openings               // what the journal has of it; nil without a journal
	events   serial.Line[*notification]
	mu       sync.Mutex
	count    uint64 // hooks that went out so far
	inFlight int    // hooks in flight
	closed   bool   // Disconnect has begun
	last     func() // called when no hook is in flight any more
}

// newSession makes the session of a connection. mark is the id of its connect,
// or else one that no other session has.
func newSession(c *Client, conn *Connection, mark string) (*Session, error) {
	s := &Session{ids: identity.New(conn.SessionID, conn.AppKey, conn.NodeID), client: c, policy: c.policies.shared(conn.RestClientConfig), mark: mark}
	text, err := connectionLayout.Marshal(conn.withoutPolicy())
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
	return fmt.Sprintf("resthook.Session{%s of %s}", redact.Line(s.ids.Session(), longestLabel), redact.Line(s.appKey(), longestLabel))
}

// Format prints what String returns, whatever the verb.
func (s *Session) Format(f fmt.State, verb rune) { printTo(f, verb, s.String()) }

// ID returns the session's id, as the connection that was accepted gave it.
func (s *Session) ID() string {
	if s == nil {
		return ""
	}
	return s.ids.Session()
}

// AppKey returns the key of the session's app; "defaultApp" where the client gave
// none.
func (s *Session) AppKey() string {
	if s == nil {
		return ""
	}
	return s.appKey()
}

// Connection returns the connection that was accepted: the client's data with what the
// backend added, including its restClientConfig. It is the caller's.
func (s *Session) Connection() *Connection {
	conn := new(Connection)
	_ = connectionLayout.Decode(conn, s.conn) // a value that does not fit is in Unknown
	conn.RestClientConfig = s.policy
	return conn
}

// Policy returns the session's policy; nil where the backend gave none.
func (s *Session) Policy() *Policy { return s.policy }

// ClientView returns what the client may see of a payload of the method, as
// JSON: the payload less what the policy's clientExclude names (docs/protocol.md,
// 3.2). [Hook.ClientView] returns it as a payload. An error matches
// [ErrConfig].
func (s *Session) ClientView(method Method, payload any) (json.RawMessage, error) {
	if s == nil || method == nil {
		return nil, fmt.Errorf("%w: the view of no session or method", ErrConfig)
	}
	body, err := owntype.Marshal(payload)
	if err == nil {
		err = jsontext.Check(body)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: hook %s: payload: %w", ErrConfig, method.Name(), err)
	}
	body = (*identity.IDs)(nil).Put(body)
	return s.view(method.Name(), method.Kind()).clientView(body), nil
}

// Disconnect ends the session. It waits for the hooks that are in flight and
// sends ConnectionStatusEvent with the status DISCONNECTED as the last event of
// the session, after all those that wait. When ctx ends first, Disconnect returns
// an error that matches [ErrCanceled], and the closing event is delivered all the
// same; a [Client.Close] waits for it. With a context that has ended, Disconnect
// does not wait at all.
//
// Once Disconnect has begun, hooks sent to the session give an error that
// matches [ErrClosed]. A second Disconnect does nothing. With a nil context it does
// nothing either, and returns an error that matches [ErrConfig]. Any other error is
// that of [Hook.Send].
func (s *Session) Disconnect(ctx context.Context) error {
	switch {
	case s == nil || s.client == nil:
		return fmt.Errorf("%w: disconnect: a session that Connect did not make", ErrConfig)
	case ctx == nil:
		return fmt.Errorf("disconnect: %w", errNilContext)
	}
	over := make(chan EventOutcome, 1)
	ended, err := s.end(ctx, false, func(o EventOutcome) { over <- o })
	if err != nil || !ended {
		return err
	}
	select {
	case o := <-over:
		return o.toAct()
	default:
	}
	select {
	case o := <-over:
		return o.toAct()
	case <-ctx.Done():
		return s.stillToDeliver(ctx)
	}
}

// toAct is the error of an event where the media server has to act, or where no attempt
// was made.
func (o EventOutcome) toAct() error {
	switch {
	case o.Action != ActionContinue, o.Result == EventLeft, o.Result == EventShed, o.Result == EventUnstored:
		return o.Err
	}
	return nil
}

func (s *Session) stillToDeliver(ctx context.Context) error {
	return &Error{
		Hook: ConnectionStatusEvent.name, App: label(s.ids.App()), Session: label(s.ids.Session()), Kind: faultCanceled, Action: ActionContinue,
		Err: fmt.Errorf("the closing event is still to be delivered: %w", ended(ctx)),
	}
}

// end ends the session and has its last event sent, with the values of ctx; over is
// called when that is over. It returns false where the session has ended before. held
// says that Close waits for this call.
func (s *Session) end(ctx context.Context, held bool, over func(EventOutcome)) (first bool, err error) {
	if !held && s.client.events.hold() == nil {
		held = true // a Close that begins meanwhile waits for it
		defer s.client.events.release()
	}
	if !s.close() {
		return false, nil
	}
	s.client.sessions.remove(s)
	r, e, err := s.lastEvent(ctx, "")
	e.over = over
	if err == nil {
		err = r.accept(e, held)
	}
	if err != nil {
		return true, refuseEvent(ctx, s, e, err)
	}
	s.finally(func() { r.push(e) })
	return true, nil
}

// lastEvent is the closing event of the session, and its route.
func (s *Session) lastEvent(ctx context.Context, info Info) (*route, *notification, error) {
	closing := s.Connection()
	closing.Status, closing.Info, closing.RestClientConfig = ConnectionDisconnected, info, nil
	e := &notification{last: true, Event: Event{
		Hook: ConnectionStatusEvent.name, Kind: KindEvent, Priority: PriorityClosing, About: ConnectionStatusEvent.about(closing, nil),
	}}
	body, err := ConnectionStatusEvent.encode(nil, closing, &s.ids)
	if err != nil {
		return nil, e, err
	}
	r, err := s.open(ConnectionStatusEvent.name, body)
	r.fill(ctx, e)
	return r, e, err
}

// line names the events of the session, which are delivered in one order.
func (s *Session) line() string {
	if s.openings != nil {
		return s.openings.line
	}
	return s.mark
}

var (
	errNoSession     = fmt.Errorf("%w: a session that Connect did not make", ErrConfig)
	errSessionClosed = fmt.Errorf("session %w", ErrClosed)
)

// home says that the session's ids count in every hook, not the payload's, which may come
// from a client.
func (s *Session) home() (*Client, *identity.IDs) {
	if s == nil {
		return nil, nil
	}
	return s.client, &s.ids
}

func (s *Session) route(method string, body []byte) (*route, error) {
	if s == nil || s.client == nil {
		return &route{}, errNoSession
	}
	r, err := s.open(method, body)
	if err != nil {
		return r, err
	}
	if !s.begin() {
		return r, errSessionClosed
	}
	r.done = s.hookDone
	return r, nil
}

func (s *Session) open(method string, body []byte) (*route, error) {
	r, err := s.client.routeFor(s.ids.App())
	r.session, r.sessionID, r.rule = s, s.ids.Session(), s.rule(method)
	r.payload = body
	return r, err
}

// rule is what holds for a method in the session.
func (s *Session) rule(method string) rule {
	return s.policy.rule(method, s.unnamed())
}

// view is what holds for what the client sees of it.
func (s *Session) view(method string, kind Kind) rule {
	return s.policy.view(method, kind, s.unnamed())
}

// unnamed is the rule of methods that the policy does not name.
func (s *Session) unnamed() rule {
	if s.client == nil { // a session that Connect did not make
		return rule{Rule: Rule{}.filled()}
	}
	return s.client.opts.rule
}

// begin lets a hook start, unless the session has ended. hookDone is its end.
func (s *Session) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.inFlight++
	return true
}

func (s *Session) hookDone() {
	if last := s.less(); last != nil {
		last()
	}
}

// less counts a hook that is done, and returns what is to be called now.
func (s *Session) less() (last func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
	if s.inFlight > 0 {
		return nil
	}
	last, s.last = s.last, nil
	return last
}

// finally has last called when no hook is in flight: now, or when the last one is done.
func (s *Session) finally(last func()) {
	s.mu.Lock()
	if s.inFlight > 0 {
		s.last, last = last, nil
	}
	s.mu.Unlock()
	if last != nil {
		last()
	}
}

// stamp makes the stamp of the session's next hook. A number that is missing is a
// hook that was lost: one that does not go out gives its number back.
func (s *Session) stamp() stamp {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	return stamp{id: s.mark + "." + strconv.FormatUint(s.count, 10), sequence: s.count, time: time.Now()}
}

// unstamp takes back the number of a hook that did not go out. Where another hook has
// a later one by then, the number stays unused.
func (s *Session) unstamp(mark stamp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count > 0 && s.count == mark.sequence {
		s.count--
	}
}

// close lets no more hooks start. It returns false where it has been called
// before.
func (s *Session) close() (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, s.closed = !s.closed, true
	return first
}
