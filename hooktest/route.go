package hooktest

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// Route is the script of one method on a [Backend]. Each call adds one answer
// and returns the same Route; the n-th request gets the n-th answer, and the
// last one repeats for ever:
//
//	backend.On("publishStream").Status(503, "").Times(2).Deny(403)
//
// A mistake in a script fails the test at once. Scripts may be added to while
// requests come in.
type Route struct {
	t    testing.TB
	hook string
	done <-chan struct{}

	mu      sync.Mutex
	replies []reply
	dealt   int
	delay   time.Duration // before the answer that is added next
}

// Mirror answers 200 with the body of the request.
func (r *Route) Mirror() *Route { return r.add(mirror) }

// Answer answers 200 with a body, sent as it is and called application/json.
func (r *Route) Answer(body string) *Route {
	r.t.Helper()
	return r.Status(http.StatusOK, body)
}

// Deny answers with a status from 300 on and an empty object.
func (r *Route) Deny(status int) *Route {
	r.t.Helper()
	if status < http.StatusMultipleChoices {
		r.t.Fatalf("hooktest: %s: status %d denies nothing", r.hook, status)
	}
	return r.Status(status, "{}")
}

// Status answers with any final status and body. The header holds further lines
// such as "Retry-After: 1".
func (r *Route) Status(status int, body string, header ...string) *Route {
	r.t.Helper()
	if status < http.StatusOK || status > 999 {
		r.t.Fatalf("hooktest: %s: %d is not a final status", r.hook, status)
	}
	return r.add(func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		send(w, status, []byte(body), header...)
	})
}

// Overwrite mirrors the request with some of its top-level fields changed or
// added. A request that is not a JSON object gets status 400.
func (r *Route) Overwrite(fields map[string]any) *Route {
	r.t.Helper()
	changes, err := rawFields(fields)
	if err != nil {
		r.t.Fatalf("hooktest: %s: %v", r.hook, err)
	}
	return r.add(func(w http.ResponseWriter, _ *http.Request, body []byte) {
		changed, err := overwrite(body, changes)
		if err != nil {
			send(w, http.StatusBadRequest, []byte("{}"))
			return
		}
		send(w, http.StatusOK, changed)
	})
}

// Stall does not answer before the client hangs up or the backend is closed.
func (r *Route) Stall() *Route {
	return r.add(func(w http.ResponseWriter, request *http.Request, _ []byte) {
		select {
		case <-request.Context().Done():
		case <-r.done:
			drop(w)
		}
	})
}

// Drop closes the connection without an answer.
func (r *Route) Drop() *Route {
	return r.add(func(w http.ResponseWriter, _ *http.Request, _ []byte) { drop(w) })
}

// Handle leaves the answer to a handler, which can read the body once more. The
// end of the test waits for it.
func (r *Route) Handle(handler http.HandlerFunc) *Route {
	return r.add(func(w http.ResponseWriter, request *http.Request, _ []byte) { handler(w, request) })
}

// Delay lets time pass before the answer that is added next, or else before the
// request is mirrored. A client that hangs up, or the end of the test, ends it
// early.
func (r *Route) Delay(d time.Duration) *Route {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.delay += d
	return r
}

// Times makes the answer added last serve n requests instead of one.
func (r *Route) Times(n int) *Route {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.replies) == 0 || n < 1 {
		r.t.Fatalf("hooktest: %s: no answer to give %d times", r.hook, n)
	}
	for range n - 1 {
		r.replies = append(r.replies, r.replies[len(r.replies)-1])
	}
	return r
}

func (r *Route) add(next reply) *Route {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replies = append(r.replies, r.late(r.delay, next))
	r.delay = 0
	return r
}

// next deals the answers out; a Delay at the end of a script is an answer too.
func (r *Route) next() reply {
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := r.replies
	if len(rest) == 0 || r.delay > 0 {
		rest = append(slices.Clip(rest), r.late(r.delay, mirror))
	}
	r.dealt++
	return rest[min(r.dealt, len(rest))-1]
}

func (r *Route) late(d time.Duration, then reply) reply {
	if d <= 0 {
		return then
	}
	return func(w http.ResponseWriter, request *http.Request, body []byte) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			then(w, request, body)
		case <-request.Context().Done():
		case <-r.done:
			drop(w)
		}
	}
}
