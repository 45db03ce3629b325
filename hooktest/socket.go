package hooktest

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"testing"
)

// Socket is a backend on a bare socket that behaves as its script says: a
// [Behaviour] for each request, in the order in which requests begin, whatever
// connection they come on; the last one repeats for ever. A behaviour that
// needs no request, such as [AtAccept], is taken by a new connection if it is
// next. It is safe for concurrent use.
type Socket struct {
	listener net.Listener
	identity *identity // nil without TLS
	record   *record
	script   script
	done     chan struct{} // closed by Close
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil after Close
}

// NewSocket starts a backend on a free port of the loopback interface; it is
// closed at the end of the test. Without a script it mirrors every request.
func NewSocket(t testing.TB, script ...Behaviour) *Socket {
	t.Helper()
	return NewSocketOn(t, listen(t), script...)
}

// NewSocketOn is [NewSocket] on a listener of the caller's, mostly one of a
// [Network]. The socket closes it.
func NewSocketOn(t testing.TB, listener net.Listener, script ...Behaviour) *Socket {
	t.Helper()
	return start(t, listener, nil, script)
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("hooktest: %v", err)
	}
	return listener
}

func start(t testing.TB, listener net.Listener, id *identity, behaviours []Behaviour) *Socket {
	t.Helper()
	s := &Socket{
		listener: listener,
		identity: id,
		record:   newRecord(),
		done:     make(chan struct{}),
		conns:    map[net.Conn]struct{}{},
	}
	s.Play(behaviours...)
	t.Cleanup(s.Close)
	s.running.Go(s.accept)
	return s
}

// URL is the base URL of the backend, without a slash at the end. Its scheme is
// https if the socket speaks TLS.
func (s *Socket) URL() string {
	if s.identity != nil {
		return "https://" + s.Addr()
	}
	return "http://" + s.Addr()
}

// Addr is the host and port at which the socket listens.
func (s *Socket) Addr() string { return s.listener.Addr().String() }

// Play puts another script in the place of what is left of the old one. Turns
// that have begun are not affected.
func (s *Socket) Play(script ...Behaviour) {
	if len(script) == 0 {
		script = []Behaviour{Mirror()}
	}
	s.script.replace(script)
}

// Accepted is the number of connections accepted so far, those included that
// ended without a request.
func (s *Socket) Accepted() int {
	return s.record.count(func() int { return s.record.accepted })
}

// Open is the number of connections that neither side has fully closed. A
// connection that got a FIN stays open until the client closes it too.
func (s *Socket) Open() int {
	return s.record.count(func() int { return s.record.open })
}

// Requests returns the requests read whole so far, in the order in which their
// last byte came. The bodies and headers are shared, not copied.
func (s *Socket) Requests() []Request { return s.record.snapshot() }

// Wait waits until n requests have been read whole. Its error says what there
// was instead, and wraps the cause for which the context ended.
func (s *Socket) Wait(ctx context.Context, n int) error {
	return s.record.wait(ctx, func() bool { return len(s.record.requests) >= n })
}

// WaitAccepted waits until n connections have been accepted.
func (s *Socket) WaitAccepted(ctx context.Context, n int) error {
	return s.record.wait(ctx, func() bool { return s.record.accepted >= n })
}

// WaitClosed waits until no connection is open: the clients have hung up.
func (s *Socket) WaitClosed(ctx context.Context) error {
	return s.record.wait(ctx, func() bool { return s.record.open == 0 })
}

// Close takes the backend off the network: it refuses connections, breaks those
// that are open and waits for its goroutines. The end of the test calls it; a
// test may do so earlier, and more than once.
func (s *Socket) Close() {
	s.breakOff()
	s.running.Wait()
}

func (s *Socket) breakOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		return
	}
	close(s.done)
	_ = s.listener.Close() // nothing depends on it, and there is nobody to tell
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.conns = nil
}

func (s *Socket) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.admit(conn)
	}
}

// admit starts the connection's goroutine, unless Close got here first.
func (s *Socket) admit(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		_ = conn.Close()
		return
	}
	s.conns[conn] = struct{}{}
	number := s.record.opened()
	s.running.Go(func() { s.serve(conn, number) })
}

func (s *Socket) serve(raw net.Conn, number int) {
	defer s.dismiss(raw)
	c := newConn(s, raw, number)
	if b, ok := s.script.nextAtAccept(); ok {
		b.play(c)
	}
	if s.identity != nil {
		c.handshake(s.identity.server)
	}
	for c.begun() {
		s.script.next().play(c)
		c.endTurn()
	}
}

func (s *Socket) dismiss(raw net.Conn) {
	_ = raw.Close()
	s.mu.Lock()
	delete(s.conns, raw)
	s.mu.Unlock()
	s.record.closed()
}

// handshake answers the client's hello. Where it fails, the connection ends
// with a FIN after the alert, as that of a real server does.
func (c *Conn) handshake(config *tls.Config) {
	if c.over {
		return
	}
	secured := tls.Server(c.raw, config)
	if secured.HandshakeContext(context.Background()) != nil { // Close ends it
		FIN(c)
		return
	}
	c.speak(secured)
}
