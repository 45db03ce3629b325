package load

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/latency"
)

// tally counts the results of the sessions and hooks of a run. It is safe for
// concurrent use.
type tally struct {
	mu          sync.Mutex
	sessions    sessionCount
	done        int           // sessions that are over
	lasted      time.Duration // the sum over these sessions
	late        latency.Histogram
	methods     map[string]*methodTally
	events      eventCount
	faults      map[faultKey]int
	requests    int
	lost        int // failed requests, including those that were retried
	retried     int // hooks that took more than one request
	connections int
	cutting     bool              // hooks in flight are being cut short
	failing     map[string]string // the error kind of the last attempt of hooks that may be retried, by id
}

type faultKey struct{ method, kind string }

// methodTally counts the results of one method's hooks.
type methodTally struct {
	hookCount

	statuses map[string]int    // answers, by status code
	answered latency.Histogram // how long the requests took
	queued   latency.Histogram // of events: the time since they were queued
}

func newTally() *tally {
	return &tally{methods: map[string]*methodTally{}, faults: map[faultKey]int{}, failing: map[string]string{}}
}

// observer counts every hook in the tally.
func (t *tally) observer() resthook.Observer {
	return resthook.Observer{Attempt: t.attempt, End: t.hook, Event: t.event}
}

// attempt counts a request. A request that was cut short says nothing about the backend.
func (t *tally) attempt(_ context.Context, a resthook.Attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests++
	m := t.method(a.Hook)
	if a.Status != 0 {
		m.statuses[strconv.Itoa(a.Status)]++
	}
	kind := kindOfAttempt(a.Err)
	cut := t.cutting && isCut(kind)
	if (a.Status != 0 || kind == "timeout") && !cut {
		m.answered.Add(a.Duration)
	}
	if a.Err != nil && !cut && (kind != "status" || !denial(a.Status)) {
		t.lost++
		t.failing[a.ID] = kind
	}
}

// hook counts a hook that was sent.
func (t *tally) hook(_ context.Context, o resthook.Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(o.Hook, o.ID, o.Attempts, o.Err)
}

// event counts an event that was queued. An event replaced by a newer one is neither
// delivered nor lost.
func (t *tally) event(_ context.Context, o resthook.EventOutcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if o.Result == resthook.EventReplaced {
		t.events.Replaced++
		return
	}
	if !t.end(o.Hook, o.ID, o.Attempts, eventFault(o)) {
		return
	}
	*t.events.of(o)++
	switch o.Result {
	case resthook.EventDelivered, resthook.EventFailed, resthook.EventExpired:
		t.method(o.Hook).queued.Add(o.Queued)
	case resthook.EventShed, resthook.EventReplaced, resthook.EventLeft, resthook.EventRefused:
	}
}

// end counts a hook or an event that is over. It returns false if it was cut short. A
// retry that was cut short counts as failed: an earlier attempt had failed.
func (t *tally) end(method, id string, attempts int, err error) bool {
	m, kind := t.method(method), kindOf(err)
	failed := t.failing[id]
	delete(t.failing, id)
	m.Count++
	if attempts > 1 {
		t.retried++
	}
	switch {
	case err == nil:
		m.OK++
	case denied(err):
		m.Denied++
	case t.cutting && isCut(kind) && failed == "":
		m.Cut++
		return false
	case t.cutting && isCut(kind):
		m.Failed++
		t.faults[faultKey{method, failed}]++
	default:
		m.Failed++
		t.faults[faultKey{method, kind}]++
	}
	return true
}

func (t *tally) method(name string) *methodTally {
	m := t.methods[name]
	if m == nil {
		m = &methodTally{statuses: map[string]int{}}
		t.methods[name] = m
	}
	return m
}
