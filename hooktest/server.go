package hooktest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wcskit/resthook"
)

// server is what a [Backend] and a [Socket] share: an address, the connections made to it,
// and the record of requests.
type server struct {
	t        testing.TB
	addr     net.Addr
	listen   func() (net.Listener, error) // listens at addr again
	network  *Network                     // nil on real sockets
	identity *identity                    // nil without TLS
	record   *record
	limit    time.Duration // of a wait whose context has no deadline
	dealer   dealer

	mu     sync.Mutex // held while the server goes down or comes up
	up     *uptime    // nil while it is down
	held   *heldPort  // keeps the port while it is down
	closed bool
}

// dealer returns what to play next.
type dealer interface {
	// nextAtAccept is called for a new connection. It returns true and takes the next
	// behaviour only if that needs no request.
	nextAtAccept() (Behaviour, bool)
	// next is called when a request begins to arrive, and takes the next behaviour.
	next() Behaviour
}

func (s *server) init(t testing.TB, listener net.Listener, id *identity, dealer dealer) {
	t.Helper()
	s.t, s.identity, s.dealer = t, id, dealer
	s.addr, s.listen = listener.Addr(), sameAddress(listener)
	s.record, s.limit = newRecord(), limitOnSockets
	if own, ok := listener.(*memoryListener); ok {
		s.network, s.limit = own.network, limitInMemory
	}
}

// Format prints the server's address, whatever the verb, and no requests: they may contain
// secrets.
func (s *server) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "hooktest server at %v", s.addr) }

// begin is called once, when everything is set.
func (s *server) begin(listener net.Listener) {
	s.up = newUptime(s, listener)
	s.t.Cleanup(s.Close)
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("hooktest: %v", err)
	}
	return listener
}

// URL is the base URL of the backend, without a slash at the end. Its scheme is
// https if the backend has TLS. A hook may be sent to any path below it: only the last
// element matters.
func (s *server) URL() string {
	if s.identity != nil {
		return "https://" + s.Addr()
	}
	return "http://" + s.Addr()
}

// Addr is the host and port at which the backend listens.
func (s *server) Addr() string { return s.addr.String() }

// Accepted is the number of connections accepted so far, including those that ended without
// a request.
func (s *server) Accepted() int {
	return s.record.count(func() int { return s.record.accepted })
}

// Open is the number of connections that neither side has fully closed. A
// connection that got a FIN stays open until the client closes it too.
func (s *server) Open() int {
	return s.record.count(func() int { return s.record.open })
}

// WaitAccepted waits until n connections have been accepted. It gives up as
// [Backend.Wait] does.
func (s *server) WaitAccepted(ctx context.Context, n int) error {
	return s.wait(ctx, counted(n, "connection"), func() bool { return s.record.accepted >= n })
}

// WaitClosed waits until no connection is open, so all clients have closed theirs. It gives
// up as [Backend.Wait] does.
func (s *server) WaitClosed(ctx context.Context) error {
	return s.wait(ctx, "the clients to hang up", func() bool { return s.record.open == 0 })
}

// Close takes the backend off the network for good: it refuses connections, closes the open
// ones, ends delays and waits for its goroutines. It is called at the end of the test; a
// test may call it earlier, and more than once, but not from within a handler.
func (s *server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.endUptime(hangUp)
	s.held.release()
	s.held = nil
}

func (s *server) endUptime(hang func(net.Conn)) {
	if s.up != nil {
		s.up.end(hang)
	}
	s.up = nil
}

// Options are the options with which a [resthook.Client] sends its hooks to the backend: an
// app for every key, the authority to trust if the backend has TLS, and the dial function
// if it is on a [Network].
func (s *server) Options() []resthook.Option {
	options := []resthook.Option{resthook.WithApp(resthook.App{URL: s.URL()})}
	if s.identity != nil {
		options = append(options, resthook.WithTLSConfig(s.TLSConfig()))
	}
	if s.network != nil {
		options = append(options, resthook.WithDialContext(s.network.DialContext))
	}
	return options
}

// Client is a client with the default config that sends its hooks to the backend. It is
// closed at the end of the test, before the backend, and fails the test if events could not
// be delivered. It logs nothing unless [resthook.WithLogger] is among the options. For
// another config pass [Backend.Options] to [resthook.NewClient].
func (s *server) Client(options ...resthook.Option) *resthook.Client {
	s.t.Helper()
	options = slices.Concat(s.Options(), []resthook.Option{resthook.WithLogger(slog.New(slog.DiscardHandler))}, options)
	client, err := resthook.NewClient(resthook.DefaultConfig(), options...)
	if err != nil {
		s.t.Fatalf("hooktest: %v", err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.limit)
		defer cancel()
		if err := client.Close(ctx); err != nil {
			s.t.Errorf("hooktest: %v", err)
		}
	})
	return client
}
