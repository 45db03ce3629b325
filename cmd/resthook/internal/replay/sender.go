package replay

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/wire"
)

// keeper is a transport that keeps the bodies of answers. The library returns the payload
// that the media server would go on with, and a replay compares the original answers.
type keeper struct{ *http.Transport }

func newKeeper(dial wire.Dial, secure *tls.Config, connections int, reuse bool) keeper {
	return keeper{&http.Transport{
		DialContext: dial, TLSClientConfig: secure, TLSHandshakeTimeout: 5 * time.Second,
		MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections, IdleConnTimeout: time.Minute,
		DisableKeepAlives: !reuse, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10,
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1, as the library
	}}
}

// answerKey is the context key for the *keptAnswer of a hook.
type answerKey struct{}

// RoundTrip sends a request and keeps a copy of the answer's body as it is read.
func (w keeper) RoundTrip(r *http.Request) (*http.Response, error) {
	kept, _ := r.Context().Value(answerKey{}).(*keptAnswer)
	resp, err := w.Transport.RoundTrip(r)
	if err != nil || kept == nil {
		return resp, err
	}
	resp.Body = &keptBody{resp.Body, kept}
	return resp, nil
}

// keptAnswer is the body of an answer, up to recording.MaxBody.
type keptAnswer struct {
	body []byte
	cut  bool // the connection was lost before the end
}

// keptBody is a body that copies what is read from it.
type keptBody struct {
	io.ReadCloser

	kept *keptAnswer
}

// Read reads and copies.
func (b *keptBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.kept.body = append(b.kept.body, p[:min(n, recording.MaxBody-len(b.kept.body))]...)
	b.kept.cut = b.kept.cut || err != nil && !errors.Is(err, io.EOF)
	return n, err
}

// answer is the result of a hook that was sent again.
type answer struct {
	status   int // 0 if no answer came
	body     []byte
	duration time.Duration
	fault    *resthook.Error // why no answer came; nil if one did
}

// Sender sends recorded hooks to a backend.
type Sender struct {
	client *resthook.Client
	// once does not retry. It sends hooks whose connection was dropped: the recording has
	// each attempt.
	once *resthook.Client
}

// NewSender makes the two clients with client. They use dial and the TLS config, and at
// most so many connections. A nil config is the default.
func NewSender(cfg resthook.Config, connections int, dial wire.Dial, config *tls.Config,
	client func(resthook.Config, ...resthook.Option) (*resthook.Client, error),
) (*Sender, error) {
	retrying, err := client(cfg, resthook.WithTransport(newKeeper(dial, config, connections, true)))
	if err != nil {
		return nil, err
	}
	cfg.RetryCount = 0
	once, err := client(cfg, resthook.WithTransport(newKeeper(dial, config, connections, false)))
	if err != nil {
		return nil, err
	}
	return &Sender{client: retrying, once: once}, nil
}

// Close closes both clients.
func (s *Sender) Close(ctx context.Context) {
	_ = s.client.Close(ctx)
	_ = s.once.Close(ctx)
}

// send sends a hook and returns its answer.
func (s *Sender) send(ctx context.Context, h hook) answer {
	client := s.client
	if h.Status == 0 {
		client = s.once
	}
	kept := &keptAnswer{}
	outcome, err := h.method.SendJSON(context.WithValue(ctx, answerKey{}, kept), client, h.Request)
	if err == nil {
		err = outcome.Err
	}
	is := answer{status: outcome.Status, body: kept.body, duration: outcome.Duration}
	if fault, ok := errors.AsType[*resthook.Error](err); ok && (kept.cut || !answered(fault)) {
		is.fault, is.status = fault, 0
	}
	return is
}

// answered reports whether a complete answer came.
func answered(fault *resthook.Error) bool {
	policy := errors.Is(fault, resthook.ErrPolicy) // the answer to connect came, but its policy is wrong
	return fault.Status != 0 && (policy || errors.Is(fault, resthook.ErrStatus) || errors.Is(fault, resthook.ErrBody))
}
