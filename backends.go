package resthook

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/wcskit/resthook/internal/baseurl"
	"github.com/wcskit/resthook/internal/breaker"
	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/redact"
)

// backend is a URL of an app, made ready for requests. Only its breaker changes.
type backend struct {
	index  int // among those of its app
	base   *url.URL
	shown  string // the URL as it may be printed
	header http.Header

	proxied bool // its hooks go through a proxy
	to      h1.Endpoint
	line    string        // a request's first bytes, up to the method's name
	head    string        // and what follows the name, the same in every request
	address *http.Request // where a request goes, for go-retryablehttp

	breaker *breaker.Breaker
}

// manyBackends is how many an app can have.
const manyBackends = 16

// newBackends makes the backends of an app, still without their breakers.
func newBackends(given App, header http.Header, cfg Config) ([]*backend, error) {
	urls, err := given.urls()
	if err != nil {
		return nil, err
	}
	all := make([]*backend, len(urls))
	for i, text := range urls {
		base, err := baseurl.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("url %q: %w", redact.URL(text), err)
		}
		authorization, err := given.authorization(base.User, cfg)
		if err != nil {
			return nil, err
		}
		base.User = nil
		one := &backend{index: i, base: base, shown: base.String(), header: header.Clone()}
		if authorization != "" {
			one.header.Set("Authorization", authorization)
		}
		if slices.ContainsFunc(all[:i], func(other *backend) bool { return other.shown == one.shown }) {
			return nil, fmt.Errorf("url %q is there twice", one.shown)
		}
		if all[i] = one; one.prepare() != nil {
			return nil, fmt.Errorf("url %q: %w", one.shown, one.prepare())
		}
	}
	return all, nil
}

// urls are the URLs of the app, at least one.
func (a App) urls() ([]string, error) {
	switch {
	case a.URL != "" && a.URLs != nil:
		return nil, errors.New("both a url and urls: give one or the other")
	case len(a.URLs) > manyBackends:
		return nil, fmt.Errorf("%d urls: at most %d", len(a.URLs), manyBackends)
	case len(a.URLs) > 0:
		return a.URLs, nil
	case a.URL == "":
		return nil, errors.New(`url "": an app needs one`)
	}
	return []string{a.URL}, nil
}

// shownURLs are the URLs of the app as they may be printed.
func (a App) shownURLs() []string {
	shown := make([]string, 0, 1+len(a.URLs))
	if a.URL != "" || len(a.URLs) == 0 {
		shown = append(shown, redact.URL(a.URL))
	}
	for _, one := range a.URLs {
		shown = append(shown, redact.URL(one))
	}
	return shown
}

// url is where the method goes, as it may be printed.
func (b *backend) url(method string) string { return b.shown + "/" + method }

// prepare does once what is the same for every request. net/http writes the head, so that
// hosts and paths are spelled as it spells them.
func (b *backend) prepare() error {
	var buf bytes.Buffer
	if err := b.post("", nil).Write(&buf); err != nil {
		return err
	}
	text := strings.TrimSuffix(buf.String(), "\r\n") // the end of the head
	text = strings.Replace(text, "\r\nContent-Length: 0\r\n", "\r\n", 1)
	line, head, _ := strings.Cut(text, " HTTP/1.1\r\n")
	b.line, b.head = line, " HTTP/1.1\r\n"+head
	b.to = endpointOf(b.base)
	b.address = &http.Request{Method: http.MethodPost, URL: b.base, Host: b.base.Host, Header: http.Header{}}
	return nil
}

// endpointOf is where the connections to a backend go.
func endpointOf(base *url.URL) h1.Endpoint {
	port := base.Port()
	switch {
	case port != "":
	case base.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return h1.Endpoint{Address: net.JoinHostPort(base.Hostname(), port), Secure: base.Scheme == "https"}
}

// post is a request for the method, without what differs from hook to hook.
func (b *backend) post(method string, header http.Header) *http.Request {
	target := *b.base
	target.Path += "/" + method
	if target.RawPath != "" {
		target.RawPath += "/" + method
	}
	if header == nil {
		header = b.header
	}
	return &http.Request{
		Method: http.MethodPost, URL: &target, Host: target.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}
