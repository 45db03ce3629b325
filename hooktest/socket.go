package hooktest

import (
	"context"
	"net"
	"testing"
)

// Socket is a backend that knows nothing about hooks and plays a script: a [Behaviour] for
// each request, in the order in which requests begin, on any connection; the last one
// repeats for ever. A behaviour that needs no request, such as [AtAccept], is played on a
// new connection if it is next. It is safe for concurrent use.
type Socket struct {
	server

	script script
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
	return newSocket(t, listener, nil, script)
}

// NewTLSSocket is [NewSocket] with TLS. [AtAccept] and [AtFirstByte] are played before the
// handshake, [PlainAnswer] instead of it, and all other behaviours after it.
func NewTLSSocket(t testing.TB, security Security, script ...Behaviour) *Socket {
	t.Helper()
	return NewTLSSocketOn(t, listen(t), security, script...)
}

// NewTLSSocketOn is [NewTLSSocket] on a listener of the caller's.
func NewTLSSocketOn(t testing.TB, listener net.Listener, security Security, script ...Behaviour) *Socket {
	t.Helper()
	return newSocket(t, listener, newIdentity(t, security), script)
}

func newSocket(t testing.TB, listener net.Listener, id *identity, behaviours []Behaviour) *Socket {
	t.Helper()
	s := &Socket{script: script{usual: Mirror()}}
	s.Play(behaviours...)
	s.init(t, listener, id, &s.script)
	s.begin(listener)
	return s
}

// Play replaces the rest of the script. Steps that have begun are not affected.
func (s *Socket) Play(script ...Behaviour) { s.script.replace(script) }

// Requests returns the complete requests so far, in the order in which their last byte
// came. The bodies and headers are shared, not copied.
func (s *Socket) Requests() []Request { return s.record.snapshot() }

// Wait waits until n complete requests have been read. Its error says what came instead,
// and wraps the cause of the context's end. It gives up as [Backend.Wait] does.
func (s *Socket) Wait(ctx context.Context, n int) error {
	return s.wait(ctx, counted(n, "request"), func() bool { return len(s.record.requests) >= n })
}
