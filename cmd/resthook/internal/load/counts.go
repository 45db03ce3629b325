package load

import (
	"time"

	"github.com/wcskit/resthook"
)

// sessionCount counts sessions by their results.
type sessionCount struct {
	Begun      int `json:"begun"`
	Publishers int `json:"publishers"`
	Missed     int `json:"missed"`
	LetIn      int `json:"let_in"`
	Denied     int `json:"denied"`
	Failed     int `json:"failed"`
	Cut        int `json:"cut"`
}

// hookCount counts hooks by their results.
type hookCount struct {
	Count  int `json:"count"`
	OK     int `json:"ok"`
	Denied int `json:"denied"`
	Failed int `json:"failed"`
	Cut    int `json:"cut"`
}

func (c *hookCount) add(other hookCount) {
	c.Count += other.Count
	c.OK += other.OK
	c.Denied += other.Denied
	c.Failed += other.Failed
	c.Cut += other.Cut
}

// eventCount counts events by their results.
type eventCount struct {
	Delivered int `json:"delivered"`
	Denied    int `json:"denied"`
	Failed    int `json:"failed"`
	Expired   int `json:"expired"`
	Shed      int `json:"shed"`
	Replaced  int `json:"replaced"`
	Left      int `json:"left"`
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
	case resthook.EventFailed, resthook.EventRefused:
	}
	if denied(o.Err) {
		return &c.Denied
	}
	return &c.Failed
}

// begin counts a session that begins now and was due at a time.
func (t *tally) begin(publishes bool, due time.Time) {
	late := time.Since(due)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions.Begun++
	if publishes {
		t.sessions.Publishers++
	}
	t.late.Add(late)
}

// connected counts the result of a session's connect.
func (t *tally) connected(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.sessions.LetIn++
	case denied(err):
		t.sessions.Denied++
	case t.cutting && isCut(kindOf(err)):
		t.sessions.Cut++
	default:
		t.sessions.Failed++
	}
}

// over counts a session that is over, and how long it lasted.
func (t *tally) over(lasted time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	t.lasted += lasted
}

// due notes how many sessions should have begun.
func (t *tally) due(sessions int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions.Missed = max(sessions-t.sessions.Begun, 0)
}

// dialed counts a connection.
func (t *tally) dialed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.connections++
}

// cutFromNow notes that hooks cut short from now on are not failures.
func (t *tally) cutFromNow() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cutting = true
}

// progress is what the progress line shows.
type progress struct{ sessions, over, hooks, lost int }

func (t *tally) progress() progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := progress{sessions: t.sessions.Begun, over: t.done, lost: t.lost}
	for _, m := range t.methods {
		r.hooks += m.Count
	}
	return r
}
