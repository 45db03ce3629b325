package chaos

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/wcskit/resthook/hooktest"
)

// network is the network of one storm: its listeners and the client's dial function.
type network struct {
	plan     *Plan
	fixtures *fixtures
	memory   *hooktest.Network
	folder   string
	targets  map[string]string // address to the path of a unix socket

	countable bool // the backends can count the client's open connections
	handshake bool // the backends use TLS

	counts *counts
	dials  atomic.Int64

	mu   sync.Mutex
	away map[string]bool // addresses that refuse at the moment
	open map[string]int  // connections of the dial function, dials in progress included
	most int             // at once to one address
}

func newNetwork(p *Plan, l *fixtures, c *counts) (*network, error) {
	r := &network{plan: p, fixtures: l, counts: c, targets: map[string]string{}, away: map[string]bool{}, open: map[string]int{}}
	r.memory = hooktest.NewNetwork()
	r.handshake = p.Network.secure() || p.Network == InnerTLS
	r.countable = !p.NetHTTP && !p.Virtual && (p.Network == TCP || p.Network == Unix || p.Network.secure())
	var err error
	if p.Network == Unix && !p.Virtual {
		r.folder, err = os.MkdirTemp("", "chaos")
	}
	return r, err
}

func (r *network) close() {
	if r.folder != "" {
		_ = os.RemoveAll(r.folder)
	}
}

// listen opens the address of an app.
func (r *network) listen(app int) (net.Listener, string, error) {
	scheme := "http"
	if r.plan.Network.secure() {
		scheme = "https"
	}
	l, address, err := r.bind(app)
	return l, fmt.Sprintf("%s://%s/rest", scheme, address), err
}

func (r *network) bind(app int) (l net.Listener, address string, err error) {
	var own net.ListenConfig
	switch {
	case r.plan.Network == Memory || r.plan.Virtual:
		l = r.memory.Listen()
	case r.plan.Network == Unix:
		address = fmt.Sprintf("app%d.test:80", app)
		r.targets[address] = filepath.Join(r.folder, fmt.Sprintf("%d.sock", app))
		l, err = own.Listen(context.Background(), "unix", r.targets[address])
		return l, address, err
	default:
		l, err = own.Listen(context.Background(), "tcp", r.fixtures.host()+":0")
	}
	if err != nil {
		return nil, "", err
	}
	return l, l.Addr().String(), nil
}

// refuse lets an address refuse connections, or accept them again.
func (r *network) refuse(address string, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away[address] = refused
}

// dial is the client's dial function.
func (r *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	release := r.begin(address)
	conn, err := r.connect(ctx, address)
	if err == nil {
		conn, err = r.wrap(ctx, conn, release)
	}
	if err != nil {
		release()
		return nil, err
	}
	return conn, nil
}

// begin counts a connection. release ends that.
func (r *network) begin(address string) (release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[address]++
	r.most = max(r.most, r.open[address])
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.open[address]--
	})
}

// left waits until the client has closed its connections, and returns how many are left.
func (r *network) left(patience time.Duration) (left int) {
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		r.mu.Lock()
		left = 0
		for _, n := range r.open {
			left += n
		}
		r.mu.Unlock()
		if left == 0 || time.Now().After(end) {
			return left
		}
	}
}

func (r *network) refused(address string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.away[address]
}

func (r *network) connect(ctx context.Context, address string) (net.Conn, error) {
	if err := r.trouble(ctx, address); err != nil {
		return nil, err
	}
	var d net.Dialer
	switch {
	case r.plan.Network == Memory || r.plan.Virtual:
		return r.memory.DialContext(ctx, "tcp", address)
	case r.plan.Network == Unix:
		return d.DialContext(ctx, "unix", r.targets[address])
	}
	return d.DialContext(ctx, "tcp", address)
}

// trouble is a planned delay or failure of a dial.
func (r *network) trouble(ctx context.Context, address string) error {
	chance := r.plan.chance("dial", r.dials.Add(1))
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	switch {
	case r.refused(address):
		r.counts.fault("dial refused: process away")
		return refused
	case chance.IntN(100) >= r.plan.DialWild:
		return nil
	}
	kind := pickOf(chance, []string{"dial refused", "slow dial", "slow dial", "dial hangs"})
	r.counts.fault(kind)
	switch kind {
	case "dial refused":
		return refused
	case "slow dial":
		return pause(ctx, time.Duration(chance.IntN(40))*time.Millisecond)
	}
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	return refused
}

// pause waits. It returns early with an error if ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wrap turns a socket into a connection of the storm's network.
func (r *network) wrap(ctx context.Context, conn net.Conn, release func()) (net.Conn, error) {
	switch {
	case r.plan.Network == Buffered:
		return newBuffered(conn, release), nil
	case r.plan.Network == InnerTLS:
		secured := tls.Client(conn, r.clientTLS())
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return &counted{secured, release}, nil
	case r.countable:
		return conn, nil // not wrapped; the backend counts
	}
	return &counted{conn, release}, nil
}

// counted hides the socket of a connection and counts it.
type counted struct {
	net.Conn
	release func()
}

// Close closes the connection and ends its count.
func (c *counted) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// buffered reads ahead of its connection.
type buffered struct {
	counted
	reader *bufio.Reader
}

// Read reads from the buffer.
func (b *buffered) Read(p []byte) (int, error) { return b.reader.Read(p) }

// socketLike is buffered and gives access to its socket, which does not show what is in the
// buffer.
type socketLike struct {
	buffered
	syscall.Conn
}

func newBuffered(conn net.Conn, release func()) net.Conn {
	b := buffered{counted{conn, release}, bufio.NewReaderSize(conn, 4096)}
	if socket, ok := conn.(syscall.Conn); ok {
		return &socketLike{b, socket}
	}
	return &b
}

func (r *network) clientTLS() *tls.Config {
	config := &tls.Config{RootCAs: r.fixtures.roots, ServerName: serverName, MinVersion: tls.VersionTLS12, CurvePreferences: []tls.CurveID{tls.X25519}}
	if r.plan.Network == TLS12 {
		config.MaxVersion = tls.VersionTLS12
	}
	if r.plan.chance("resume").IntN(2) == 0 {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	}
	return config
}

// transport is a tuned transport of net/http.
func (r *network) transport() *http.Transport {
	t := &http.Transport{
		MaxConnsPerHost: r.plan.limit(), MaxIdleConnsPerHost: r.plan.limit(), DisableCompression: true, IdleConnTimeout: time.Minute,
		TLSClientConfig: r.clientTLS(),
	}
	if r.plan.Dialer {
		t.DialContext = r.dial
	}
	return t
}

// secure is the backend's half of the handshake.
func (r *network) secure(w *wire, wrong, wantsClient, own bool) error {
	if !r.handshake {
		return nil
	}
	config := r.fixtures.server(wrong, wantsClient)
	var log bytes.Buffer
	if own = own && r.plan.Network != TLS12; own {
		config = config.Clone()
		config.KeyLogWriter, config.SessionTicketsDisabled = &log, true
	}
	secured := tls.Server(w.raw, config)
	if err := secured.HandshakeContext(context.Background()); err != nil { // the raw connection ends it
		return err
	}
	w.Conn = secured
	if own {
		if records, err := newRecords(secured, w.raw, log.Bytes()); err == nil {
			w.Conn, w.idle = records, records.idle
		}
	}
	return nil
}
