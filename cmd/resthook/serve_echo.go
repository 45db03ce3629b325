package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// echo mirrors the hooks below a path, but for those that have a rule.
type echo struct {
	prefix string // the path, with a slash at its end
	rules  ruleSet
	mirror http.Handler
	log    *log.Logger
}

func newEcho(base string, rules ruleSet, logger *log.Logger) *echo {
	return &echo{prefix: strings.TrimSuffix(base, "/") + "/", rules: rules, mirror: backend.Echo(), log: logger}
}

// ServeHTTP answers one hook and logs it.
func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	answer := &answerWriter{ResponseWriter: w, status: http.StatusOK}
	method, ok := e.method(r.URL.Path)
	if !ok {
		http.NotFound(answer, r)
		e.note(r.Method+" "+r.URL.Path, "", answer, begun)
		return
	}
	session := sessionOf(r)
	defer func() { e.note(method, session, answer, begun) }() // also where the connection is dropped
	e.answer(answer, r, method)
}

// method is the one path element below the prefix.
func (e *echo) method(path string) (string, bool) {
	method, below := strings.CutPrefix(path, e.prefix)
	return method, below && method != "" && !strings.Contains(method, "/")
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

// answerWriter remembers what the answer was, for the log.
type answerWriter struct {
	http.ResponseWriter

	status  int
	dropped bool
}

// WriteHeader remembers the status.
func (w *answerWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// note logs one hook: what it was and how it was answered, never its payload.
func (e *echo) note(what, session string, w *answerWriter, begun time.Time) {
	took := float64(time.Since(begun).Microseconds()) / 1000
	if session != "" {
		session = " session=" + printable(session)
	}
	if w.dropped {
		e.log.Printf("%s dropped %.1fms%s", printable(what), took, session)
		return
	}
	e.log.Printf("%s %d %.1fms%s", printable(what), w.status, took, session)
}

// sessionOf reads the session's id from the body and puts the body back. A
// body that does not read is for the handler to refuse.
func sessionOf(r *http.Request) string {
	const most = 1 << 20
	head, err := io.ReadAll(io.LimitReader(r.Body, most))
	rest := r.Body
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(head), rest))
	if err != nil {
		return ""
	}
	const longest = 200
	id := identity(head).SessionID
	return id[:min(len(id), longest)]
}
