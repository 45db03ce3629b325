package hooktest

import (
	"net"
	"sync"
)

// uptime is a period in which a server is up, with its connections.
type uptime struct {
	server   *server
	listener net.Listener
	done     chan struct{} // closed when it ends
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil when it has ended
}

func newUptime(s *server, listener net.Listener) *uptime {
	u := &uptime{server: s, listener: listener, done: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	u.running.Go(u.accept)
	return u
}

// end refuses connections, ends the open ones and waits for their goroutines.
func (u *uptime) end(hang func(net.Conn)) {
	u.breakOff(hang)
	u.running.Wait()
}

func (u *uptime) breakOff(hang func(net.Conn)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	close(u.done)
	_ = u.listener.Close() // an error does not matter
	for conn := range u.conns {
		hang(conn)
	}
	u.conns = nil
}

func hangUp(conn net.Conn) { _ = conn.Close() }

func reset(conn net.Conn) {
	if c, ok := conn.(interface{ SetLinger(sec int) error }); ok {
		_ = c.SetLinger(0) // fails only on a closed connection
	}
	_ = conn.Close()
}

func (u *uptime) accept() {
	for {
		conn, err := u.listener.Accept()
		if err != nil {
			return
		}
		u.admit(conn)
	}
}

// admit starts the connection's goroutine, unless end was called before.
func (u *uptime) admit(conn net.Conn) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.conns == nil {
		_ = conn.Close()
		return
	}
	u.conns[conn] = struct{}{}
	number := u.server.record.opened()
	u.running.Go(func() { u.serve(conn, number) })
}

func (u *uptime) serve(raw net.Conn, number int) {
	defer u.dismiss(raw)
	c := newConn(u, raw, number)
	if b, ok := u.server.dealer.nextAtAccept(); ok {
		b.play(c)
	}
	if u.server.identity != nil {
		c.handshake(u.server.identity.config())
	}
	for c.begun() {
		u.server.dealer.next().play(c)
		c.endRequest()
	}
}

func (u *uptime) dismiss(raw net.Conn) {
	_ = raw.Close()
	u.mu.Lock()
	delete(u.conns, raw)
	u.mu.Unlock()
	u.server.record.closed()
}
