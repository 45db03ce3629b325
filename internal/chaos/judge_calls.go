package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wcskit/resthook"
)

// fault is why a hook failed, also if it was only logged.
func (c *call) fault() error {
	if c.err == nil && c.outcome != nil {
		return c.outcome.Err
	}
	return c.err
}

func (c *call) String() string {
	within := "its own time"
	if !c.deadline.IsZero() {
		within = c.deadline.Sub(c.began).String()
	}
	return fmt.Sprintf("%s %d of app %d in %v of %s: %d attempts, err %v", c.hook, c.nonce, c.app, c.ended.Sub(c.began).Round(time.Millisecond),
		within, len(c.attempts), c.fault())
}

func (s *storm) judgeCall(c *call, got []*receipt) {
	if c.fault() == nil {
		s.judgeAllowed(c, got)
	} else {
		s.judgeFailed(c, got)
	}
	s.judgeAttempts(c, got)
	s.judgeLosses(c, got)
	s.judgeTime(c)
}

// judgeLosses finds attempts that got a whole status line but were reported as ended before
// one. It skips calls with a slow attempt: its request may have been read during the next.
func (s *storm) judgeLosses(c *call, got []*receipt) {
	slow := func(a seen) bool { return !s.plan.Virtual && a.Duration > s.plan.Timeout/2 }
	if c.shared || slices.ContainsFunc(c.attempts, slow) || s.raced(got) {
		return
	}
	for _, a := range c.attempts {
		if !errors.Is(a.Err, resthook.ErrNoAnswer) && !errors.Is(a.Err, resthook.ErrUnreachable) {
			continue
		}
		for _, r := range got {
			within := r.at.After(a.at.Add(-a.Duration)) && !r.line.IsZero() && r.line.Before(a.at)
			if within && !r.ended {
				s.fault(takenForLoss, "%v: attempt %d: %v; %s", c, a.Number, a.Err, describe(got))
			}
		}
	}
}

// anyAllowed reports whether a backend has allowed one of the requests.
func anyAllowed(got []*receipt) bool {
	return slices.ContainsFunc(got, func(r *receipt) bool { return r.allowed })
}

func (s *storm) judgeAllowed(c *call, got []*receipt) {
	said := anyAllowed(got)
	foreign := c.mirrors && (nonceIn([]byte(c.info)) != c.nonce || strings.Contains(c.info, "too many"))
	switch {
	case said && !foreign:
	case s.raced(got):
		s.counts.excused++
	case foreign:
		s.fault(foreignAnswer, "%v has %q; %s", c, c.info, describe(got))
	}
	if !said && !s.raced(got) {
		s.fault(wronglyAllowed, "%v; %s", c, describe(got))
	}
}

// raced reports whether a second answer to an earlier request may have come after this
// request was sent. No client can distinguish it from the right answer.
func (s *storm) raced(got []*receipt) bool {
	if len(got) == 0 {
		return s.plan.Racing
	}
	for _, r := range got {
		for at := r; at.prior != nil; at = at.prior {
			if from := at.prior.over; !from.IsZero() && at.at.Sub(from) < 5*time.Millisecond+4*s.clock.worst(from, at.at) {
				return true
			}
		}
	}
	return false
}

func (s *storm) judgeFailed(c *call, got []*receipt) {
	err, ok := errors.AsType[*resthook.Error](c.fault())
	if !ok {
		s.fault(miscounted, "%v: a %T", c, c.fault())
		return
	}
	if s.raced(got) {
		s.counts.excused++
		return
	}
	if n := nonceIn(err.Answer); n >= 0 && n != c.nonce {
		s.fault(foreignAnswer, "%v has the answer to %d: %.80q; %s", c, n, err.Answer, describe(got))
	}
	if err.Kind == "status" && !slices.ContainsFunc(got, func(r *receipt) bool { return r.act.status == err.Status }) {
		s.fault(foreignAnswer, "%v has a status that it was not given; %s", c, describe(got))
	}
	if resthook.SafeToRepeat(err) && len(got) > 0 && !c.shared {
		s.fault(falselySafe, "%v; %s", c, describe(got))
	}
	if c.nonce%16 == 0 {
		s.judgeSecrets(err)
	}
	if !c.shared && !c.disturbed && s.wronged(c, err, got) {
		s.fault(wronglyFailed, "%v; %s", c, describe(got))
	}
}

func (s *storm) judgeSecrets(err *resthook.Error) {
	text, _ := json.Marshal(err)
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v", err, err, err), string(text)} {
		if strings.Contains(shown, secretWord) || strings.Contains(shown, "U0VDUkVU") { // in base64
			s.fault(shownSecret, "in an error: %.300s", shown)
		}
	}
}

// wronged reports whether the last request got a whole allowing answer in time.
func (s *storm) wronged(c *call, err *resthook.Error, got []*receipt) bool {
	if len(got) == 0 || len(c.attempts) == 0 {
		return false
	}
	r, a := got[len(got)-1], c.attempts[len(c.attempts)-1]
	began := a.at.Add(-a.Duration)
	if r.act.class != allowed || r.whole.IsZero() || r.act.ending == resetAfter || r.ended || r.at.Before(began) || r.at.After(a.at) {
		return false
	}
	if r.unread() {
		return false // the connection ended while the client was sending
	}
	if err.Kind != "timeout" && err.Kind != "canceled" {
		return true
	}
	spare := a.at.Sub(r.whole)
	if spare > 20*time.Millisecond && spare < 20*time.Millisecond+4*s.clock.worst(began, a.at) {
		s.counts.excused++
		return false
	}
	return spare > 20*time.Millisecond
}

// unread reports whether the connection ended while the client was still sending the
// request.
func (r *receipt) unread() bool {
	return r.act.early && (r.act.ending == closeUnsaid || r.act.ending == closeHalf)
}

func (s *storm) judgeAttempts(c *call, got []*receipt) {
	if c.outcome == nil || c.shared {
		return
	}
	answered := true
	for _, a := range c.attempts {
		answered = answered && a.Status > 0
	}
	n := c.outcome.Attempts
	if s.plan.Racing && s.raced(got) {
		return
	}
	if n != len(c.attempts) || len(got) > n || answered && n != len(got) {
		s.fault(miscounted, "%v: %d in the outcome, %d observed, %d received; %s", c, n, len(c.attempts), len(got), describe(got))
	}
}

func (s *storm) judgeTime(c *call) {
	if c.disturbed {
		return // it may have waited for Close in its own callback
	}
	most := time.Duration(s.plan.attempts()) * (s.plan.Timeout + 20*time.Millisecond)
	if !c.deadline.IsZero() {
		most = min(most, c.deadline.Sub(c.began))
	}
	late := c.ended.Sub(c.began) - most
	switch worst := s.clock.worst(c.began, c.ended); {
	case late < 20*time.Millisecond:
	case !s.plan.Virtual && late < time.Second+6*worst: // a busy machine
		s.counts.excused++
	default:
		s.fault(tooLate, "%v: %v too late (worst stall %v)", c, late, worst)
	}
}
