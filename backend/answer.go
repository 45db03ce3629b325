package backend

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
)

// answer is a handler's answer, kept in memory until it is complete.
type answer struct {
	header http.Header
	status int // 0 until something is written
	body   []byte
}

func newAnswer() *answer { return &answer{header: http.Header{}} }

// refused is the answer for an error.
func refused(err error) *answer {
	a := newAnswer()
	refuse(a, err)
	return a
}

// Header is the answer's header.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the first status, apart from interim ones (1xx).
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
}

// Write keeps the bytes.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, b...)
	return len(b), nil
}

func (a *answer) writeTo(w http.ResponseWriter) {
	header := w.Header()
	for name, values := range a.header {
		header[name] = slices.Clone(values) // the answer may be shared by concurrent repeats
	}
	if len(a.body) > 0 {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // an error means that the media server is gone
}

// refusal is an answer with another status than 200.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

// Deny returns an error with which a handler denies a hook: the answer is 403 with the
// reason as its text, which the media server may log. The error may be wrapped in
// another; the media server still gets the reason only.
func Deny(reason string) error { return &refusal{http.StatusForbidden, reason} }

// refuse writes the status of a refusal. For any other error it writes 500 without the
// error's text, which is not for the media server.
func refuse(w http.ResponseWriter, err error) {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	switch r.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Basic realm="hooks", charset="UTF-8"`)
	}
	http.Error(w, r.reason, r.status)
}
