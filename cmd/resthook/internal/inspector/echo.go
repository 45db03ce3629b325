package inspector

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// echo mirrors the hooks below a path, but for those that have a rule, and
// tells its sinks of each.
type echo struct {
	prefix string // the path, with a slash at its end
	rules  *rulebook
	mirror http.Handler
	sinks  []sink
	log    *log.Logger
}

func newEcho(base string, rules *rulebook, logger *log.Logger, sinks ...sink) *echo {
	return &echo{
		prefix: strings.TrimSuffix(base, "/") + "/",
		rules:  rules, mirror: backend.Echo(),
		sinks: append([]sink{logTo(logger)}, sinks...), log: logger,
	}
}

// ServeHTTP answers one hook.
func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := &answerWriter{ResponseWriter: w, status: http.StatusOK}
	method, ok := e.method(r.URL.Path)
	if !ok {
		begun := time.Now()
		http.NotFound(answer, r)
		logLine(e.log, r.Method+" "+r.URL.Path, "404", time.Since(begun), "")
		return
	}
	x := receive(r, method)
	defer func() { e.tell(x.answered(answer)) }() // also where the connection is dropped
	e.answer(answer, r, x)
}

// method is the one path element below the prefix.
func (e *echo) method(path string) (string, bool) {
	method, below := strings.CutPrefix(path, e.prefix)
	return method, below && method != "" && !strings.Contains(method, "/")
}

func (e *echo) tell(x exchange) {
	for _, told := range e.sinks {
		told(x)
	}
}

func (e *echo) answer(w *answerWriter, r *http.Request, x exchange) {
	rule := e.rules.of(x.Method)
	if !wait(w, r, rule.delay) || rule.drop {
		w.dropped = true
		panic(http.ErrAbortHandler) // net/http's way to drop a connection
	}
	e.under(rule, x.Method, x.Request).ServeHTTP(w, r)
}

// wait lets d pass. It returns false if the client or the server goes first.
func wait(w http.ResponseWriter, r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	conn := http.NewResponseController(w)
	_ = conn.SetWriteDeadline(time.Now().Add(d + writeTime))
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// under answers as the rule says, but for its delay and its break. Names that
// no hook can have are mirrored.
func (e *echo) under(r rule, method string, request []byte) http.Handler {
	hook, err := resthook.NewHook[map[string]json.RawMessage](method, resthook.KindDirect)
	if err != nil || r.mirrors() {
		return e.mirror
	}
	mux := backend.NewMux()
	backend.Handle(mux, hook, r.handler(request))
	return mux
}

// again answers a hook that came before, at once and without anybody being
// told.
func (e *echo) again(ctx context.Context, x recording.Exchange) recording.Exchange {
	rule := e.rules.of(x.Method)
	answer := &answerWriter{ResponseWriter: nowhere{}, status: http.StatusOK, dropped: rule.drop}
	if !rule.drop {
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/" + x.Method}, Body: io.NopCloser(bytes.NewReader(x.Request))}
		e.under(rule, x.Method, x.Request).ServeHTTP(answer, r.WithContext(ctx))
	}
	return exchange{Exchange: x}.answered(answer).Exchange
}

// nowhere is where an answer goes that nobody waits for.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}
