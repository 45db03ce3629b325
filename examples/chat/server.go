package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/coder/websocket"

	"github.com/wcskit/resthook"
)

const (
	appKey = "chatApp"
	nodeID = "Qm3vTz8kWn5rYb2xJc7dLf4gHs9pAe6u@127.0.0.1"
)

// mediaServer is the WebSocket side of a media server, without the media.
type mediaServer struct {
	hooks   *resthook.Client
	log     *slog.Logger
	seats   chan struct{}  // a semaphore: one for each connection
	running sync.WaitGroup // counts the connections

	mu      sync.Mutex
	clients map[string]*client // by session id
}

func newMediaServer(hooks *resthook.Client, log *slog.Logger) *mediaServer {
	return &mediaServer{hooks: hooks, log: log, seats: make(chan struct{}, clientLimit), clients: map[string]*client{}}
}

// public is the handler for browsers.
func (m *mediaServer) public() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ws", m.serveSocket)
	mux.Handle("GET /", page())
	return mux
}

// wait waits until the last connection has ended.
func (m *mediaServer) wait(ctx context.Context) error {
	over := make(chan struct{})
	go func() {
		m.running.Wait()
		close(over)
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("clients are still connected: %w", ctx.Err())
	}
}

// serveSocket handles one connection. Accept allows pages of our own origin only, so
// that no other site can act for its visitors.
func (m *mediaServer) serveSocket(w http.ResponseWriter, r *http.Request) {
	m.running.Add(1)
	defer m.running.Done()
	select {
	case m.seats <- struct{}{}:
		defer func() { <-m.seats }()
	default:
		http.Error(w, "all seats are taken", http.StatusServiceUnavailable)
		return
	}
	socket, err := websocket.Accept(w, r, nil)
	if err != nil {
		m.log.Warn("connection refused", "remote", r.RemoteAddr, "origin", r.Header.Get("Origin"), "error", err)
		return // Accept has answered
	}
	defer func() { _ = socket.CloseNow() }() // does nothing after an orderly close
	socket.SetReadLimit(frameLimit)
	if session := m.admit(r, socket); session != nil {
		m.attend(r.Context(), socket, session)
	}
}

// attend serves a client that was allowed. When its connection ends, its session ends,
// and the closing event is its last hook.
func (m *mediaServer) attend(ctx context.Context, socket *websocket.Conn, session *resthook.Session) {
	live, end := context.WithCancelCause(ctx)
	c := &client{socket: socket, session: session, id: session.Connection().SessionID, out: make(chan []byte, queueLimit), end: end}
	if err := m.welcome(c); err != nil {
		m.log.Error("welcome", "session", session, "error", err)
	}
	m.join(c)
	var writer sync.WaitGroup
	writer.Go(func() { c.write(live) })
	end(m.listen(live, c))
	writer.Wait()
	m.leave(c)
	m.disconnect(ctx, session)
}

// listen handles the client's frames until its connection ends. Its reads do not end
// with ctx, so that the writer can still send the close frame.
func (m *mediaServer) listen(ctx context.Context, c *client) error {
	for {
		f, err := receive(context.WithoutCancel(ctx), c.socket, idleLimit)
		if err != nil {
			return err
		}
		if err := m.take(ctx, c, f); err != nil {
			return err
		}
	}
}

// disconnect ends the session, also when ctx has ended because the server shuts down.
func (m *mediaServer) disconnect(ctx context.Context, session *resthook.Session) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if err := session.Disconnect(ctx); err != nil && !errors.Is(err, resthook.ErrCanceled) {
		m.log.Error("disconnect", "session", session, "error", err)
	}
}

func (m *mediaServer) join(c *client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clients[c.id] = c
}

func (m *mediaServer) leave(c *client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.clients, c.id)
}
