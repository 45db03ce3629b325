package chaos

import (
	"fmt"
	"strings"
	"time"
)

// The kinds of findings.
const (
	foreignAnswer  = "answers that belonged to another hook"
	wronglyAllowed = "wrongly allowed"
	wronglyFailed  = "wrongly failed"
	takenForLoss   = "answers reported as lost"
	tooManyTries   = "requests beyond the retry table"
	otherBytes     = "other bytes on a later attempt"
	unreached      = "delivered, but never received"
	falselySafe    = "safe to repeat, but received"
	miscounted     = "attempts miscounted"
	tooLate        = "hooks that outlived their time"
	unaccounted    = "events not accounted for"
	reportedTwice  = "events reported twice"
	disorderly     = "events out of order"
	notLast        = "hooks after DISCONNECTED"
	overLimit      = "connections beyond rest_max_connections"
	leftOpen       = "connections left open after Close"
	leaked         = "goroutines left after Close"
	closeLate      = "Close took longer than its context"
	shownSecret    = "secrets shown"
	badRequest     = "requests that no hook can have been"
	hung           = "storms that did not end"
)

func findings() []string {
	return []string{
		foreignAnswer, wronglyAllowed, wronglyFailed, takenForLoss, tooManyTries, otherBytes, unreached, falselySafe, miscounted, tooLate, unaccounted,
		reportedTwice, disorderly, notLast, overLimit, leftOpen, leaked, closeLate, shownSecret, badRequest, hung,
	}
}

// judge compares what the client reported with the ledger.
func (s *storm) judge() []string {
	s.awaitOutcomes()
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
	name := string(s.plan.Network)
	if s.plan.NetHTTP {
		name += ", net/http"
	}
	s.counts.networks[name] += s.counts.hooks
	for _, c := range s.calls {
		if c.fault() == nil {
			s.counts.allowed++
		} else {
			s.counts.refused++
		}
	}
	for _, e := range s.outcomes {
		s.counts.events[string(e.Result)]++
	}
}

// awaitOutcomes waits a moment for the outcomes that are reported after Close.
func (s *storm) awaitOutcomes() {
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		s.mu.Lock()
		reported := len(s.outcomes)
		s.mu.Unlock()
		if reported+int(s.client.Stats().Unreported) >= s.over() { //nolint:gosec // small
			return
		}
	}
}

// over is how many events have an outcome, in the client's own count.
func (s *storm) over() (n int) {
	for _, c := range s.client.Stats().Events {
		n += int(c.Count) //nolint:gosec // small
	}
	return n
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
	if s.network.most > s.plan.limit() && !s.network.countable {
		s.fault(overLimit, "%d, of %d", s.network.most, s.plan.limit())
	}
	if left := s.network.left(2 * time.Second); left > 0 && !s.network.countable {
		s.fault(leftOpen, "%d on the client's side", left)
	}
}

func describe(got []*receipt) string {
	if len(got) == 0 {
		return "never received"
	}
	var b strings.Builder
	for _, r := range got {
		fmt.Fprintf(&b, "[%s attempt %d as request %d of its connection: %v", r.id[max(0, len(r.id)-6):], r.attempt, r.position, r.act.names())
		if !r.whole.IsZero() {
			fmt.Fprintf(&b, ", whole after %v", r.whole.Sub(r.at).Round(10*time.Microsecond))
		}
		fmt.Fprintf(&b, "]")
	}
	return b.String()
}
