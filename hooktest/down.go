package hooktest

import (
	"context"
	"net"
)

// Down takes the backend off the network until [Backend.Up]: new connections are refused,
// open ones are reset, and requests in flight get no answer. The record stays. The port is
// kept, so that no other process gets it. Down waits for the goroutines of the connections,
// so it must not be called from within a handler. A second Down does nothing.
func (s *server) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up == nil {
		return
	}
	s.endUptime(reset)
	if addr, ok := s.addr.(*net.TCPAddr); ok {
		s.held, _ = holdPort(addr) // without it another process may get the port, and Up fails
	}
}

// Up brings the backend back after [Backend.Down], at the same address and with its scripts
// and its record. It fails the test if it cannot listen there. If the backend is up, Up
// does nothing.
func (s *server) Up() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up != nil {
		return
	}
	if s.closed {
		s.t.Fatalf("hooktest: up: the backend is closed")
	}
	listener, err := s.listenAgain()
	if err != nil {
		s.t.Fatalf("hooktest: up: %v", err)
	}
	s.up = newUptime(s, listener)
}

// listenAgain listens while the port is held, if possible: once the port is released,
// another process may get it.
func (s *server) listenAgain() (net.Listener, error) {
	defer func() { s.held = nil }()
	defer s.held.release()
	listener, err := s.listen()
	if err != nil && s.held != nil {
		s.held.release()
		return s.listen()
	}
	return listener, err
}

// sameAddress returns a function that listens at the listener's address again.
func sameAddress(listener net.Listener) func() (net.Listener, error) {
	if own, ok := listener.(*memoryListener); ok {
		return own.again
	}
	addr := listener.Addr()
	return func() (net.Listener, error) {
		return (&net.ListenConfig{}).Listen(context.Background(), addr.Network(), addr.String())
	}
}
