package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coder/websocket"

	"github.com/wcskit/resthook"
)

// What a client may take of the server.
const (
	frameLimit  = 16 << 10         // bytes of a frame that it sends
	queueLimit  = 64               // frames that wait for it to read
	greetLimit  = 10 * time.Second // until its connection frame is there
	writeLimit  = 5 * time.Second  // until it has taken a frame
	pingPeriod  = 5 * time.Second  // between two pings to it
	idleLimit   = 50 * time.Second // without a word from it; ten pings missed
	farewell    = 5 * time.Second  // for its closing event
	clientLimit = 1000             // clients at a time
)

// Why a client's connection ends.
var (
	errGoingAway = errors.New("the server is going away")
	errSlow      = errors.New("the client reads too slowly")
	errNoFrame   = errors.New("not a frame")
)

// client is one WebSocket that has been let in. One goroutine reads it, another
// writes it; anybody may deliver to it.
type client struct {
	socket  *websocket.Conn
	session *resthook.Session
	id      string // the session's
	out     chan []byte
	end     context.CancelCauseFunc
	pace    pace
}

// deliver queues a frame and returns at once. A client that has fallen too far
// behind is dropped, so that it holds up nobody else.
func (c *client) deliver(text []byte) {
	select {
	case c.out <- text:
	default:
		c.end(errSlow)
	}
}

// write sends what is queued until ctx ends, and then closes the WebSocket. Writing a
// frame does not end with ctx: after half a frame nothing more can be sent.
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

// close tells the client why, if it is still connected.
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
	_ = c.socket.Close(code, "") // it may be gone, which is as well
}

// receive waits for a frame, no longer than limit. When ctx ends the connection
// is lost without a goodbye.
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
