package inspector

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/internal/h1"
)

// Backend is where hooks are forwarded to.
type Backend struct {
	URL    *url.URL          // the base URL; its user is for hooks without Authorization
	Header http.Header       // set in each hook
	TLS    *tls.Config       // nil for the system's authorities
	Sign   []resthook.Secret // hooks are signed again with these secrets, if there are any
}

// shown is the URL without its user.
func (b *Backend) shown() string {
	u := *b.URL
	u.User = nil
	return u.String()
}

// forwarder sends hooks to a backend as they came, and returns its answers. It never
// retries: the media server does.
type forwarder struct {
	Backend

	signer    signer
	to        h1.Endpoint
	transport *h1.Transport
}

func newForwarder(b Backend) *forwarder {
	signer, _ := newSigner(b.Sign) // the secrets have been checked
	port := b.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[b.URL.Scheme]
	}
	to := h1.Endpoint{Address: net.JoinHostPort(b.URL.Hostname(), port), Secure: b.URL.Scheme == "https"}
	return &forwarder{Backend: b, signer: signer, to: to, transport: h1.New(h1.Options{TLS: b.TLS})}
}

func (f *forwarder) close() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	f.transport.Close(ctx)
}

// ask sends a hook to the backend and returns its answer, or a reply that says why there
// is none.
func (f *forwarder) ask(r *http.Request, x *exchange) reply {
	if x.tooLong() {
		return jsonReply(http.StatusRequestEntityTooLarge, tooLong("the hook"))
	}
	begun := time.Now()
	var body bytes.Buffer
	heads := heads{to: earlyTo(r)}
	result := f.transport.Do(r.Context(), &h1.Request{
		To: f.to, Bytes: f.request(r.URL, x), Answer: &body, Limit: recording.MaxBody, Heads: heads.take, Verb: x.verb,
	})
	x.asked = max(time.Since(begun), time.Microsecond)
	if why := whyNoAnswer(&result, body.Len()); why != "" {
		x.fault = fault{blameBackend, f.to.Address + ": " + why}
		return jsonReply(http.StatusBadGateway, x.fault.String())
	}
	return heads.reply(result.Status, body.Bytes())
}

// request is the bytes that go to the backend.
func (f *forwarder) request(from *url.URL, x *exchange) []byte {
	first := x.verb + " " + f.target(from).RequestURI() + " HTTP/1.1"
	return slices.Concat(f.head(x).text(first), []byte("\r\n"), x.Request)
}

// target is the backend's URL with the last element of the request's path, escaped as it
// came.
func (f *forwarder) target(from *url.URL) *url.URL {
	to := *f.URL
	to.User = nil
	last := func(path string) string { return path[strings.LastIndexByte(path, '/'):] }
	to.Path = strings.TrimSuffix(f.URL.Path, "/") + last(from.Path)
	to.RawPath = strings.TrimSuffix(f.URL.EscapedPath(), "/") + last(from.EscapedPath())
	to.RawQuery, to.ForceQuery = from.RawQuery, from.ForceQuery
	return &to
}

// head is the hook's head for the backend: hop-by-hop headers are removed, Host and the
// headers of the flags are set.
func (f *forwarder) head(x *exchange) head {
	h := x.head.endToEnd().without("Expect") // the body has been read
	if len(x.Request) > 0 || h.has("Content-Length") || h.has("Transfer-Encoding") {
		h = h.framed(len(x.Request))
	}
	if h.find("Host") < 0 {
		h = append(head{{"Host", "Host: "}}, h...)
	}
	h = h.with("Host", f.URL.Host)
	if user := f.URL.User; user != nil && !h.has("Authorization") {
		password, _ := user.Password()
		h = h.with("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	for _, name := range slices.Sorted(maps.Keys(f.Header)) {
		h = h.with(name, f.Header[name]...)
	}
	return f.sign(h, x.Request)
}

// sign replaces the signature. An id and a timestamp that came are kept.
func (f *forwarder) sign(h head, body []byte) head {
	if len(f.signer.keys) == 0 {
		return h
	}
	if !h.has(resthook.HeaderID) {
		h = h.with(resthook.HeaderID, rand.Text())
	}
	if !h.has(resthook.HeaderTimestamp) {
		h = h.with(resthook.HeaderTimestamp, strconv.FormatInt(time.Now().Unix(), 10))
	}
	return h.with(resthook.HeaderSignature, f.signer.sign(h.get(resthook.HeaderID), h.get(resthook.HeaderTimestamp), body))
}
