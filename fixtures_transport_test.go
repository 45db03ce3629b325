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

// road is a transport that hooks go over.
type road struct {
	name string
	make func(situation.Settings) (opts []resthook.Option, given *http.Transport)
}

var (
	ownRoad     = road{"own", overOwn}
	netHTTPRoad = road{"net/http", overNetHTTP}
)

// overBoth runs a test over the client's own transport and over net/http's: what a
// hook comes to is the same, but for what netHTTPDiffers names.
func overBoth(t *testing.T, test func(t *testing.T, road road)) {
	t.Helper()
	for _, road := range []road{ownRoad, netHTTPRoad} {
		t.Run(road.name, func(t *testing.T) {
			t.Parallel()
			test(t, road)
		})
	}
}

// options has a client's hooks go over the road.
func (r road) options(t *testing.T, s situation.Settings) []resthook.Option {
	t.Helper()
	opts, given := r.make(s)
	if given != nil {
		t.Cleanup(given.CloseIdleConnections)
	}
	return opts
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// traced tells net/http when a dial begins, and ends one after 5 seconds, as a
// net.Dialer does.
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
