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

// The kinds of findings; each of them must be 0.
const (
	foreignAnswer = "answers that belonged to another hook"
	wrongYes      = "wrong yes"
	wrongNo       = "wrong no"
	takenForLoss  = "answers taken for a loss"
	tooManyTries  = "requests beyond the retry table"
	otherBytes    = "other bytes on a later attempt"
	unreached     = "delivered, but never received"
	falselySafe   = "safe to repeat, but received"
	miscounted    = "attempts miscounted"
	tooLate       = "hooks that outlived their time"
	unaccounted   = "events not accounted for"
	toldTwice     = "events told twice"
	disorderly    = "events out of order"
	notLast       = "hooks after DISCONNECTED"
	overLimit     = "connections beyond rest_max_connections"
	leftOpen      = "connections left open after Close"
	leaked        = "goroutines left after Close"
	closeLate     = "Close took longer than its context"
	shownSecret   = "secrets shown"
	badRequest    = "requests that no hook can have been"
	hung          = "storms that did not end"
)

func findings() []string {
	return []string{
		foreignAnswer, wrongYes, wrongNo, takenForLoss, tooManyTries, otherBytes, unreached, falselySafe, miscounted, tooLate, unaccounted,
		toldTwice, disorderly, notLast, overLimit, leftOpen, leaked, closeLate, shownSecret, badRequest, hung,
	}
}

// judge compares what the two sides saw.
func (s *storm) judge() []string {
	s.settle()
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	byTry, byID := map[try][]*receipt{}, map[string][]*receipt{}
	for _, r := range s.ledger.all {
		of := try{r.nonce, r.hook}
		byTry[of] = append(byTry[of], r)
		byID[r.id] = append(byID[r.id], r)
	}
	for _, text := range s.ledger.faults {
		s.fault(badRequest, "%s", text)
	}
	for _, c := range s.calls {
		s.judgeCall(c, byTry[try{c.nonce, c.hook}])
	}
	sent := map[try]bool{}
	for _, c := range s.calls {
		sent[try{c.nonce, c.hook}] = true
	}
	for _, tries := range byID {
		s.judgeTries(tries, !sent[try{tries[0].nonce, tries[0].hook}])
	}
	s.judgeEvents(byID, sent)
	s.judgeConnections()
	for _, line := range s.log.shown {
		s.fault(shownSecret, "in a log line: %.300s", line)
	}
	s.total()
	return s.faults
}

func (s *storm) total() {
	s.counts.storms++
	s.counts.asked += len(s.ledger.all)
	name := string(s.plan.Road)
	if s.plan.NetHTTP {
		name += ", net/http"
	}
	s.counts.roads[name] += s.counts.hooks
	for _, c := range s.calls {
		if c.fault() == nil {
			s.counts.allowed++
		} else {
			s.counts.refused++
		}
	}
	for _, e := range s.told {
		s.counts.told[string(e.Result)]++
	}
}

// settle waits a moment for what is told after Close.
func (s *storm) settle() {
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		s.mu.Lock()
		told := len(s.told)
		s.mu.Unlock()
		if told+int(s.client.Stats().Unreported) >= s.over() { //nolint:gosec // small
			return
		}
	}
}

// over is how many events are over by the client's own count.
func (s *storm) over() (n int) {
	for _, c := range s.client.Stats().Events {
		n += int(c.Count) //nolint:gosec // small
	}
	return n
}

// fault is why a hook failed, also where that was only logged.
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
		s.judgeYes(c, got)
	} else {
		s.judgeNo(c, got)
	}
	s.judgeAttempts(c, got)
	s.judgeLosses(c, got)
	s.judgeTime(c)
}

// judgeLosses looks for attempts that were given a whole status line, and are
// said to have ended before one. Where one was slow, its request may have been
// read during the next.
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

func (s *storm) judgeYes(c *call, got []*receipt) {
	said := false
	for _, r := range got {
		said = said || r.said
	}
	foreign := c.mirrors && (nonceIn([]byte(c.info)) != c.nonce || strings.Contains(c.info, "too many"))
	switch {
	case said && !foreign:
	case s.raced(got):
		s.counts.excused++
	case foreign:
		s.fault(foreignAnswer, "%v has %q; %s", c, c.info, describe(got))
	}
	if !said && !s.raced(got) {
		s.fault(wrongYes, "%v; %s", c, describe(got))
	}
}

// raced reports whether a hook may have been sent before an answer too many
// came, which no client could then tell from its own.
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

func (s *storm) judgeNo(c *call, got []*receipt) {
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
		s.fault(wrongNo, "%v; %s", c, describe(got))
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

// wronged reports whether the last request was answered yes, whole and in time.
func (s *storm) wronged(c *call, err *resthook.Error, got []*receipt) bool {
	if len(got) == 0 || len(c.attempts) == 0 {
		return false
	}
	r, a := got[len(got)-1], c.attempts[len(c.attempts)-1]
	began := a.at.Add(-a.Duration)
	if r.act.class != yes || r.whole.IsZero() || r.act.ending == resetAfter || r.ended || r.at.Before(began) || r.at.After(a.at) {
		return false
	}
	if r.unread() {
		return false // the rest of a long hook was cut off
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

// unread reports whether the hook was answered and the connection ended while
// the client was still sending.
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
		return // perhaps its own callback waited for the client to close
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

func (s *storm) judgeConnections() {
	for i, b := range s.backends {
		if b.most > 0 {
			s.fault(overLimit, "app %d: %d, of %d", i, b.most, s.plan.limit())
		}
	}
	if s.plan.NetHTTP {
		return
	}
	if s.road.most > s.plan.limit() && !s.road.countable {
		s.fault(overLimit, "%d, of %d", s.road.most, s.plan.limit())
	}
	if left := s.road.left(2 * time.Second); left > 0 && !s.road.countable {
		s.fault(leftOpen, "%d on the client's side", left)
	}
}

func describe(got []*receipt) string {
	if len(got) == 0 {
		return "never received"
	}
	var b strings.Builder
	for _, r := range got {
		fmt.Fprintf(&b, "[%s attempt %d on turn %d: %v", r.id[max(0, len(r.id)-6):], r.attempt, r.turn, r.act.names())
		if !r.whole.IsZero() {
			fmt.Fprintf(&b, ", whole after %v", r.whole.Sub(r.at).Round(10*time.Microsecond))
		}
		fmt.Fprintf(&b, "]")
	}
	return b.String()
}
