package backend

import (
	"errors"
	"net/http"
)

// refusal is an answer with another status than 200.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

// Deny is the error with which a handler says no: the answer is 403 with the
// reason as its text, which the media server may log. Wrapped in another error
// it denies as well, and the media server still reads the reason alone.
func Deny(reason string) error { return &refusal{http.StatusForbidden, reason} }

// refuse writes the status of a refusal; what went wrong inside the backend is
// not for the media server to read.
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
