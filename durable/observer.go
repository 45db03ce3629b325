package durable

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Observer has functions that a store calls, for metrics; a nil one is not called. What becomes of each
// event is told to the client's own observer, see [resthook.WithObserver]. The calls are made on
// goroutines of their own: one that takes long delays nothing, and one that panics is logged.
type Observer struct {
	// Stats gets the figures, once a second. While a call has not returned, no further one is made.
	Stats func(Stats)
	// Estate is called when what a boot has left is over.
	Estate func(EstateEnd)
}

// EstateEnd is an estate that this process has claimed, and that is over now.
type EstateEnd struct {
	Node     string // whose it was
	Boot     string
	Events   int           // that were stored and given out again
	Closings int           // closing events of what was still open
	Took     time.Duration // since it was claimed
}

// WithObserver has functions called, for metrics. Default: none.
func WithObserver(o Observer) Option {
	return func(opts *options) error {
		opts.observer = o
		return nil
	}
}

// tell calls a function of the media server's on a goroutine of its own.
func (s *Store) tell(f func()) {
	go func() {
		defer func() {
			if cause := recover(); cause != nil {
				s.logger.Error("callback panicked", slog.String("panic", fmt.Sprintf("%.200s", fmt.Sprint(cause))), slog.String("stack", string(debug.Stack())))
			}
		}()
		f()
	}()
}

// observe gives the figures to the observer, unless it is still busy with earlier ones.
func (s *Store) observe() {
	if s.opts.observer.Stats == nil || s.observing.Swap(true) {
		return
	}
	s.tell(func() {
		defer s.observing.Store(false)
		s.opts.observer.Stats(s.Stats())
	})
}

func (e *estate) observeEnd() {
	if e.opts.observer.Estate == nil {
		return
	}
	e.mu.Lock()
	end := EstateEnd{Node: e.boot.Node, Boot: e.boot.ID, Events: e.given, Closings: e.closings, Took: time.Since(e.claimed)}
	e.mu.Unlock()
	e.tell(func() { e.opts.observer.Estate(end) })
}
