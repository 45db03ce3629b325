package backend

import (
	"net/http"
	"slices"
	"strconv"
)

// answer is what a handler answers, held until it is whole.
type answer struct {
	header http.Header
	status int // 0 until something is written
	body   []byte
}

func newAnswer() *answer { return &answer{header: http.Header{}} }

// refused is the answer to a hook that no handler has seen.
func refused(err error) *answer {
	a := newAnswer()
	refuse(a, err)
	return a
}

// Header is that of the answer.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader takes the first status that is not just information.
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
		header[name] = slices.Clone(values) // others may be writing the same answer
	}
	if len(a.body) > 0 {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a media server that is gone needs no answer
}
