package resthook_test

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// forwarder is a proxy for http and https, with Basic auth if it has a user.
type forwarder struct {
	server *httptest.Server
	user   string            // and password
	status int               // with which it refuses everything; 0: it does not
	hosts  map[string]string // addresses of names that only the proxy knows

	mu      sync.Mutex
	tunnels []string // host:port of each CONNECT that was allowed
	whole   []string // URLs of requests that were forwarded
	open    map[net.Conn]bool
	most    int // of open, at a time
	copies  sync.WaitGroup
}

func newForwarder(t *testing.T, secure bool, change func(*forwarder)) *forwarder {
	t.Helper()
	f := &forwarder{hosts: map[string]string{}, open: map[net.Conn]bool{}}
	f.server = httptest.NewUnstartedServer(f)
	f.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.server.Config.ConnState = f.count
	if change != nil {
		change(f)
	}
	if secure {
		f.server.StartTLS()
	} else {
		f.server.Start()
	}
	t.Cleanup(func() {
		f.server.Close()
		f.closeTunnels()
		f.copies.Wait()
	})
	return f
}

// url is the proxy's URL, with a user.
func (f *forwarder) url(user string) string {
	scheme, address, _ := strings.Cut(f.server.URL, "://")
	if user == "" {
		return f.server.URL
	}
	return scheme + "://" + user + "@" + address
}

func (f *forwarder) count(c net.Conn, state http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch state {
	case http.StateNew:
		f.open[c] = true
	case http.StateClosed:
		delete(f.open, c)
	case http.StateActive, http.StateIdle, http.StateHijacked:
	}
	f.most = max(f.most, len(f.open))
}

func (f *forwarder) closeTunnels() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.open {
		_ = c.Close()
	}
}

func (f *forwarder) seen() (tunnels, whole []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tunnels, f.whole
}

func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(f.user))
	switch {
	case f.status != 0:
		w.WriteHeader(f.status)
	case f.user != "" && r.Header.Get("Proxy-Authorization") != want:
		w.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
	case r.Method == http.MethodConnect:
		f.tunnel(w, r)
	case r.URL.IsAbs():
		f.forward(w, r)
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
}

func (f *forwarder) address(host string) string {
	if known, ok := f.hosts[host]; ok {
		return known
	}
	return host
}

func (f *forwarder) tunnel(w http.ResponseWriter, r *http.Request) {
	to, err := new(net.Dialer).DialContext(r.Context(), "tcp", f.address(r.Host))
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	f.mu.Lock()
	f.tunnels = append(f.tunnels, r.Host)
	f.mu.Unlock()
	_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
	f.join(client, to)
}

// join copies both ways until one side closes.
func (f *forwarder) join(client, to net.Conn) {
	one := func(dst, src net.Conn) {
		_, _ = io.Copy(dst, src)
		_ = dst.Close()
		_ = src.Close()
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.open, client)
	}
	f.copies.Go(func() { one(to, client) })
	f.copies.Go(func() { one(client, to) })
}

func (f *forwarder) forward(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.whole = append(f.whole, r.URL.String())
	f.mu.Unlock()
	onward := r.Clone(r.Context())
	onward.RequestURI, onward.URL.Host = "", f.address(r.URL.Host)
	onward.Header.Del("Proxy-Authorization")
	over := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	resp, err := over.RoundTrip(onward)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

// newSocks is a proxy that speaks SOCKS5, with a user name and password. It connects to one
// address, whatever it is asked for, and returns what it was asked for.
func newSocks(t *testing.T, user, password, to string) (address string, asked func() []string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f, names := &forwarder{open: map[net.Conn]bool{}}, []string(nil)
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			name, ok := greetSocks(client, user, password)
			if !ok {
				_ = client.Close()
				continue
			}
			f.mu.Lock()
			names = append(names, name)
			f.mu.Unlock()
			backend, err := net.Dial("tcp", to) //nolint:noctx // it ends with the test
			if !assert.NoError(t, err) {
				_ = client.Close()
				continue
			}
			f.join(client, backend)
		}
	}()
	t.Cleanup(func() {
		assert.NoError(t, listener.Close())
		<-over
		f.copies.Wait()
	})
	return listener.Addr().String(), func() []string {
		f.mu.Lock()
		defer f.mu.Unlock()
		return names
	}
}

// greetSocks speaks the server's side of RFC 1928 and RFC 1929.
func greetSocks(c net.Conn, user, password string) (name string, ok bool) {
	r := bufio.NewReader(c)
	next := func(n int) string {
		b := make([]byte, n)
		if _, err := io.ReadFull(r, b); err != nil {
			return strings.Repeat("\x00", n)
		}
		return string(b)
	}
	text := func() string { return next(int(next(1)[0])) }
	next(1) // version
	text()  // methods
	_, _ = io.WriteString(c, "\x05\x02")
	next(1)
	if text() != user || text() != password {
		_, _ = io.WriteString(c, "\x01\x01")
		return "", false
	}
	_, _ = io.WriteString(c, "\x01\x00")
	head := next(4) // version, connect, reserved, kind of address
	switch head[3] {
	case 1:
		name = net.IP(next(4)).String()
	case 3:
		name = text()
	default:
		return "", false
	}
	port := binary.BigEndian.Uint16([]byte(next(2)))
	_, err := io.WriteString(c, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
	return net.JoinHostPort(name, strconv.Itoa(int(port))), err == nil
}
