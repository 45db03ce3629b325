package main

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

const (
	// memberLimit is the greatest number of members in the room.
	memberLimit = 200
	// arrivalTime is how long an allowed member may take to connect.
	arrivalTime = time.Minute
	// sendTime bounds a call of the media server's REST API. It is much shorter than the
	// time for which the media server waits for the hook's answer.
	sendTime = 2 * time.Second
)

// chatBackend is the application. It knows which users are allowed, who is connected,
// and which messages are allowed. In practice it is a program of its own.
type chatBackend struct {
	sender *backend.Sender // sends messages to clients
	log    *slog.Logger
	policy *resthook.Policy
	tokens map[string]string // by login

	mu      sync.Mutex
	members map[string]member // by session id
}

// member is a client that was allowed. Until its ConnectionStatusEvent comes, it is not
// certain that the client is connected.
type member struct {
	login string
	since time.Time
	there bool
}

// newBackend makes the backend of one media server. The URL of the REST API contains a
// name and a password.
func newBackend(mediaServer string, log *slog.Logger) (*chatBackend, error) {
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		// A message that the backend denies, or cannot be asked about, fails.
		resthook.OnDataEvent: {RestOnError: resthook.OnErrorFail},
		// The token is not needed after connect.
		resthook.ConnectionStatusEvent: {RestExclude: []string{"custom"}, ClientExclude: []string{"custom"}},
	})
	if err != nil {
		return nil, err
	}
	sender, err := backend.NewSender(backend.SenderConfig{
		URL:     func(string) (string, error) { return mediaServer + "/rest-api", nil },
		Timeout: sendTime,
	})
	if err != nil {
		return nil, err
	}
	return &chatBackend{
		sender: sender, log: log, policy: policy,
		tokens:  map[string]string{"alice": "wonderland", "bob": "builder"},
		members: map[string]member{},
	}, nil
}

func (b *chatBackend) handler() http.Handler {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, b.connect)
	backend.Handle(mux, resthook.OnDataEvent, b.said)
	backend.Handle(mux, resthook.DataStatusEvent, b.arrived)
	backend.Handle(mux, resthook.ConnectionStatusEvent, b.changed)
	return mux
}

// connect allows a client that has the token, and sets the login of its session.
func (b *chatBackend) connect(_ context.Context, conn *resthook.Connection) (*resthook.Connection, error) {
	login, _ := conn.Custom["login"].(string)
	token, _ := conn.Custom["token"].(string)
	want, known := b.tokens[login]
	if !known || subtle.ConstantTimeCompare([]byte(token), []byte(want)) != 1 {
		return nil, backend.Deny("wrong login or token")
	}
	if !b.join(conn.SessionID, login) {
		return nil, backend.Deny("the room is full")
	}
	conn.Login, conn.RestClientConfig = login, b.policy
	return conn, nil
}

// join adds a member. The same connect may come twice: a media server that did not get
// the answer sends it again.
func (b *chatBackend) join(session, login string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, again := b.members[session]; again {
		return true
	}
	if len(b.members) >= memberLimit {
		b.dropGhosts()
	}
	if len(b.members) >= memberLimit {
		return false
	}
	b.members[session] = member{login: login, since: time.Now()}
	return true
}

// dropGhosts removes members that never connected: a client that gave up before the
// answer has no closing event.
func (b *chatBackend) dropGhosts() {
	maps.DeleteFunc(b.members, func(_ string, m member) bool {
		return !m.there && time.Since(m.since) > arrivalTime
	})
}

// said sends a message of one member to all members, the sender included. It does so
// before it answers, so that ACCEPTED means that the message was sent. A backend that
// does not promise this should send after the answer.
func (b *chatBackend) said(ctx context.Context, data *resthook.Data) (*resthook.Data, error) {
	text, err := readText(data.Payload)
	if err != nil {
		return nil, err
	}
	from, everybody := b.room(data)
	if from == "" {
		return nil, backend.Deny("not in the room")
	}
	b.log.Info("message", "from", from, "to", len(everybody))
	return data, b.sender.Send(ctx, slices.Values(everybody), &resthook.Data{
		OperationID: data.OperationID,
		// A new payload, so that no other field from the client reaches the others.
		Payload: map[string]any{"from": from, "body": text},
	})
}

// room returns the login of the member who sent the data, and the sessions of all
// members. All are on the same media server.
func (b *chatBackend) room(data *resthook.Data) (from string, everybody []backend.Session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id := range b.members {
		everybody = append(everybody, backend.Session{Node: data.NodeID, ID: id})
	}
	return b.members[data.SessionID].login, everybody
}

// arrived handles the event that a message has reached a client.
func (b *chatBackend) arrived(_ context.Context, data *resthook.Data) (*resthook.Data, error) {
	to, _ := b.room(data)
	b.log.Info("message arrived", "to", to, "status", string(data.Status))
	return data, nil
}

// changed marks members as connected, and removes those who have left. There is no hook
// for a disconnect: it is a status.
func (b *chatBackend) changed(_ context.Context, conn *resthook.Connection) (*resthook.Connection, error) {
	b.log.Info("member", "login", conn.Login, "status", string(conn.Status))
	b.mu.Lock()
	defer b.mu.Unlock()
	m, known := b.members[conn.SessionID]
	switch {
	case conn.Status == resthook.ConnectionDisconnected:
		delete(b.members, conn.SessionID)
	case known && conn.Status == resthook.ConnectionEstablished:
		m.there = true
		b.members[conn.SessionID] = m
	}
	return conn, nil
}
