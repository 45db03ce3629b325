package hooktest

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"sync"
)

// Request is one whole request as a backend read it.
type Request struct {
	Method string      // the HTTP method
	Hook   string      // the last element of the path, such as "publishStream"
	Path   string      // the path with its query, as sent
	Host   string      // the Host header
	Header http.Header // all other headers
	Body   []byte      // the body without its transfer coding, not decompressed
	Conn   int         // the number of its connection, from 1
	Turn   int         // its number on that connection, from 1
}

func newRequest(r *http.Request, body []byte, conn, turn int) Request {
	return Request{
		Method: r.Method, Hook: path.Base(r.URL.Path), Path: r.RequestURI, Host: r.Host,
		Header: r.Header, Body: body, Conn: conn, Turn: turn,
	}
}

// record counts what reached a backend and wakes those who wait for it.
type record struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change
	requests []Request
	accepted int
	open     int
}

func newRecord() *record {
	return &record{changed: make(chan struct{})}
}

func (r *record) change(apply func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	apply()
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *record) opened() (number int) {
	r.change(func() {
		r.accepted++
		r.open++
		number = r.accepted
	})
	return number
}

func (r *record) closed() { r.change(func() { r.open-- }) }

func (r *record) add(request Request) {
	r.change(func() { r.requests = append(r.requests, request) })
}

// snapshot returns copies, so that a test may keep or sort them.
func (r *record) snapshot() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.requests)
}

func (r *record) count(what func() int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return what()
}

// wait returns when reached, called under the lock, says so.
func (r *record) wait(ctx context.Context, reached func() bool) error {
	for {
		r.mu.Lock()
		done, changed := reached(), r.changed
		r.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return r.gaveUp(ctx)
		}
	}
}

// gaveUp says what there was instead of what was waited for.
func (r *record) gaveUp(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Errorf("gave up waiting with %d requests read, %d connections accepted and %d open: %w",
		len(r.requests), r.accepted, r.open, context.Cause(ctx))
}
