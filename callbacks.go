package resthook

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"

	"github.com/wcskit/resthook/internal/dispatch"
	"github.com/wcskit/resthook/internal/redact"
)

// What the client reports of its events, and who calls the media server's observers
// and log handlers to do so: the dispatcher. No worker and no Notify ever runs foreign
// code.

const (
	// manyCallbacks is how many calls may wait, however few events the queue may hold.
	manyCallbacks = 10_000
	// lateCallbacks is how many calls are made after Close, for hooks that were refused
	// because of it.
	lateCallbacks = 1_000
)

func newDispatcher(o *options) *dispatch.Dispatcher {
	return dispatch.New(dispatch.Options{
		Waiting: max(manyCallbacks, o.queueLimits.filled().Events),
		Late:    lateCallbacks,
		Dropped: func(calls int) {
			o.logger.LogAttrs(context.Background(), slog.LevelError, "outcomes not reported", slog.Int("count", calls))
		},
		Panicked: o.logPanic,
	})
}

// logPanic logs what a callback panicked with, as net/http does it for a handler.
func (o *options) logPanic(cause any, stack []byte) {
	o.logger.LogAttrs(context.Background(), slog.LevelError, "callback panicked",
		slog.String("panic", label(fmt.Sprint(cause))), slog.String("stack", firstLines(stack, stackLines)))
}

// stackLines is how much of a stack the log gets: the panic and some ten callers.
const stackLines = 30

func firstLines(text []byte, n int) string {
	lines := bytes.SplitAfterN(text, []byte("\n"), n+1)
	return string(bytes.TrimSpace(bytes.Join(lines[:min(n, len(lines))], nil)))
}

// lost reports whether an event that ended so was lost without a line of its own.
func lost(result EventResult) bool {
	return result == EventShed || result == EventExpired || result == EventLeft || result == EventUnstored
}

// logLost logs events that were lost.
func (o *options) logLost(one ending, _ struct{}, count int) {
	o.logger.LogAttrs(context.Background(), slog.LevelError, "events lost",
		slog.String("hook", one.hook), slog.String("reason", string(one.result)), slog.Int("count", count))
}

// logQueueFailed logs that the queue failed; call is what it was asked for.
func (o *options) logQueueFailed(call string, last error, count int) {
	o.logger.LogAttrs(context.Background(), slog.LevelError, "queue failed",
		slog.String("call", call), slog.Int("count", count), slog.String("error", redact.Line(last.Error(), longestCause)))
}

// apart makes a call on a goroutine of its own, which Close waits for: a callback
// that must not wait for others.
func (c *Client) apart(call func()) {
	if !c.events.spawn(func() { c.dispatcher.Call(call) }) {
		c.dispatcher.Miss()
	}
}
