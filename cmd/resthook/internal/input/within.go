package input

import (
	"context"
	"errors"
)

// ErrInterrupted is a signal that came before all was read.
var ErrInterrupted = errors.New("interrupted")

// Within waits for read, but no longer than ctx lasts: a terminal or a pipe may never
// end.
func Within[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return *new(T), ErrInterrupted
	}
}
