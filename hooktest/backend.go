package hooktest

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// Backend is a good backend that records every hook. It mirrors each one, which
// is to agree to it, unless [Backend.On] says otherwise for its method. For
// what goes wrong below HTTP take a [Socket]. It is safe for concurrent use.
type Backend struct {
	t      testing.TB
	server *httptest.Server
	record *record
	done   chan struct{} // closed by Close
	close  sync.Once

	mu     sync.Mutex
	routes map[string]*Route
}

// NewBackend starts a backend on a free port of the loopback interface; it is
// closed at the end of the test.
func NewBackend(t testing.TB) *Backend {
	t.Helper()
	return NewBackendOn(t, listen(t))
}

// NewBackendOn is [NewBackend] on a listener of the caller's, mostly one of a
// [Network]. The backend closes it.
func NewBackendOn(t testing.TB, listener net.Listener) *Backend {
	t.Helper()
	b := &Backend{t: t, record: newRecord(), done: make(chan struct{}), routes: map[string]*Route{}}
	b.server = &httptest.Server{Listener: listener, Config: &http.Server{
		Handler:           http.HandlerFunc(b.serve),
		ConnContext:       b.opened,
		ConnState:         b.changed,
		ReadHeaderTimeout: time.Minute,
	}}
	b.server.Start()
	t.Cleanup(b.Close)
	return b
}

// URL is the base URL of the backend, without a slash at the end. A hook may be
// sent to any path below it: the last element is what counts.
func (b *Backend) URL() string { return b.server.URL }

// On starts a new script for a method such as "publishStream", in the place of
// the one it had. Until something is added to it the hook is mirrored.
func (b *Backend) On(hook string) *Route {
	b.mu.Lock()
	defer b.mu.Unlock()
	route := &Route{t: b.t, hook: hook, done: b.done}
	b.routes[hook] = route
	return route
}

// Requests returns what has been received so far, of all hooks or of those
// named, in the order of arrival. The bodies and headers are shared, not copied.
func (b *Backend) Requests(hooks ...string) []Request {
	return slices.DeleteFunc(b.record.snapshot(), func(r Request) bool { return !among(r, hooks) })
}

// Wait waits until n requests have been received, of all hooks or of those
// named. They may not have been answered yet. Its error says what there was
// instead, and wraps the cause for which the context ended.
func (b *Backend) Wait(ctx context.Context, n int, hooks ...string) error {
	return b.record.wait(ctx, func() bool {
		got := 0
		for _, r := range b.record.requests {
			if among(r, hooks) {
				got++
			}
		}
		return got >= n
	})
}

func among(r Request, hooks []string) bool {
	return len(hooks) == 0 || slices.Contains(hooks, r.Hook)
}

// Accepted is the number of connections made so far: one for each that a client
// did not reuse.
func (b *Backend) Accepted() int {
	return b.record.count(func() int { return b.record.accepted })
}

// Open is the number of connections that are open now.
func (b *Backend) Open() int {
	return b.record.count(func() int { return b.record.open })
}

// WaitClosed waits until no connection is open: the clients have hung up.
func (b *Backend) WaitClosed(ctx context.Context) error {
	return b.record.wait(ctx, func() bool { return b.record.open == 0 })
}

// Close takes the backend off the network and waits for the answers that are
// under way, delays cut short. The end of the test calls it; a test may do so
// earlier, and more than once.
func (b *Backend) Close() {
	b.close.Do(func() {
		close(b.done)
		b.server.Close()
	})
}

// place says on which connection a handler runs. Requests on one connection
// come one after the other, so turns needs no lock.
type place struct{ conn, turns int }

type placeKey struct{}

func (b *Backend) opened(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, placeKey{}, &place{conn: b.record.opened()})
}

func (b *Backend) changed(_ net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		b.record.closed()
	}
}

func (b *Backend) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	request := newRequest(r, body, 0, 0)
	if at, ok := r.Context().Value(placeKey{}).(*place); ok {
		at.turns++
		request.Conn, request.Turn = at.conn, at.turns
	}
	b.record.add(request)
	b.reply(request.Hook)(w, r, body)
}

func (b *Backend) reply(hook string) reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	if route, ok := b.routes[hook]; ok {
		return route.next()
	}
	return mirror
}
