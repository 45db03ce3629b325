package hooktest

import (
	"context"
	"testing"

	"github.com/wcskit/resthook"
)

// Received is a request with its payload.
type Received[P any] struct {
	Request

	Payload *P
}

// Requests returns the requests of a hook so far with their payloads, in the order of
// arrival; repeats have an Attempt above 1. A request that cannot be read as a P fails the
// test that made the backend, and is left out.
func Requests[P any](b *Backend, hook resthook.Hook[P]) []Received[P] {
	b.t.Helper()
	var all []Received[P]
	for _, r := range b.Requests(hook.Name()) {
		payload, err := hook.Decode(r.Body)
		if err != nil {
			b.t.Errorf("hooktest: %s: %v", r, err)
			continue
		}
		all = append(all, Received[P]{Request: r, Payload: payload})
	}
	return all
}

// Await waits for a request of a hook whose payload matches, and returns the first one,
// which may have come already. If none comes in the time of [Backend.Wait], it ends the
// test with a message that says what came instead. Call it on the test's own goroutine.
//
//	end := hooktest.Await(t, b, resthook.StreamStatusEvent, func(s *resthook.Stream) bool {
//		return s.Status == resthook.StreamUnpublished
//	})
func Await[P any](t testing.TB, b *Backend, hook resthook.Hook[P], match ...func(*P) bool) Received[P] {
	t.Helper()
	got, err := WaitFor(t.Context(), b, hook, match...)
	if err != nil {
		t.Fatalf("hooktest: %v", err)
	}
	return got
}

// WaitFor is [Await] for other goroutines: it returns an error, which wraps the cause of
// ctx's end.
func WaitFor[P any](ctx context.Context, b *Backend, hook resthook.Hook[P], match ...func(*P) bool) (Received[P], error) {
	ctx, cancel := b.limited(ctx)
	defer cancel()
	what := hook.Name()
	if len(match) > 0 {
		what += " that matches"
	}
	for seen := 0; ; {
		requests := b.record.since(seen)
		for _, r := range requests {
			if payload, ok := taken(r, hook, match); ok {
				return Received[P]{Request: r, Payload: payload}, nil
			}
		}
		seen += len(requests)
		if err := b.wait(ctx, what, func() bool { return len(b.record.requests) > seen }); err != nil {
			return Received[P]{}, err
		}
	}
}

// taken returns the payload of a request if it matches.
func taken[P any](r Request, hook resthook.Hook[P], match []func(*P) bool) (*P, bool) {
	if r.Hook != hook.Name() {
		return nil, false
	}
	payload, err := hook.Decode(r.Body)
	if err != nil {
		return nil, false
	}
	for _, matches := range match {
		if !matches(payload) {
			return nil, false
		}
	}
	return payload, true
}
