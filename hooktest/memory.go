package hooktest

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
)

// Network is a network in memory. Its connections behave like TCP connections: they buffer,
// have deadlines, half-close (FIN) and reset (RST). All their waits are durably blocking in
// the sense of [testing/synctest], so clients and servers on it can run on virtual time.
// Make the Network inside the bubble.
//
// The zero Network is not usable; see [NewNetwork]. It is safe for concurrent use. Only its
// listeners must be closed.
type Network struct {
	mu    sync.Mutex
	hosts map[string]host
	ports int
}

// host is what handles dials to an address.
type host interface {
	dial(ctx context.Context) (net.Conn, error)
}

// NewNetwork returns an empty network: every dial is refused.
func NewNetwork() *Network {
	return &Network{hosts: map[string]host{}}
}

// Listen listens at a new address on the network. The address is one of the loopback
// interface, so that no proxy of the environment is used and certificates for 127.0.0.1
// are valid.
func (n *Network) Listen() net.Listener {
	listener := newMemoryListener(n)
	listener.addr = n.add(listener)
	return listener
}

// BlackHole returns an address at which dials are never answered, as behind a
// firewall that drops packets: they wait until their context ends.
func (n *Network) BlackHole() string {
	return n.add(blackHole{}).String()
}

// DialContext connects to an address of the network, for
// [net/http.Transport.DialContext]. If nothing listens at the address, the connection is
// refused with the same error as on a real network.
func (n *Network) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := n.at(address).dial(ctx)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: memoryAddr(address), Err: err}
	}
	return conn, nil
}

func (n *Network) add(h host) memoryAddr {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ports++
	addr := memoryAddr(fmt.Sprintf("127.0.0.1:%d", n.ports))
	n.hosts[addr.String()] = h
	return addr
}

func (n *Network) replace(addr memoryAddr, h host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[addr.String()] = h
}

func (n *Network) at(address string) host {
	n.mu.Lock()
	defer n.mu.Unlock()
	if h, ok := n.hosts[address]; ok {
		return h
	}
	return nobody{}
}

func (n *Network) remove(addr memoryAddr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.hosts, addr.String())
}

type nobody struct{}

func (nobody) dial(context.Context) (net.Conn, error) { return nil, errRefused() }

func errRefused() error { return os.NewSyscallError("connect", syscall.ECONNREFUSED) }

type blackHole struct{}

func (blackHole) dial(ctx context.Context) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// memoryAddr has the network "tcp", which code expects of an http.Transport's connections.
type memoryAddr string

func (memoryAddr) Network() string  { return "tcp" }
func (a memoryAddr) String() string { return string(a) }

// memoryListener accepts dialled connections. As with a kernel, a dial succeeds before the
// connection is accepted.
type memoryListener struct {
	network *Network
	addr    memoryAddr

	mu      sync.Mutex
	arrived *sync.Cond
	backlog []*memoryConn
	dialled int
	closed  bool
}

func newMemoryListener(n *Network) *memoryListener {
	l := &memoryListener{network: n}
	l.arrived = sync.NewCond(&l.mu)
	return l
}

// again listens at the same address, after Close.
func (l *memoryListener) again() (net.Listener, error) {
	next := newMemoryListener(l.network)
	next.addr = l.addr
	l.network.replace(l.addr, next)
	return next, nil
}

func (l *memoryListener) Addr() net.Addr { return l.addr }

func (l *memoryListener) dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errRefused()
	}
	l.dialled++
	near, far := memoryPipe(memoryAddr(fmt.Sprintf("127.0.0.2:%d", l.dialled)), l.addr)
	l.backlog = append(l.backlog, far)
	l.arrived.Signal()
	return near, nil
}

func (l *memoryListener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.backlog) == 0 && !l.closed {
		l.arrived.Wait()
	}
	if l.closed {
		return nil, &net.OpError{Op: "accept", Net: l.addr.Network(), Addr: l.addr, Err: net.ErrClosed}
	}
	next := l.backlog[0]
	l.backlog = l.backlog[1:]
	return next, nil
}

// Close refuses further dials and resets the connections that were not accepted.
func (l *memoryListener) Close() error {
	l.network.remove(l.addr)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, conn := range l.backlog {
		conn.reset()
	}
	l.backlog = nil
	l.arrived.Broadcast()
	return nil
}
