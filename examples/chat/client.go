package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coder/websocket"

	"github.com/wcskit/resthook"
)

// Limits for a client.
const (
	frameLimit  = 16 << 10         // bytes in a frame that it sends
	queueLimit  = 64               // frames queued for it
	greetLimit  = 10 * time.Second // for its first frame
	writeLimit  = 5 * time.Second  // for writing a frame to it
	pingPeriod  = 5 * time.Second  // between two pings
	idleLimit   = 50 * time.Second // without a frame from it; it has missed ten pings
	farewell    = 5 * time.Second  // for its closing event
	clientLimit = 1000             // clients at the same time
)

// Reasons why the server closes a connection.
var (
	errGoingAway = errors.New("the server is going away")
	errSlow      = errors.New("the client reads too slowly")
	errNoFrame   = errors.New("not a frame")
)

// client is a WebSocket connection that was allowed. One goroutine reads from it,
// another writes to it. Any goroutine may call deliver.
type client struct {
	socket  *websocket.Conn
	session *resthook.Session
	id      string // the session's id
	out     chan []byte
	end     context.CancelCauseFunc
	pace    pace
}

// deliver queues a frame and returns at once. A client whose queue is full is dropped,
// so that it delays nobody else.
func (c *client) deliver(text []byte) {
	select {
	case c.out <- text:
	default:
		c.end(errSlow)
	}
}

// write sends the queued frames until ctx ends, and then closes the WebSocket. The end
// of ctx does not interrupt a frame: after half a frame nothing more can be sent.
func (c *client) write(ctx context.Context) {
	whole := context.WithoutCancel(ctx)
	pings := time.NewTicker(pingPeriod)
	defer pings.Stop()
	for ctx.Err() == nil {
		var err error
		select {
		case <-ctx.Done():
		case text := <-c.out:
			err = send(whole, c.socket, text)
		case <-pings.C:
			err = send(whole, c.socket, []byte(`{"message":"ping","data":[null]}`))
		}
		if err != nil {
			c.end(err)
		}
	}
	c.close(context.Cause(ctx))
}

func send(ctx context.Context, socket *websocket.Conn, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	return socket.Write(ctx, websocket.MessageText, text)
}

// close sends the client a close frame with the reason, if it is still connected.
func (c *client) close(why error) {
	code := websocket.StatusNormalClosure
	switch {
	case errors.Is(why, errGoingAway):
		code = websocket.StatusGoingAway
	case errors.Is(why, errSlow):
		code = websocket.StatusPolicyViolation
	case errors.Is(why, errNoFrame):
		code = websocket.StatusInvalidFramePayloadData
	}
	_ = c.socket.Close(code, "") // an error means that it is closed already
}

// receive waits for a frame, at most for limit. If ctx ends, the connection is closed
// without a close frame.
func receive(ctx context.Context, socket *websocket.Conn, limit time.Duration) (frame, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	kind, text, err := socket.Read(ctx)
	if err != nil {
		return frame{}, err
	}
	if kind != websocket.MessageText {
		return frame{}, fmt.Errorf("%w: binary", errNoFrame)
	}
	f, err := readFrame(text)
	if err != nil {
		return frame{}, fmt.Errorf("%w: %w", errNoFrame, err)
	}
	return f, nil
}
