package inspector

import (
	"math"
	"net/http"
	"time"
)

// row is a hook in the page's list.
type row struct {
	Number       uint64   `json:"number"` // 0 while it is in flight
	Key          string   `json:"key"`    // the same while it is in flight and afterwards
	Time         float64  `json:"time"`   // Unix time in milliseconds
	Method       string   `json:"method"`
	Path         string   `json:"path,omitempty"` // if it is not a hook
	Verb         string   `json:"verb,omitempty"` // if it is not POST
	Name         string   `json:"name"`
	Status       string   `json:"status"` // the payload's
	Caller       string   `json:"caller"`
	Session      string   `json:"session"`
	MediaSession string   `json:"mediaSession"`
	AppKey       string   `json:"appKey"`
	Remote       string   `json:"remote"`
	Code         int      `json:"code"`              // the HTTP status; 0: dropped
	Took         float64  `json:"took"`              // in milliseconds
	Asked        float64  `json:"asked,omitempty"`   // how long the backend took
	Since        *float64 `json:"since,omitempty"`   // since the session's previous hook
	Attempt      int      `json:"attempt,omitempty"` // 0: without a Webhook-Id
	Result       string   `json:"result"`            // empty while it is in flight
	Fault        string   `json:"fault"`
	Blame        string   `json:"blame"`
	Rule         string   `json:"rule"`
	RuleID       string   `json:"ruleId"`
	Changed      []string `json:"changed"`
	Signature    string   `json:"signature"`
	Size         int      `json:"size"`
}

// row is the view of a hook that is over.
func (e *entry) row() row {
	v, _ := e.judged()
	return v
}

// judged is the row and the verdict that it shows.
func (e *entry) judged() (row, verdict) {
	const most = 20
	v, verdict := e.request(), e.verdict()
	v.Number, v.Attempt = e.number, e.attempt
	v.Took, v.Code, v.Result = milliseconds(e.Duration), e.Status, verdict.result
	v.Fault, v.Blame = start(verdict.fault.String()), verdict.fault.blame
	for _, c := range verdict.changes[:min(len(verdict.changes), most)] {
		v.Changed = append(v.Changed, start(c.Field))
	}
	if e.previous {
		since := milliseconds(e.since)
		v.Since = &since
	}
	return v, verdict
}

// pendingRow is the view of a hook in flight.
func (x *exchange) pendingRow(now time.Time) row {
	v := x.request()
	v.Took = milliseconds(now.Sub(x.Time))
	return v
}

// request is the part of the row that the request tells, before there is an answer.
func (x *exchange) request() row {
	v := row{
		Key: x.key, Time: float64(x.Time.UnixMicro()) / 1000, Method: start(x.Method),
		Name: x.name, Status: x.state, Caller: x.caller, Session: x.session, MediaSession: x.mediaSession, AppKey: x.appKey,
		Remote: x.remote, Asked: milliseconds(x.asked), Rule: x.rule.label(), RuleID: x.rule.ident(),
		Changed: []string{}, Signature: x.signed.verdict, Size: x.size,
	}
	if x.notHook != "" {
		v.Path = start(x.path)
	}
	if x.verb != http.MethodPost {
		v.Verb = start(x.verb)
	}
	return v
}

func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d.Microseconds())) / 1000
}
