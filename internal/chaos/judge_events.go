package chaos

import (
	"errors"
	"slices"

	"github.com/wcskit/resthook"
)

// judgeTries checks the requests of one hook against the retry table (docs/protocol.md,
// 0.2).
func (s *storm) judgeTries(tries []*receipt, event bool) {
	counted, waited := 0, 0
	for i, r := range tries {
		if i+1 == len(tries) {
			break
		}
		switch s.again(r, event) {
		case lostAgain:
			counted++
		case silentAgain:
			waited++
		case never:
			s.fault(tooManyTries, "%s %d was asked again: %s", r.hook, r.nonce, describe(tries))
			return
		}
	}
	most := s.plan.attempts() - 1
	if counted > most || event && !s.plan.Timeouts && waited > 1 || s.plan.attempts() == 1 && len(tries) > 1 {
		s.fault(tooManyTries, "%s %d (event: %t), at most %d again: %s", tries[0].hook, tries[0].nonce, event, most, describe(tries))
	}
	for _, r := range tries {
		if r.sum != 0 && tries[0].sum != 0 && r.sum != tries[0].sum {
			s.fault(otherBytes, "%s %d", r.hook, r.nonce)
			return
		}
	}
}

type repeat uint8

const (
	never       repeat = iota
	lostAgain          // after a connection that was lost before an answer
	silentAgain        // after no answer in time
	freely             // cannot be decided
)

// again decides whether a hook may be repeated after a request.
func (s *storm) again(r *receipt, event bool) repeat {
	patient := s.plan.Timeouts || event
	switch {
	case r.act.class == denied && slices.Contains(s.plan.Statuses, r.act.status):
		return freely
	case r.act.class == silent && patient && !r.ended:
		return silentAgain
	case event && r.act.kind == "rst before reading": // it may not have been sent whole
		return freely
	case r.line.IsZero() && (r.act.class != silent || r.ended):
		return lostAgain
	case r.ended || patient: // the client may have been slow
		return freely
	}
	return never
}

func (s *storm) judgeEvents(byID map[string][]*receipt, sent map[try]bool) {
	ids := map[string]resthook.EventOutcome{}
	last := map[string]uint64{}
	for _, e := range s.outcomes {
		if _, twice := ids[e.ID]; twice && e.ID != "" {
			s.fault(reportedTwice, "%s %s", e.Hook, e.ID)
		}
		ids[e.ID] = e
		s.judgeEvent(e, byID[e.ID])
		if e.Result != resthook.EventDelivered {
			continue
		}
		if e.Sequence < last[e.Session] {
			s.fault(disorderly, "reported %s %d of %s after %d", e.Hook, e.Sequence, e.Session, last[e.Session])
		}
		last[e.Session] = e.Sequence
	}
	s.judgeCounts()
	s.judgeOrder(ids, sent)
}

func (s *storm) judgeEvent(e resthook.EventOutcome, got []*receipt) {
	said := anyAllowed(got)
	switch {
	case e.Result == resthook.EventDelivered && len(got) == 0:
		s.fault(unreached, "%s %d of %s", e.Hook, e.Sequence, e.Session)
	case s.raced(got):
		s.counts.excused++
	case e.Result == resthook.EventDelivered && !said:
		s.fault(wronglyAllowed, "%s %d of %s is delivered; %s", e.Hook, e.Sequence, e.Session, describe(got))
	case e.Err != nil && resthook.SafeToRepeat(e.Err) && len(got) > 0:
		s.fault(falselySafe, "%s %d of %s, %s: %v; %s", e.Hook, e.Sequence, e.Session, e.Result, e.Err, describe(got))
	case e.Result == resthook.EventFailed && len(got) > 0 && s.deniedEvent(e, got[len(got)-1]):
		s.fault(wronglyFailed, "%s %d of %s: %v; %s", e.Hook, e.Sequence, e.Session, e.Err, describe(got))
	}
	if len(got) > e.Attempts {
		s.fault(miscounted, "%s %d of %s, %s: %d attempts; %s", e.Hook, e.Sequence, e.Session, e.Result, e.Attempts, describe(got))
	}
}

// deniedEvent reports whether an event failed although its last request got a whole
// allowing answer.
func (s *storm) deniedEvent(e resthook.EventOutcome, r *receipt) bool {
	err, ok := errors.AsType[*resthook.Error](e.Err)
	if !ok || err.Kind == "timeout" || err.Kind == "unreachable" || err.Kind == "tls" || err.Kind == "closed" {
		return false
	}
	return r.act.class == allowed && !r.whole.IsZero() && r.act.ending != resetAfter && !r.ended && !r.unread()
}

// judgeCounts checks that every event that was notified has one outcome, which was reported
// or counted as unreported.
func (s *storm) judgeCounts() {
	stats := s.client.Stats()
	reported, over, taken, all, missed := map[string]int{}, map[string]int{}, map[string]int{}, 0, 0
	for _, e := range s.outcomes {
		reported[e.Hook]++
	}
	for _, c := range stats.Events {
		n := int(c.Count) //nolint:gosec // far fewer
		over[c.Hook] += n
		all += n
		if c.Result != resthook.EventRefused { // Notify has returned an error
			taken[c.Hook] += n
		}
	}
	for hook, n := range over {
		missed += n - reported[hook]
		if reported[hook] > n {
			s.fault(unaccounted, "%s: %d outcomes, %d reported", hook, n, reported[hook])
		}
	}
	if stats.Queued != 0 || uint64(all) != stats.Notified || uint64(missed) > stats.Unreported {
		s.fault(unaccounted, "%d notified, %d outcomes, %d not reported: %+v", stats.Notified, all, missed, stats)
	}
	for hook, n := range s.accepted {
		if taken[hook] != n && (hook != "StreamKeepAliveEvent" || taken[hook] < n) {
			s.fault(unaccounted, "%s: %d notified, %d outcomes", hook, n, taken[hook])
		}
	}
}

// judgeOrder checks the order in which the backends received the events of a session. It
// checks delivered events only: others may have been read late.
func (s *storm) judgeOrder(ids map[string]resthook.EventOutcome, sent map[try]bool) {
	highest, closed, met := map[string]*receipt{}, map[string]bool{}, map[string]bool{}
	for _, r := range s.ledger.all {
		if met[r.id] || sent[try{r.nonce, r.hook}] || r.session == "" {
			continue
		}
		met[r.id] = true
		before := highest[r.session]
		if ids[r.id].Result == resthook.EventDelivered && before != nil && r.sequence < before.sequence {
			s.fault(disorderly, "%s %d of %s was received after %s %d", r.hook, r.sequence, r.session, before.hook, before.sequence)
		}
		if ids[r.id].Result == resthook.EventDelivered && closed[r.session] {
			s.fault(notLast, "%s %d of %s", r.hook, r.sequence, r.session)
		}
		if before == nil || before.sequence < r.sequence {
			highest[r.session] = r
		}
		closed[r.session] = closed[r.session] || r.hook == "ConnectionStatusEvent"
	}
}
