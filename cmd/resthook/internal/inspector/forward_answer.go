package inspector

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// received reads an answer whole, or says why there is none.
func received(resp *http.Response, err error) (a reply, why string) {
	if err != nil {
		return a, failure(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < http.StatusOK {
		return a, fmt.Sprintf("status %03d is not the end of an answer", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, recording.MaxBody+1))
	switch {
	case err != nil:
		return a, fmt.Sprintf("the answer was cut short after %d bytes: %s", len(body), failure(err))
	case len(body) > recording.MaxBody:
		return a, tooLong("the answer")
	}
	return reply{status: resp.StatusCode, header: endToEnd(resp.Header), body: body, asCame: true}, ""
}

func tooLong(what string) string {
	return fmt.Sprintf("%s is longer than %d bytes", what, recording.MaxBody)
}

// endToEnd is a copy of headers less those that are for one connection alone.
func endToEnd(header http.Header) http.Header {
	header = header.Clone()
	for _, value := range header["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			header.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range [...]string{
		"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	} {
		header.Del(name)
	}
	return header
}

// early passes on the answers that come before the answer: 1xx.
type early struct {
	w http.ResponseWriter // nil for a sender that knows none

	mu   sync.Mutex
	over bool // the answer is there, and w is no longer ours
}

func newEarly(w http.ResponseWriter, r *http.Request) *early {
	if !r.ProtoAtLeast(1, 1) {
		w = nil
	}
	return &early{w: w}
}

// watch returns a context for the request whose early answers are passed on.
func (e *early) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: e.pass})
}

func (e *early) pass(status int, header textproto.MIMEHeader) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over || e.w == nil || status == http.StatusContinue {
		return nil
	}
	to := e.w.Header()
	maps.Copy(to, endToEnd(http.Header(header)))
	e.w.WriteHeader(status)
	clear(to)
	return nil
}

// stop ends the passing on.
func (e *early) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
}
