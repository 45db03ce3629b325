package backend

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/wcskit/resthook/internal/jsontext"
)

// defaultBodyLimit is how large a hook may be, in bytes. Real ones have about 4 KiB.
const defaultBodyLimit = 1 << 20

// received is the body of a request whose hook has been read. The next handler can read it
// again, or find the delivery in it.
type received struct {
	*bytes.Reader
	*delivery
}

// Close does nothing.
func (received) Close() error { return nil }

// of returns the delivery of a request that was read before.
func of(r *http.Request) (*delivery, bool) {
	b, ok := r.Body.(received)
	return b.delivery, ok
}

// with is the request with the delivery in its body and its context.
func (d *delivery) with(r *http.Request) *http.Request {
	r = r.WithContext(d.within(r.Context()))
	r.Body = received{bytes.NewReader(d.body), d}
	return r
}

// receive reads a hook: a POST with one JSON object.
func receive(r *http.Request, limit int64) (*delivery, error) {
	if r.Method != http.MethodPost {
		return nil, &refusal{http.StatusMethodNotAllowed, "a hook is a POST"}
	}
	body, err := readBody(r, limit)
	if err != nil {
		return nil, err
	}
	return &delivery{body: body}, checkBody(body)
}

func checkBody(body []byte) error {
	if err := jsontext.Check(body); err != nil {
		return &refusal{http.StatusBadRequest, "not a JSON object: " + err.Error()}
	}
	return nil
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	var text bytes.Buffer
	const most = 16 << 10 // Content-Length may lie, so no more is allocated in advance
	text.Grow(int(min(max(r.ContentLength, 0), most)) + bytes.MinRead)
	_, err := text.ReadFrom(io.LimitReader(r.Body, limit+1))
	tooLarge, ok := errors.AsType[*http.MaxBytesError](err)
	switch {
	case ok:
		limit = tooLarge.Limit
	case err != nil:
		return nil, &refusal{http.StatusBadRequest, "the hook was cut short"}
	case int64(text.Len()) <= limit:
		return text.Bytes(), nil
	}
	return nil, &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("a hook over %d bytes", limit)}
}
