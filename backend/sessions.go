package backend

import (
	"cmp"
	"container/list"
	"context"
	"encoding/json"
	"iter"
	"maps"
	"sync"
	"time"

	"github.com/wcskit/resthook"
)

// Session is a connected client, as [Sessions] knows it. Custom is shared: read
// it only. It is not in what is printed, logged or written as JSON of a Session.
type Session struct {
	Node   string         // the media server's nodeId
	App    string         // the appKey; "defaultApp" where the client gave none
	ID     string         // the sessionId
	Login  string         // as the backend admitted it; empty where it has more than 1 KiB
	Custom map[string]any // as the backend admitted it; nil where it has more than 4 KiB of JSON, or 100 values
	Since  time.Time      // when the backend admitted it
}

// Sessions knows who is connected: it takes in each client that the backend lets
// in, and lets go of it with the closing event. [Sender] reaches them all.
//
//	sessions := backend.NewSessions(0)
//	backend.Handle(mux, resthook.Connect, sessions.OnConnect(connect))
//	backend.Handle(mux, resthook.ConnectionStatusEvent, sessions.OnStatus(nil))
//
// Hooks may come twice, late and out of order; the ids and sequence numbers that
// come with them settle what is true, and their times where two sessions had one
// id and their hooks' ids do not tell which is which (see [Delivery]). A media
// server's clock may be set back. A closing event of an earlier connection with
// the same session id does not end the later one, and a connect that comes again
// after the closing event does not bring the client back.
//
// Sessions is in memory and knows what this process has been told. After a
// restart it learns of those who connect from then on; several processes behind
// one address each know a part. A media server that goes down without a word
// leaves its sessions here: [Sessions.Forget] drops them. So does one that gave
// up waiting for the answer to connect; its session stays until there is no more
// room. It is safe for concurrent use.
type Sessions struct {
	limit int

	mu      sync.Mutex
	live    map[sessionKey]*list.Element // of *member
	heard   *list.List                   // the one that was heard of longest ago first
	closed  map[sessionKey]*list.Element // of *closing
	closing *list.List                   // the oldest first
	dropped uint64
}

// defaultApp is the appKey of a client that gives none (docs/protocol.md, 1).
const defaultApp = "defaultApp"

// sessionKey is what tells sessions apart: two media servers may give the same
// session id.
type sessionKey struct{ node, session string }

// member is a session and what is needed to judge the hooks about it.
type member struct {
	Session

	connect string // id of the hook that brought it; empty where it was not seen
	mark    string // what the ids of its hooks begin with
	begun   time.Time
	last    moment // of the hooks about it
	again   bool   // there was another of the same id before
}

// NewSessions returns an empty registry of at most limit sessions; 0 stands for
// 100,000. When it is full, a new session takes the place of the one that was
// heard of longest ago, and [Sessions.Dropped] counts it. A session takes some
// 500 bytes beside its Custom; one whose Node, App or ID has more than 1 KiB is
// not taken in.
func NewSessions(limit int) *Sessions {
	if limit <= 0 {
		limit = 100_000
	}
	return &Sessions{
		limit: limit,
		live:  map[sessionKey]*list.Element{}, heard: list.New(),
		closed: map[sessionKey]*list.Element{}, closing: list.New(),
	}
}

// OnConnect returns a handler of connect that takes in who handle lets in. A nil
// handle lets everybody in.
func (s *Sessions) OnConnect(handle Handler[resthook.Connection]) Handler[resthook.Connection] {
	return func(ctx context.Context, conn *resthook.Connection) (*resthook.Connection, error) {
		key, app := keyOfSession(conn), conn.AppKey // which no answer can change
		answer, err := ask(ctx, handle, conn)
		if err != nil {
			return nil, err
		}
		s.join(key, admitted(key, app, conn, answer), DeliveryOf(ctx))
		return answer, nil
	}
}

