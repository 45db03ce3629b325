package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// ErrClosed is that the server was closed.
var ErrClosed = errors.New("the embedded NATS server is closed")

// Server is a NATS server in the process, which has its directory until Close. It is safe for
// concurrent use.
type Server struct {
	o      Options
	lock   *dirLock
	isNew  bool
	damage []string // of the first start

	mu      sync.Mutex
	current *instance // nil while it is started again, and in the end
	conns   []*nats.Conn
	closing bool

	endWatch context.CancelFunc
	watched  chan struct{} // closed when the health is no longer watched
	closed   chan struct{} // closed when all has ended
	closeErr error
}

// Start starts a server and waits until its streams are read and can be used. A context without
// a deadline sets no bound to the reading, and one of 10 s to the rest. When the context ends
// first, its error is returned at once; the directory is in use until the server, which cannot
// be stopped while it reads, has ended in the background.
// The error is ErrInUse where another has the directory, ErrKey where the key does not fit the
// store; otherwise it has the server's reason.
func Start(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of the embedded NATS server: %w", err)
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, lock: lock, watched: make(chan struct{}), closed: make(chan struct{})}
	opened := make(chan error, 1)
	go func() { opened <- s.open(ctx) }()
	select {
	case err := <-opened:
		if err != nil {
			return nil, errors.Join(err, lock.release(!lock.crashed))
		}
	case <-ctx.Done():
		go s.giveUp(opened)
		return nil, fmt.Errorf("start the embedded NATS server in %s: %w", o.Dir, context.Cause(ctx))
	}
	s.startWatch()
	return s, nil
}

// open looks at the store and starts the first instance.
func (s *Server) open(ctx context.Context) error {
	streams, err := storedStreams(s.o.Dir)
	if err != nil {
		return err
	}
	if err := fitsKey(s.o, streams); err != nil {
		return err
	}
	warnSpace(s.o)
	in, err := startInstance(ctx, s.o, s.lock.crashed)
	if err != nil {
		return err
	}
	s.isNew, s.current, s.damage = len(streams) == 0, in, in.damage
	return nil
}

// giveUp ends a start for which nobody waits any longer.
func (s *Server) giveUp(opened <-chan error) {
	err := <-opened
	if err == nil {
		s.current.stop()
	}
	if err := s.lock.release(err == nil || !s.lock.crashed); err != nil {
		s.o.Logger.Warn("lock of the directory", "error", err)
	}
}

// restart replaces the instance by a new one, or by none if it cannot be started.
func (s *Server) restart(ctx context.Context) error {
	if in := s.replace(nil); in != nil {
		in.stop()
	}
	in, err := startInstance(ctx, s.o, true) // it may not have come to its end on a sick disk
	if err != nil {
		return err
	}
	s.replace(in)
	for _, text := range in.damage {
		s.o.Logger.Warn("embedded NATS server was started again", "damage", text)
	}
	return nil
}

// replace sets the instance that runs, and returns the one that did.
func (s *Server) replace(in *instance) *instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.current
	s.current = in
	return old
}

// running returns the instance that runs, or nil.
func (s *Server) running() *instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// New says whether the directory held no stream before.
func (s *Server) New() bool { return s.isNew }

// Damage returns what the start found damaged, a sentence for each.
func (s *Server) Damage() []string { return slices.Clone(s.damage) }

// InProcessConn connects to the instance that runs now; it is an error if none does. It makes
// a Server a nats.InProcessConnProvider.
func (s *Server) InProcessConn() (net.Conn, error) {
	lost := s.lock.lost(s.o.Dir)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return nil, ErrClosed
	case lost:
		return nil, fmt.Errorf("the directory %s of the embedded NATS server was removed or replaced", s.o.Dir)
	case s.current == nil:
		return nil, errors.New("the embedded NATS server is being started again")
	}
	return s.current.srv.InProcessConn()
}

// Connect returns a connection that does not give up: while the server is started again it
// reconnects, and so it does from the beginning if Connect is called then. Options given here
// stand over its own. Close closes it.
func (s *Server) Connect(opts ...nats.Option) (*nats.Conn, error) {
	own := []nats.Option{
		nats.InProcessServer(s),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(20 * time.Millisecond),
		nats.ReconnectJitter(10*time.Millisecond, 0),
	}
	nc, err := nats.Connect("", append(own, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to the embedded NATS server in %s: %w", s.o.Dir, err)
	}
	if !s.keep(nc) {
		nc.Close()
		return nil, ErrClosed
	}
	return nc, nil
}

// keep remembers a connection for Close, and forgets those that have ended.
func (s *Server) keep(nc *nats.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(slices.DeleteFunc(s.conns, (*nats.Conn).IsClosed), nc)
	return !s.closing
}

// Close closes the connections, ends the server and gives the directory back. It can be called
// again, and waits each time. When the context ends first, its error is returned and the rest
// goes on in the background; then the directory is still in use.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closing {
		s.closing = true
		go s.shut()
	}
	s.mu.Unlock()
	select {
	case <-s.closed:
		return s.closeErr
	case <-ctx.Done():
		return fmt.Errorf("close the embedded NATS server in %s: %w", s.o.Dir, context.Cause(ctx))
	}
}

// shut ends everything. The watch ends first: it replaces the instance.
func (s *Server) shut() {
	defer close(s.closed)
	s.endWatch()
	<-s.watched
	s.mu.Lock()
	in, conns := s.current, s.conns
	s.current, s.conns = nil, nil
	s.mu.Unlock()
	for _, nc := range conns {
		nc.Close()
	}
	if in != nil {
		in.stop()
	}
	// The server leaves its last files to the system, which a loss of power may forestall.
	err := s.SyncFiles()
	s.closeErr = errors.Join(err, s.lock.release(in != nil && err == nil))
}
