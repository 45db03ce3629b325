package resthook_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/h1/situation"
)

// transport is what hooks are sent over: the client's own or net/http's.
type transport struct {
	name string
	make func(situation.Settings) (opts []resthook.Option, given *http.Transport)
}

var (
	ownTransport     = transport{"own", overOwn}
	netHTTPTransport = transport{"net/http", overNetHTTP}
)

// overBothTransports runs a test over each of the two. Outcomes are the same, but for
// what netHTTPDiffers lists.
func overBothTransports(t *testing.T, test func(t *testing.T, via transport)) {
	t.Helper()
	for _, via := range []transport{ownTransport, netHTTPTransport} {
		t.Run(via.name, func(t *testing.T) {
			t.Parallel()
			test(t, via)
		})
	}
}

// options are those of a client that sends its hooks over the transport.
func (v transport) options(t *testing.T, s situation.Settings) []resthook.Option {
	t.Helper()
	opts, given := v.make(s)
	if given != nil {
		t.Cleanup(given.CloseIdleConnections)
	}
	return opts
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// traced reports the beginning of a dial to net/http, and ends a dial after 5 seconds,
// as a net.Dialer does.
func traced(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.ConnectStart != nil {
			trace.ConnectStart(network, address)
		}
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return dial(ctx, network, address)
	}
}

func overOwn(s situation.Settings) (opts []resthook.Option, given *http.Transport) {
	if s.Dial != nil {
		opts = append(opts, resthook.WithDialContext(s.Dial))
	}
	if s.TLS != nil {
		opts = append(opts, resthook.WithTLSConfig(s.TLS))
	}
	return opts, nil
}

func overNetHTTP(s situation.Settings) (opts []resthook.Option, given *http.Transport) {
	dial := s.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	}
	given = &http.Transport{
		DialContext: dial, TLSClientConfig: s.TLS, TLSHandshakeTimeout: 5 * time.Second, DisableCompression: true,
		MaxConnsPerHost: s.Limit, MaxIdleConnsPerHost: s.Limit, MaxResponseHeaderBytes: 64 << 10,
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	return []resthook.Option{resthook.WithTransport(given)}, given
}
