package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/wcskit/resthook"
)

// tally counts what comes of the hooks of a run. It is safe for concurrent use.
type tally struct {
	mu          sync.Mutex
	sessions    sessionCount
	methods     map[string]*methodTally
	events      eventCount
	faults      map[faultKey]int
	requests    int
	lost        int // requests that failed, those tried again too
	retried     int // hooks that took more than one request
	connections int
	cutting     bool // an interrupt ends what is under way: that is no failure
	cut         int
}

// sessionCount is what became of the sessions.
type sessionCount struct {
	Begun  int `json:"begun"`
	Missed int `json:"missed"`
	LetIn  int `json:"let_in"`
	Denied int `json:"denied"`
	Failed int `json:"failed"`
}

// eventCount is what became of the events.
type eventCount struct {
	Delivered int `json:"delivered"`
	Denied    int `json:"denied"`
	Failed    int `json:"failed"`
	Expired   int `json:"expired"`
	Shed      int `json:"shed"`
	Replaced  int `json:"replaced"`
	Left      int `json:"left"`
}

type faultKey struct{ method, kind string }

// methodTally is what became of one method's hooks.
type methodTally struct {
	ok, denied, failed int
	took               latencies
}

func newTally() *tally {
	return &tally{methods: map[string]*methodTally{}, faults: map[faultKey]int{}}
}

// dueKey finds, in the context of a hook, when it should have begun.
type dueKey struct{}

// observer has the tally told of every hook.
func (t *tally) observer() resthook.Observer {
	return resthook.Observer{Attempt: t.attempt, End: t.hook, Event: t.event}
}

func (t *tally) attempt(_ context.Context, a resthook.Attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests++
	denied := resthook.Denied(&resthook.Error{Kind: "status", Status: a.Status})
	if a.Err != nil && !denied && !t.cutting {
		t.lost++
	}
}

// hook counts a hook that was sent.
func (t *tally) hook(ctx context.Context, o resthook.Outcome) {
	took := o.Duration
	if due, ok := ctx.Value(dueKey{}).(time.Time); ok {
		took = time.Since(due)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over(o.Hook, o.Attempts, took, o.Err)
}

// event counts an event that was queued.
func (t *tally) event(_ context.Context, o resthook.EventOutcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Of one that was replaced a newer one says more: it is neither kept nor lost.
	if o.Result == resthook.EventReplaced || t.over(o.Hook, o.Attempts, o.Queued, eventFault(o)) {
		*t.events.of(o)++
	}
}

// eventFault is why an event was not delivered; shed and left ones are not the
// backend's fault, and have their result for a kind.
func eventFault(o resthook.EventOutcome) error {
	switch o.Result {
	case resthook.EventShed, resthook.EventLeft, resthook.EventExpired:
		return &resthook.Error{Kind: resthook.ErrorKind(o.Result), Err: o.Err}
	case resthook.EventDelivered, resthook.EventFailed, resthook.EventReplaced:
	}
	return o.Err
}

func (c *eventCount) of(o resthook.EventOutcome) *int {
	switch o.Result {
	case resthook.EventDelivered:
		return &c.Delivered
	case resthook.EventExpired:
		return &c.Expired
	case resthook.EventShed:
		return &c.Shed
	case resthook.EventLeft:
		return &c.Left
	case resthook.EventReplaced:
		return &c.Replaced
	case resthook.EventFailed:
	}
	if resthook.Denied(o.Err) {
		return &c.Denied
	}
	return &c.Failed
}

// over counts a hook or an event. It returns false for one that an interrupt
// has cut short; one that was being tried again had failed already.
func (t *tally) over(method string, attempts int, took time.Duration, err error) bool {
	kind := kindOf(err)
	if t.cutting && attempts < 2 && (kind == "canceled" || kind == string(resthook.EventLeft)) {
		t.cut++
		return false
	}
	m := t.method(method)
	m.took.add(took)
	if attempts > 1 {
		t.retried++
	}
	switch {
	case err == nil:
		m.ok++
	case resthook.Denied(err):
		m.denied++
	default:
		m.failed++
		t.faults[faultKey{method, kind}]++
	}
	return true
}

func kindOf(err error) string {
	if failed, ok := errors.AsType[*resthook.Error](err); ok {
		return string(failed.Kind)
	}
	return ""
}

func (t *tally) method(name string) *methodTally {
	m := t.methods[name]
	if m == nil {
		m = &methodTally{}
		t.methods[name] = m
	}
	return m
}

// begun counts a session in, and returns how many have begun.
func (t *tally) begun() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions.Begun++
	return t.sessions.Begun
}

// connected counts what its connect came to.
func (t *tally) connected(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.sessions.LetIn++
	case resthook.Denied(err):
		t.sessions.Denied++
	case !t.cutting:
		t.sessions.Failed++
	}
}

// dialed counts a connection.
func (t *tally) dialed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.connections++
}

// due says how many sessions should have begun.
func (t *tally) due(sessions int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions.Missed = max(sessions-t.sessions.Begun, 0)
}

// interrupt says that what is cut short from now on is no failure.
func (t *tally) interrupt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cutting = true
}

// counts is how far the run is.
func (t *tally) counts() (sessions, hooks, lost int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range t.methods {
		hooks += m.ok + m.denied + m.failed
	}
	return t.sessions.Begun, hooks, t.lost
}
