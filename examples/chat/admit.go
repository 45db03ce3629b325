package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"

	"github.com/coder/websocket"

	"github.com/wcskit/resthook"
)

// admit reads the client's first frame and asks the backend about the client. It returns
// nil if the client is not allowed.
func (m *mediaServer) admit(r *http.Request, socket *websocket.Conn) *resthook.Session {
	ctx := r.Context()
	conn, err := introduction(r, socket)
	if err != nil {
		_ = socket.Close(websocket.StatusPolicyViolation, "the first frame has to be a connection")
		return nil
	}
	if conn.AppKey != appKey {
		m.log.Warn("connection refused", "remote", r.RemoteAddr, "app", conn.AppKey, "error", infoNoSuchApp)
		m.decline(ctx, socket, websocket.StatusPolicyViolation, infoNoSuchApp)
		return nil
	}
	session, err := m.hooks.Connect(ctx, conn)
	switch {
	case err == nil:
		return session
	case resthook.Denied(err):
		m.decline(ctx, socket, websocket.StatusPolicyViolation, infoDeclined)
	default:
		m.decline(ctx, socket, websocket.StatusTryAgainLater, infoNotAsked)
	}
	return nil
}

// introduction is the connection that the client describes. The server sets the fields
// that the client must not choose.
func introduction(r *http.Request, socket *websocket.Conn) (*resthook.Connection, error) {
	f, err := receive(r.Context(), socket, greetLimit)
	if err != nil {
		return nil, err
	}
	if f.Message != frameConnection {
		return nil, fmt.Errorf("%w: %s before %s", errNoFrame, f.Message, frameConnection)
	}
	conn := new(resthook.Connection)
	if err := json.Unmarshal(f.object(), conn); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errNoFrame, f.Message, err)
	}
	conn.NodeID, conn.SessionID, conn.Origin = nodeID, newSessionID(r), r.Header.Get("Origin")
	conn.Login, conn.Status, conn.Info = "", resthook.ConnectionPending, ""
	return conn, nil
}

// newSessionID contains both addresses of the connection, as in WCS, and a random part
// that cannot be guessed.
func newSessionID(r *http.Request) string {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return fmt.Sprintf("/%s/%v-%s", r.RemoteAddr, local, rand.Text())
}

// decline tells a client that it is not allowed. The text of the backend's denial is for
// the media server only.
func (m *mediaServer) decline(ctx context.Context, socket *websocket.Conn, code websocket.StatusCode, info string) {
	text, err := writeFrame(frameFail, failure{
		APIMethod: resthook.ConnectionStatusEvent.Name(), Status: string(resthook.ConnectionFailed), Info: info,
	})
	if err == nil {
		err = send(ctx, socket, text)
	}
	if err != nil {
		m.log.Info("decline", "error", err)
	}
	_ = socket.Close(code, info)
}

// failure is the object of a fail frame.
type failure struct {
	APIMethod string `json:"apiMethod"` // the event in whose place it is sent
	Status    string `json:"status"`
	Info      string `json:"info"`
}

// welcome tells the backend and the client that the client is connected. Its frame is
// the first, since the client is not in the list of clients yet.
func (m *mediaServer) welcome(c *client) error {
	conn := c.session.Connection()
	conn.Status = resthook.ConnectionEstablished
	conn.RestClientConfig = nil // it is for the media server, not for the client
	if err := resthook.ConnectionStatusEvent.Notify(context.Background(), c.session, conn); err != nil {
		return err
	}
	return show(c, frameUserData, resthook.ConnectionStatusEvent, conn)
}
