package inspector

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook"
)

// Backend is where hooks are sent on to.
type Backend struct {
	URL    *url.URL          // the base URL; its user is for hooks that have no Authorization
	Header http.Header       // put into each hook
	TLS    *tls.Config       // nil for the system's authorities
	Sign   []resthook.Secret // hooks are signed anew with them, where there are any
}

// shown is the URL as it may be shown.
func (b *Backend) shown() string {
	u := *b.URL
	u.User = nil
	return u.String()
}

// forwarder sends hooks on to a backend, as they came, and gives back its answers.
// It repeats nothing.
type forwarder struct {
	Backend

	signer signer
	kept   *http.Transport // its connections are used again
	once   *http.Transport // each has a connection of its own
}

func newForwarder(b Backend) *forwarder {
	signer, _ := newSigner(b.Sign) // they have been checked
	return &forwarder{Backend: b, signer: signer, kept: newTransport(b.TLS, true), once: newTransport(b.TLS, false)}
}

func newTransport(config *tls.Config, keep bool) *http.Transport {
	const (
		dialTime = 5 * time.Second
		// idleTime is shorter than backends keep connections: one that they close
		// while a hook is on it would lose the hook.
		idleTime = time.Second
		idle     = 256
		headers  = 64 << 10
	)
	return &http.Transport{
		DialContext:     dialChecked(&net.Dialer{Timeout: dialTime}),
		TLSClientConfig: config, TLSHandshakeTimeout: dialTime,
		TLSNextProto:       map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1, as the library
		DisableCompression: true, DisableKeepAlives: !keep,
		MaxIdleConns: idle, MaxIdleConnsPerHost: idle, IdleConnTimeout: idleTime,
		MaxResponseHeaderBytes: headers,
	}
}

func (f *forwarder) close() {
	f.kept.CloseIdleConnections()
	f.once.CloseIdleConnections()
}

// ask sends a hook on and returns the answer, or why there is none.
func (f *forwarder) ask(w http.ResponseWriter, r *http.Request, x *exchange) reply {
	if x.tooLong() {
		return jsonReply(http.StatusRequestEntityTooLarge, tooLong("the hook"))
	}
	begun := time.Now()
	early := newEarly(w, r)
	resp, err := f.transport(x).RoundTrip(f.request(early.watch(r.Context()), r, x))
	early.stop()
	a, why := received(resp, err)
	x.asked = max(time.Since(begun), time.Microsecond)
	if why != "" {
		x.fault = fault{blameBackend, why}
		return jsonReply(http.StatusBadGateway, x.fault.String())
	}
	return a
}

// transport is one that sends the hook no more than once. Of a connection that was
// closed while it waited, net/http knows that nothing was written, and takes
// another; but what it takes for safe to repeat, it repeats.
func (f *forwarder) transport(x *exchange) *http.Transport {
	_, key := x.header["Idempotency-Key"]
	_, other := x.header["X-Idempotency-Key"]
	if x.verb != http.MethodPost || key || other {
		return f.once
	}
	return f.kept
}

// request is the hook as it goes to the backend.
func (f *forwarder) request(ctx context.Context, r *http.Request, x *exchange) *http.Request {
	to := (&http.Request{
		Method: x.verb, URL: f.target(r.URL), Host: f.URL.Host, Header: f.header(x),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody,
	}).WithContext(ctx)
	if len(x.Request) > 0 {
		to.ContentLength = int64(len(x.Request))
		to.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(x.Request)), nil }
		to.Body, _ = to.GetBody() // of bytes
	}
	return to
}

// target is the base URL with the last element of a path, as it was written.
func (f *forwarder) target(from *url.URL) *url.URL {
	to := *f.URL
	to.User = nil
	last := func(path string) string { return path[strings.LastIndexByte(path, '/'):] }
	to.Path = strings.TrimSuffix(f.URL.Path, "/") + last(from.Path)
	to.RawPath = strings.TrimSuffix(f.URL.EscapedPath(), "/") + last(from.EscapedPath())
	to.RawQuery = from.RawQuery
	return &to
}

// header is that of the hook, less what is for one connection alone.
func (f *forwarder) header(x *exchange) http.Header {
	header := endToEnd(x.header)
	header.Del("Expect") // the body is here already
	if _, given := header["User-Agent"]; !given {
		header["User-Agent"] = nil // net/http adds none of its own
	}
	if user := f.URL.User; user != nil && header.Get("Authorization") == "" {
		password, _ := user.Password()
		with := http.Request{Header: header}
		with.SetBasicAuth(user.Username(), password)
	}
	maps.Copy(header, f.Header)
	f.sign(header, x.Request)
	return header
}

// sign signs anew. The id and the timestamp stay, where they are there.
func (f *forwarder) sign(header http.Header, body []byte) {
	if len(f.signer.keys) == 0 {
		return
	}
	if header.Get(resthook.HeaderID) == "" {
		header.Set(resthook.HeaderID, rand.Text())
	}
	if header.Get(resthook.HeaderTimestamp) == "" {
		header.Set(resthook.HeaderTimestamp, strconv.FormatInt(time.Now().Unix(), 10))
	}
	header.Set(resthook.HeaderSignature, f.signer.sign(header.Get(resthook.HeaderID), header.Get(resthook.HeaderTimestamp), body))
}
