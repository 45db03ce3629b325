package inspector

import (
	"bytes"
	"io"
	"net/http"
	"net/url"

	"github.com/wcskit/resthook/backend"
)

// mirror answers with what came, as the media server's own EchoApp does.
type mirror struct{ echo http.Handler }

func newMirror() mirror { return mirror{backend.Echo()} }

func (m mirror) ask(r *http.Request, x *exchange) reply {
	caught := newCatcher()
	body := io.Reader(bytes.NewReader(x.Request))
	if x.tooLong() {
		body = io.MultiReader(body, bytes.NewReader([]byte{' '})) // so that the echo finds it too long, too
	}
	again := &http.Request{Method: x.verb, URL: &url.URL{Path: "/" + x.Method}, Header: x.header, Body: io.NopCloser(body)}
	m.echo.ServeHTTP(caught, again.WithContext(r.Context()))
	return caught.reply
}

// catcher is a ResponseWriter that keeps the answer as a reply.
type catcher struct{ reply }

func newCatcher() *catcher { return &catcher{reply{header: http.Header{}}} }

// Header is the reply's header.
func (c *catcher) Header() http.Header { return c.header }

// WriteHeader keeps the status.
func (c *catcher) WriteHeader(status int) { c.status = status }

// Write keeps the body.
func (c *catcher) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	c.body = append(c.body, p...)
	return len(p), nil
}
