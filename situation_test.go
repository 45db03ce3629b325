package resthook_test

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/h1/situation"
)

// differing names the situations in which a hook over net/http comes to something
// else, and why.
func differing() map[string]string {
	return map[string]string{
		"closes in the status line": "net/http does not tell that the status line was cut, so the hook is not tried again",
	}
}

// In no situation a hook over the client's own transport comes to less than over
// net/http's: retries and the judgement of answers included.
func TestHooksNeverWorseThanOverNetHTTP(t *testing.T) {
	t.Parallel()
	for _, s := range situation.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			if reason, ok := differing()[s.Name]; ok {
				s.Other = reason
			}
			s.Compare(t, hooksOver(t, ownRoad), hooksOver(t, netHTTPRoad))
		})
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

// hooks is a client that posts each body as a hook, whose answer is taken whole.
type hooks struct {
	client *resthook.Client
	hook   resthook.Hook[map[string]any]
	given  *http.Transport // nil over the client's own
}

func hooksOver(t *testing.T, over road) func(situation.Settings) situation.Client {
	t.Helper()
	return func(s situation.Settings) situation.Client {
		cfg := resthook.DefaultConfig()
		cfg.MaxConnections, cfg.RequestTimeout = s.Limit, s.Timeout
		opts, given := over.make(s)
		opts = append(opts, resthook.WithApp(resthook.App{URL: s.URL}), resthook.WithLogger(slog.New(slog.DiscardHandler)))
		client, err := resthook.NewClient(cfg, opts...)
		require.NoError(t, err)
		hook, err := resthook.NewHook[map[string]any]("ask", resthook.KindConnect)
		require.NoError(t, err)
		return hooks{client: client, hook: hook, given: given}
	}
}

func (h hooks) Close() {
	_ = h.client.Close(context.Background())
	if h.given != nil {
		h.given.CloseIdleConnections()
	}
}

func (h hooks) Post(ctx context.Context, body string) situation.Answer {
	begun := time.Now()
	o, err := h.hook.SendJSON(ctx, h.client, []byte(body))
	if err == nil {
		err = o.Err
	}
	return situation.Answer{Sent: body, Status: o.Status, Body: string(o.Payload), Class: priorityOf(err), Err: err, Took: time.Since(begun)}
}

func priorityOf(err error) situation.Class {
	for _, c := range []struct {
		err   error
		class situation.Class
	}{
		{resthook.ErrTimeout, situation.TimedOut},
		{resthook.ErrCanceled, situation.TimedOut},
		{resthook.ErrUnreachable, situation.Unreachable},
		{resthook.ErrNoAnswer, situation.Lost},
		{resthook.ErrTLS, situation.Insecure},
		{resthook.ErrBody, situation.Malformed},
	} {
		if errors.Is(err, c.err) {
			return c.class
		}
	}
	return situation.Answered // a status is an answer
}
