package resthook

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/wcskit/resthook/internal/backoff"
)

const (
	defaultBackoff    = 50 * time.Millisecond
	defaultMaxBackoff = time.Second
)

// retryPolicy says what is tried again, and when (docs/protocol.md, 0.2).
type retryPolicy struct {
	count    int // re-tries: attempts less one
	min, max time.Duration
	statuses []int
	timeouts bool
}

// again reports whether the failure may be repeated at all.
func (r retryPolicy) again(f *failure, status int) bool {
	if f.waited() {
		return false // all connections are in use: another attempt would wait for them too
	}
	switch f.kind {
	case faultUnreachable, faultNoAnswer:
		return true
	case faultTimeout:
		return r.timeouts
	case faultStatus:
		return slices.Contains(r.statuses, status)
	}
	return false
}

// wait returns how long to wait before the n-th repeat, from 1, as a range: the
// time is a random one in its upper half, so that the clients of a backend that
// comes back do not all come at once.
func (r retryPolicy) wait(n int, at *attempt) (least, most time.Duration) {
	if at.failure.stale() && n == 1 {
		return 0, 0
	}
	most = backoff.After(n, r.min, r.max)
	least = most / 2
	if asked := min(retryAfter(at.Header.Get("Retry-After"), time.Now()), r.max); asked > least {
		return asked, max(asked, most)
	}
	return least, most
}

// retryAfter reads the header of that name: seconds or a date. Anything else,
// and what lies in the past, is 0. It never overflows.
func retryAfter(header string, now time.Time) time.Duration {
	const most = 1<<31 - 1
	if seconds, err := strconv.ParseUint(header, 10, 64); err == nil {
		return time.Duration(min(seconds, most)) * time.Second
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(0, date.Sub(now))
}

// fits reports whether an attempt after that wait would begin before the
// context's deadline.
func fits(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > wait
}
