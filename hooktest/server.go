package hooktest

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// server is what a [Backend] and a [Socket] have in common: an address, the
// connections made to it, and the record of what came.
type server struct {
	t        testing.TB
	addr     net.Addr
	listen   func() (net.Listener, error) // at addr once more
	network  *Network                     // nil on the real one
	identity *identity                    // nil without TLS
	record   *record
	limit    time.Duration // of a wait whose context has no deadline
	dealer   dealer

	mu     sync.Mutex // held while the server goes down or comes up
	up     *uptime    // nil while it is down
	held   *heldPort  // keeps the port while it is down
	closed bool
}

// dealer says what is done next.
type dealer interface {
	// nextAtAccept is for a new connection: it deals only if what is next does
	// not need a request.
	nextAtAccept() (Behaviour, bool)
	// next is for a request that begins to arrive.
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

// Format prints where the server is, whatever the verb: what came to it may hold
// secrets.
func (s *server) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "hooktest server at %v", s.addr) }

// begin is called once, when all is set.
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
// https if the backend speaks TLS. A hook may be sent to any path below it: the
// last element is what counts.
func (s *server) URL() string {
	if s.identity != nil {
		return "https://" + s.Addr()
	}
	return "http://" + s.Addr()
}

// Addr is the host and port at which the backend listens.
func (s *server) Addr() string { return s.addr.String() }

// Accepted is the number of connections accepted so far, those included that
// ended without a request.
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

// WaitClosed waits until no connection is open: the clients have hung up. It
// gives up as [Backend.Wait] does.
func (s *server) WaitClosed(ctx context.Context) error {
	return s.wait(ctx, "the clients to hang up", func() bool { return s.record.open == 0 })
}

// Close takes the backend off the network for good: it refuses connections,
// breaks those that are open, cuts delays short and waits for its goroutines.
// The end of the test calls it; a test may do so earlier, and more than once,
// but not from within a handler.
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
