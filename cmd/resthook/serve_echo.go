package main

import (
	"encoding/json"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// echo mirrors the hooks below a path, but for those that have a rule, and
// tells its sinks of each.
type echo struct {
	prefix string // the path, with a slash at its end
	rules  ruleSet
	mirror http.Handler
	sinks  []sink
	log    *log.Logger
}

func newEcho(base string, rules ruleSet, logger *log.Logger, sinks ...sink) *echo {
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
	e.answer(answer, r, method)
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

func (e *echo) answer(w *answerWriter, r *http.Request, method string) {
	rule, found := e.rules.of(method)
	if !found {
		e.mirror.ServeHTTP(w, r)
		return
	}
	if !wait(r, rule.delay) || rule.drop {
		w.dropped = true
		panic(http.ErrAbortHandler) // net/http's way to drop a connection
	}
	rule.handler(method, e.mirror).ServeHTTP(w, r)
}

// wait lets d pass. It returns false if the client or the server goes first.
func wait(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// handler answers as the rule says; other is for names that no hook can have.
func (r rule) handler(method string, other http.Handler) http.Handler {
	hook, err := resthook.NewHook[map[string]json.RawMessage](method, resthook.KindDirect)
	if err != nil {
		return other
	}
	mux := backend.NewMux()
	backend.Handle(mux, hook, r.apply)
	return mux
}
