package situation

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Backend is a server on a loopback socket that runs a script for each connection.
type Backend struct {
	URL       string
	ClientTLS *tls.Config
	Dial      func(ctx context.Context, network, address string) (net.Conn, error)

	listener net.Listener
	serving  sync.WaitGroup

	client tls.Certificate // signed by the backend's authority

	mu       sync.Mutex
	conns    map[net.Conn]struct{}
	accepted int
	requests int
	closed   bool
}

// Script serves one connection until it returns. n counts the connections from 0.
type Script func(p *Peer, n int)

// Peer is the backend's end of a connection.
type Peer struct {
	net.Conn

	backend *Backend
	reader  *bufio.Reader
}

// serve starts a backend on 127.0.0.1.
func serve(t testing.TB, script Script) *Backend {
	t.Helper()
	l, err := listenOn("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(l, script)
}

func listenOn(network, address string) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(context.Background(), network, address)
}

// serveOn starts a backend on a listener.
func serveOn(l net.Listener, script Script) *Backend {
	b := &Backend{URL: "http://" + l.Addr().String(), listener: l, conns: map[net.Conn]struct{}{}}
	b.serving.Go(func() { b.accept(script) })
	return b
}

func (b *Backend) accept(script Script) {
	for {
		c, err := b.listening().Accept()
		if err != nil {
			return
		}
		n, ok := b.add(c)
		if !ok {
			_ = c.Close()
			return
		}
		b.serving.Go(func() {
			defer b.remove(c)
			script(&Peer{Conn: c, backend: b, reader: bufio.NewReaderSize(c, 4<<10)}, n)
		})
	}
}

func (b *Backend) listening() net.Listener {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.listener
}

func (b *Backend) add(c net.Conn) (n int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, false
	}
	b.conns[c] = struct{}{}
	b.accepted++
	return b.accepted - 1, true
}

func (b *Backend) remove(c net.Conn) {
	_ = c.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.conns, c)
}

func (b *Backend) counts() (connections, requests int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.accepted, b.requests
}

// Close closes all connections and waits for their scripts.
func (b *Backend) Close() {
	b.mu.Lock()
	b.closed = true
	for c := range b.conns {
		_ = c.Close()
	}
	b.mu.Unlock()
	_ = b.listening().Close()
	b.serving.Wait()
}

// Drop resets or closes the open connections, like a process that ends.
func (b *Backend) Drop(reset bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		if reset {
			linger(c)
		}
		_ = c.Close()
	}
}

func linger(c net.Conn) {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
}

// Request reads a whole request. It returns false at the end of the connection.
func (p *Peer) Request() (body string, ok bool) {
	req, err := http.ReadRequest(p.reader)
	if err != nil {
		return "", false
	}
	b, err := io.ReadAll(req.Body)
	if err != nil {
		return "", false
	}
	p.backend.mu.Lock()
	p.backend.requests++
	p.backend.mu.Unlock()
	return string(b), true
}

// Head reads the head of a request and not its body.
func (p *Peer) Head() bool {
	_, err := http.ReadRequest(p.reader)
	return err == nil
}

// Send writes a formatted text with CRLF for each line feed.
func (p *Peer) Send(format string, args ...any) bool {
	_, err := io.WriteString(p.Conn, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\r\n"))
	return err == nil
}

// Echo answers with 200 and the body.
func (p *Peer) Echo(body string) bool {
	return p.Send("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: %d\n\n%s", len(body), body)
}

// EchoAll answers each request of the connection with its body.
func (p *Peer) EchoAll() {
	for {
		body, ok := p.Request()
		if !ok || !p.Echo(body) {
			return
		}
	}
}

// Reset closes the connection with an RST.
func (p *Peer) Reset() {
	linger(p.Conn)
	_ = p.Close()
}

// Stall waits until the client closes the connection or the backend is closed.
func (p *Peer) Stall() {
	_ = p.SetReadDeadline(time.Now().Add(30 * time.Second))
	_, _ = io.Copy(io.Discard, p.reader)
}

// body is the body of request n.
func body(n int) string { return fmt.Sprintf(`{"nonce":"<%d>"}`, n) }

// large is the body of request n, with size bytes of padding.
func large(n, size int) string {
	return fmt.Sprintf(`{"nonce":"<%d>","pad":"%s"}`, n, strings.Repeat("x", size))
}

// named is the number of a request in a body, "" if there is none.
func named(body string) string {
	_, rest, _ := strings.Cut(body, "<")
	name, _, ok := strings.Cut(rest, ">")
	if !ok {
		return ""
	}
	return name
}