// OnStatus returns a handler of ConnectionStatusEvent that lets go of who is
// gone, after handle has been asked, whatever it says: it has happened. A nil
// handle mirrors.
func (s *Sessions) OnStatus(handle Handler[resthook.Connection]) Handler[resthook.Connection] {
	return func(ctx context.Context, conn *resthook.Connection) (*resthook.Connection, error) {
		key, app, status := keyOfSession(conn), conn.AppKey, conn.Status
		seen := admitted(key, app, conn, nil)
		defer func() { s.report(key, seen, status, DeliveryOf(ctx)) }()
		return ask(ctx, handle, conn)
	}
}

func ask(ctx context.Context, handle Handler[resthook.Connection], conn *resthook.Connection) (*resthook.Connection, error) {
	if handle == nil {
		return nil, nil //nolint:nilnil // "nil mirrors what came", says Handler
	}
	return handle(ctx, conn)
}

func keyOfSession(conn *resthook.Connection) sessionKey {
	return sessionKey{conn.NodeID, conn.SessionID}
}

// admitted is the session of a connection with what the answer adds.
func admitted(key sessionKey, app string, conn, answer *resthook.Connection) Session {
	if answer == nil {
		answer = conn
	}
	session := Session{Node: key.node, App: cmp.Or(app, defaultApp), ID: key.session, Login: cmp.Or(answer.Login, conn.Login)}
	if len(session.Login) > longestName {
		session.Login = ""
	}
	custom := answer.Custom
	if custom == nil {
		custom = conn.Custom
	}
	if isSmall(custom) {
		session.Custom = maps.Clone(custom)
	}
	return session
}

// isSmall reports whether a value takes little, as JSON and in memory, where an empty
// object of two bytes takes fifty.
func isSmall(custom map[string]any) bool {
	text, err := json.Marshal(custom)
	return err == nil && len(text) <= 4<<10 && valuesIn(custom) <= 100
}

// valuesIn counts a value and those in it.
func valuesIn(value any) int {
	n := 1
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			n += valuesIn(inner)
		}
	case []any:
		for _, inner := range v {
			n += valuesIn(inner)
		}
	}
	return n
}

// longestName is how much is kept of a text that a client may have written, in
// bytes.
const longestName = 1 << 10

// fits reports whether the session can be kept: no real id is cut short.
func (s *Session) fits() bool {
	return max(len(s.Node), len(s.App), len(s.ID)) <= longestName
}

// Get returns the session of a media server's node, if it is connected.
func (s *Sessions) Get(node, session string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if place, ok := s.live[sessionKey{node, session}]; ok {
		return memberAt(place).Session, true
	}
	return Session{}, false
}

// Len returns how many are connected.
func (s *Sessions) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.live)
}

// Dropped returns how many sessions had to make room for others.
func (s *Sessions) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// All iterates over all who are connected when the iteration begins, in no
// particular order. The loop may call the registry's methods.
func (s *Sessions) All() iter.Seq[Session] {
	return s.those(func(Session) bool { return true })
}

// Of is All for the clients of one app; "" stands for defaultApp.
func (s *Sessions) Of(app string) iter.Seq[Session] {
	app = cmp.Or(app, defaultApp)
	return s.those(func(session Session) bool { return session.App == app })
}

func (s *Sessions) those(want func(Session) bool) iter.Seq[Session] {
	return func(yield func(Session) bool) {
		for _, session := range s.snapshot(want) {
			if !yield(session) {
				return
			}
		}
	}
}

func (s *Sessions) snapshot(want func(Session) bool) []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sessions []Session
	for place := s.heard.Front(); place != nil; place = place.Next() {
		if m := memberAt(place); want(m.Session) {
			sessions = append(sessions, m.Session)
		}
	}
	return sessions
}

// Forget drops all sessions of a node that is gone, and returns how many there
// were. One that connects again is taken in again; see [Sessions.Remove].
func (s *Sessions) Forget(node string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.live)
	for key := range s.live {
		if key.node == node {
			s.close(key)
		}
	}
	return before - len(s.live)
}

// Remove drops one session, and reports whether it was there. Only a later
// connect brings it back, not what its media server still says of it in the next
// 15 minutes; to end the client's connection is the media server's to do.
func (s *Sessions) Remove(node, session string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.close(sessionKey{node, session})
}
