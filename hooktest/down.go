package hooktest

import (
	"context"
	"net"
)

// Down takes the backend off the network until [Backend.Up]: new connections
// are refused, those that are open are reset, and what is under way ends
// without an answer. What was recorded stays. Its port is kept, so that no other
// process is given it. Down waits for the goroutines of the connections, so it
// must not be called from within a handler. A second Down does nothing.
func (s *server) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up == nil {
		return
	}
	s.endUptime(reset)
	if addr, ok := s.addr.(*net.TCPAddr); ok {
		s.held, _ = holdPort(addr) // at worst somebody else is given it, and Up says so
	}
}

// Up brings the backend back after [Backend.Down], at the same address and with
// the scripts and the record it had. It fails the test if the address can't be
// had. While the backend is up, Up does nothing.
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

// listenAgain lets go of the port only when that is the one way to listen on
// it: between the two it is anybody's.
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

// sameAddress returns what opens the listener's address again.
func sameAddress(listener net.Listener) func() (net.Listener, error) {
	if own, ok := listener.(*memoryListener); ok {
		return own.again
	}
	addr := listener.Addr()
	return func() (net.Listener, error) {
		return (&net.ListenConfig{}).Listen(context.Background(), addr.Network(), addr.String())
	}
}
