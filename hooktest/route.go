package hooktest

import (
	"net/http"
	"testing"
	"time"

	"github.com/wcskit/resthook"
)

// RouteOf is the script of one hook on a [Backend], with P the type of its
// payload. Each call adds one answer and returns the same RouteOf; the n-th
// request gets the n-th answer, and the last one repeats for ever:
//
//	hooktest.On(b, resthook.PublishStream).Status(503, "").Times(2).Deny(403).Mirror()
//
// A mistake in a script fails the test at once. Answers may be added while requests come
// in. A function in an answer is called on the goroutine of the connection: there it may
// call Error, but not Fatal.
type RouteOf[P any] struct {
	t      testing.TB
	hook   string
	decode func(body []byte) (*P, error)
	script *script
}

// Route is the script of a hook that is given by its name only.
type Route = RouteOf[map[string]any]

// On starts a new script for a hook, and replaces the old one. While the script is empty,
// the hook is mirrored:
//
//	hooktest.On(b, resthook.PublishStream).Change(func(s *resthook.Stream) { s.Name = "live/" + s.Name })
func On[P any](b *Backend, hook resthook.Hook[P]) *RouteOf[P] {
	return newRoute(b, hook.Name(), hook.Decode)
}

func newRoute[P any](b *Backend, hook string, decode func([]byte) (*P, error)) *RouteOf[P] {
	s := &script{usual: OnRequest(mirror)}
	b.routes.Lock()
	defer b.routes.Unlock()
	b.byHook[hook] = s
	return &RouteOf[P]{t: b.t, hook: hook, decode: decode, script: s}
}

// Play plays behaviours, one for each request: they can do everything that can go wrong at
// the socket. A behaviour for the time before the request, such as [AtFirstByte], is played
// after it, since only the request says which hook it is; but see [Backend.OnAny].
func (r *RouteOf[P]) Play(behaviours ...Behaviour) *RouteOf[P] {
	r.script.add(behaviours...)
	return r
}

// Mirror answers 200 with the body of the request, and so allows the hook.
func (r *RouteOf[P]) Mirror() *RouteOf[P] { return r.Play(OnRequest(mirror)) }

// Pass does what the backend does without this script: it mirrors or, after
// [Backend.OnAny], uses the hook's own script.
func (r *RouteOf[P]) Pass() *RouteOf[P] { return r.Play(r.script.usual) }

// Answer answers 200 with a body, which is sent as it is with the type application/json.
func (r *RouteOf[P]) Answer(body string) *RouteOf[P] {
	r.t.Helper()
	return r.Status(http.StatusOK, body)
}

// Deny answers with a status of 300 or more, and with the reason as text or else an empty
// object.
func (r *RouteOf[P]) Deny(status int, reason ...string) *RouteOf[P] {
	r.t.Helper()
	if status < http.StatusMultipleChoices {
		r.t.Fatalf("hooktest: %s: status %d denies nothing", r.hook, status)
	}
	if len(reason) == 0 {
		return r.Status(status, "{}")
	}
	return r.Status(status, reason[0], textType)
}

// Status answers with any final status and body. header has further lines such as
// "Retry-After: 1".
func (r *RouteOf[P]) Status(status int, body string, header ...string) *RouteOf[P] {
	r.t.Helper()
	if status < http.StatusOK || status > 999 {
		r.t.Fatalf("hooktest: %s: %d is not a final status", r.hook, status)
	}
	return r.Play(Answer(status, body, header...))
}

// Overwrite mirrors the request with some of its top-level fields changed or
// added. A request that is not a JSON object gets status 400.
func (r *RouteOf[P]) Overwrite(fields map[string]any) *RouteOf[P] {
	r.t.Helper()
	changes, err := rawFields(fields)
	if err != nil {
		r.t.Fatalf("hooktest: %s: %v", r.hook, err)
	}
	return r.Play(overwriting(changes))
}

// Policy mirrors a connect and adds a restClientConfig. Rules that [resthook.NewPolicy]
// rejects fail the test.
func (r *RouteOf[P]) Policy(rules map[resthook.Method]resthook.Rule) *RouteOf[P] {
	r.t.Helper()
	policy, err := resthook.NewPolicy(rules)
	if err != nil {
		r.t.Fatalf("hooktest: %s: %v", r.hook, err)
	}
	return r.Overwrite(map[string]any{"restClientConfig": policy})
}

// Change answers with the payload as change leaves it.
func (r *RouteOf[P]) Change(change func(*P)) *RouteOf[P] {
	return r.Reply(func(payload *P) (*P, error) {
		change(payload)
		return payload, nil
	})
}

// Reply answers with the payload that a function returns; nil mirrors the request. An error
// denies with status 403 and its text. A request that cannot be read as a P fails the test
// and gets status 400.
func (r *RouteOf[P]) Reply(reply func(*P) (*P, error)) *RouteOf[P] {
	return r.Play(OnRequest(func(c *Conn) {
		payload, err := r.decode(c.Request().Body)
		if err != nil {
			r.t.Errorf("hooktest: %s: %v", c.Request(), err)
			c.Send(answer(http.StatusBadRequest, "{}"))
			return
		}
		c.Send(replied(c, payload, reply))
	}))
}

// Handle answers with a handler. The answer is sent when the handler returns; the end of the
// test waits for that. The request's context ends when the client closes the connection or
// the backend goes down.
func (r *RouteOf[P]) Handle(handler http.HandlerFunc) *RouteOf[P] { return r.Play(handled(handler)) }

// Stall does not answer; it waits until the client closes the connection or the backend is
// closed.
func (r *RouteOf[P]) Stall() *RouteOf[P] { return r.Play(AfterRequest(Stall)) }

// Drop closes the connection without an answer.
func (r *RouteOf[P]) Drop() *RouteOf[P] { return r.Play(AfterRequest(Close)) }

// Delay waits before the answer that is added next or, if none is, before
// [RouteOf.Pass]. It ends early if the client closes the connection or the test ends.
func (r *RouteOf[P]) Delay(d time.Duration) *RouteOf[P] {
	r.script.wait(d)
	return r
}

// Times repeats the last answer for n requests in all.
func (r *RouteOf[P]) Times(n int) *RouteOf[P] {
	r.t.Helper()
	if !r.script.repeat(n) {
		r.t.Fatalf("hooktest: %s: no answer to give %d times", r.hook, n)
	}
	return r
}
