package hooktest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"
)

// handled answers with what a handler writes.
func handled(handler http.HandlerFunc) Behaviour {
	return OnRequest(func(c *Conn) {
		written := httptest.NewRecorder()
		c.attended(func(ctx context.Context) {
			handler(written, c.forHandler(ctx))
		})
		c.Send(wire(written))
	})
}

// forHandler is the request for a handler, with a body that can be read again.
func (c *Conn) forHandler(ctx context.Context) *http.Request {
	r := c.given.WithContext(ctx)
	r.Body = io.NopCloser(bytes.NewReader(c.request.Body))
	r.RemoteAddr = c.raw.RemoteAddr().String()
	return r
}

// attended calls play with a context that ends when the client closes the connection.
func (c *Conn) attended(play func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var lost error
	var watch sync.WaitGroup
	watch.Go(func() {
		if lost = c.peek(); lost != nil {
			cancel()
		}
	})
	defer func() {
		_ = c.wire.SetReadDeadline(time.Now()) // ends the peek
		watch.Wait()
		_ = c.wire.SetReadDeadline(time.Time{})
		if !errors.Is(lost, os.ErrDeadlineExceeded) {
			c.alive(lost)
		}
	}()
	play(ctx)
}

// wire is the recorded answer as bytes, with its length.
func wire(written *httptest.ResponseRecorder) string {
	response := written.Result()
	response.ContentLength = int64(written.Body.Len())
	var text strings.Builder
	_ = response.Write(&text) // writing to memory does not fail
	return text.String()
}
