package hooktest

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/names"
)

// Backend is a backend that records every hook. It mirrors each hook, and so allows it,
// unless [On], [Backend.On] or [Backend.OnAny] say otherwise. It can fail on command: a
// script can play any [Behaviour], and [Backend.Down] takes it off the network. It is safe
// for concurrent use.
type Backend struct {
	server

	strict bool
	every  *script // of OnAny; if it is empty, the hook's own script is used

	routes sync.Mutex
	byHook map[string]*script
}

// Option changes how a [Backend] works.
type Option func(*Backend)

// NewBackend starts a backend on a free port of the loopback interface; it is
// closed at the end of the test.
func NewBackend(t testing.TB, options ...Option) *Backend {
	t.Helper()
	return NewBackendOn(t, listen(t), options...)
}

// NewBackendOn is [NewBackend] on a listener of the caller's, mostly one of a
// [Network]. The backend closes it.
func NewBackendOn(t testing.TB, listener net.Listener, options ...Option) *Backend {
	t.Helper()
	return newBackend(t, listener, nil, options)
}

// NewTLSBackend is [NewBackend] with TLS. [Backend.Options] lets a client trust
// it, as far as that is possible.
func NewTLSBackend(t testing.TB, security Security, options ...Option) *Backend {
	t.Helper()
	return NewTLSBackendOn(t, listen(t), security, options...)
}

// NewTLSBackendOn is [NewTLSBackend] on a listener of the caller's.
func NewTLSBackendOn(t testing.TB, listener net.Listener, security Security, options ...Option) *Backend {
	t.Helper()
	return newBackend(t, listener, newIdentity(t, security), options)
}

func newBackend(t testing.TB, listener net.Listener, id *identity, options []Option) *Backend {
	t.Helper()
	b := &Backend{byHook: map[string]*script{}}
	b.every = &script{usual: OnRequest(b.own)}
	b.init(t, listener, id, b)
	for _, option := range options {
		option(b)
	}
	b.begin(listener)
	return b
}

// On starts a new script for a method such as "publishStream", and replaces the old one.
// While the script is empty, the hook is mirrored. The function [On] does the same for a
// hook with its payload type.
//
// A name that is not in the catalogue but similar to one of its names is probably
// misspelled and fails the test, unless [On] was called for a hook of that name.
func (b *Backend) On(hook string) *Route {
	b.t.Helper()
	if meant := b.misspelt(hook); meant != "" {
		b.t.Fatalf("hooktest: the catalogue has no %s; did you mean %s? For a hook of your own with that name call hooktest.On", cut(hook, longName), meant)
	}
	return newRoute(b, hook, untyped)
}

// misspelt is the method of the catalogue that a name was probably meant to be, or empty.
func (b *Backend) misspelt(hook string) string {
	methods := make([]string, 0, len(resthook.Methods()))
	for _, method := range resthook.Methods() {
		methods = append(methods, method.Name())
	}
	if slices.Contains(methods, hook) || b.scriptOf(hook) != nil {
		return ""
	}
	return names.Nearest(hook, methods)
}

// OnAny starts a new script for the next requests, whatever hooks they are, and replaces
// the old one. While the script is empty, and at [RouteOf.Pass], each hook gets the answer
// of its own script. A behaviour that needs no request, such as [AtAccept], is played on
// the next new connection:
//
//	b.OnAny().Stall().Times(3).Pass() // three hooks get no answer, the next ones do
//	b.OnAny()                         // from here on every hook gets its answer
func (b *Backend) OnAny() *Route {
	b.every.clear()
	return &Route{t: b.t, hook: "any hook", decode: untyped, script: b.every}
}

// Requests returns the requests received so far, of all hooks or of the named ones, in the
// order of arrival, repeats included. The bodies and headers are shared, not copied. The
// function [Requests] returns them with their payloads.
func (b *Backend) Requests(hooks ...string) []Request {
	return slices.DeleteFunc(b.record.snapshot(), func(r Request) bool { return !among(r, hooks) })
}

// Sessions returns the ids of the sessions of the hooks received so far, in the order of
// their first hook.
func (b *Backend) Sessions() []string {
	var ids []string
	seen := map[string]bool{"": true}
	for _, r := range b.record.snapshot() {
		if id := r.Session(); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// Wait waits until n requests have been received, of all hooks or of the named ones. They
// may not have been answered yet. A context without a deadline gets one: 10 seconds, or 24
// hours on a [Network], or the time of [Within]. The error says what came instead, and
// wraps the cause of the context's end.
func (b *Backend) Wait(ctx context.Context, n int, hooks ...string) error {
	seen, got := 0, 0
	return b.wait(ctx, named(n, hooks), func() bool {
		for _, r := range b.record.requests[seen:] {
			if among(r, hooks) {
				got++
			}
		}
		seen = len(b.record.requests)
		return got >= n
	})
}

func among(r Request, hooks []string) bool {
	return len(hooks) == 0 || slices.Contains(hooks, r.Hook)
}

func (b *Backend) nextAtAccept() (Behaviour, bool) { return b.every.nextAtAccept() }

// next asks the script for any hook twice. A behaviour that needs no request is played
// before the request is read; the other ones are chosen afterwards.
func (b *Backend) next() Behaviour {
	if early, ok := b.every.nextAtAccept(); ok {
		return early
	}
	return OnRequest(func(c *Conn) {
		b.check(c.Request())
		b.every.next().play(c)
	})
}

// own plays the next behaviour of the hook's own script.
func (b *Backend) own(c *Conn) {
	if s := b.scriptOf(c.Request().Hook); s != nil {
		s.next().play(c)
		return
	}
	mirror(c)
}

func (b *Backend) scriptOf(hook string) *script {
	b.routes.Lock()
	defer b.routes.Unlock()
	return b.byHook[hook]
}
