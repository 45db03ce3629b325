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

// Session is a connected client in [Sessions]. Custom is shared and must not be changed.
// It does not appear when a Session is printed, logged or written as JSON.
type Session struct {
	Node   string         // the media server's nodeId
	App    string         // the appKey; "defaultApp" if the client gave none
	ID     string         // the sessionId
	Login  string         // as the backend admitted it; empty if it has more than 1 KiB
	Custom map[string]any // as the backend admitted it; nil if it has more than 4 KiB of JSON, or 100 values
	Since  time.Time      // when the backend admitted it
}

// Sessions keeps the connected clients: it adds each client that the backend lets in, and
// removes it with the closing event. [Sender] can send to all of them.
//
//	sessions := backend.NewSessions(0)
//	backend.Handle(mux, resthook.Connect, sessions.OnConnect(connect))
//	backend.Handle(mux, resthook.ConnectionStatusEvent, sessions.OnStatus(nil))
//
// Hooks may come twice, late and out of order. Sessions orders them by their ids and
// sequence numbers, and by their times if two sessions had the same id and the ids of
// their hooks do not show the order (see [Delivery]). A media server's clock may be set
// back. A closing event of an earlier connection with the same session id does not end the
// later one, and a repeated connect after the closing event does not add the client again.
//
// Sessions is in memory, and has only what this process has received. After a restart it
// has the clients that connect from then on; with several processes behind one address,
// each has a part. The sessions of a media server that crashes stay until
// its successor sends their closing events ([resthook.Journal]), or [Sessions.Forget]
// drops them. A session whose media server gave up waiting for the
// answer to connect stays until the limit is reached. It is safe for concurrent use.
type Sessions struct {
	limit int

	mu      sync.Mutex
	live    map[sessionKey]*list.Element // of *member
	heard   *list.List                   // ordered by the last hook, the oldest first
	closed  map[sessionKey]*list.Element // of *closing
	closing *list.List                   // the oldest first
	dropped uint64
}

// defaultApp is the appKey of a client that gives none (docs/protocol.md, 1).
const defaultApp = "defaultApp"

// sessionKey identifies a session: two media servers may use the same session id.
type sessionKey struct{ node, session string }

// member is a session and what is needed to order the hooks about it.
type member struct {
	Session

	connect string // id of its connect; empty if this process did not get it
	mark    string // the common beginning of its hooks' ids, see markOf
	begun   time.Time
	last    moment // of its last hook
	again   bool   // there was an earlier session with the same id
}

// NewSessions returns an empty registry of at most limit sessions; 0 means 100,000. When
// it is full, a new session replaces the one whose last hook is oldest, and
// [Sessions.Dropped] counts it. A session takes some 500 bytes beside its Custom. A session
// whose Node, App or ID has more than 1 KiB is not added.
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

// OnConnect returns a handler for connect that adds the clients that handle lets in. A nil
// handle lets everybody in.
func (s *Sessions) OnConnect(handle Handler[resthook.Connection]) Handler[resthook.Connection] {
	return func(ctx context.Context, conn *resthook.Connection) (*resthook.Connection, error) {
		key, app := keyOfSession(conn), conn.AppKey // before handle, since an answer cannot change them
		answer, err := ask(ctx, handle, conn)
		if err != nil {
			return nil, err
		}
		s.join(key, admitted(key, app, conn, answer), DeliveryOf(ctx))
		return answer, nil
	}
}

// OnStatus returns a handler for ConnectionStatusEvent that calls handle and then removes
// clients that are gone, whatever handle returns: it has happened. A nil handle mirrors.
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
		return nil, nil //nolint:nilnil // a nil payload mirrors, see Handler
	}
	return handle(ctx, conn)
}

func keyOfSession(conn *resthook.Connection) sessionKey {
	return sessionKey{conn.NodeID, conn.SessionID}
}

// admitted is the session of a connection, with the login and custom of the answer.
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

// isSmall reports whether a value is small both as JSON and in memory: an empty object has
// two bytes in JSON and fifty in memory.
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

// longestName is how long a text from a client may be, in bytes.
const longestName = 1 << 10

// fits reports whether the session's ids are short enough to be kept.
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

// Len returns how many clients are connected.
func (s *Sessions) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.live)
}

// Dropped returns how many sessions were replaced because the registry was full.
func (s *Sessions) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// All iterates over the clients that are connected when the iteration begins, in no
// particular order. The loop may call the registry's methods.
func (s *Sessions) All() iter.Seq[Session] {
	return s.those(func(Session) bool { return true })
}

// Of is All for the clients of one app; "" means defaultApp.
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

// Forget drops all sessions of a node that is gone, and returns how many there were. A
// client that connects again is added again; see [Sessions.Remove].
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

// Remove drops one session, and reports whether it existed. Only a later connect adds it
// again; other events of that session do not, for 15 minutes. Remove does not end the
// client's connection: only the media server can.
func (s *Sessions) Remove(node, session string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.close(sessionKey{node, session})
}
