package hooktest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wcskit/resthook"
)

// AssertSequence waits until as many hooks of a session have come as are wanted, or a
// different one has come. It fails the test unless the hooks are the wanted ones in this
// order; repeats of one hook count once. A wanted hook is given by its name, or by its
// name and the status in its payload:
//
//	b.AssertSequence(t, "s-1", "connect", "publishStream", "StreamStatusEvent PUBLISHING",
//		"StreamStatusEvent UNPUBLISHED", "ConnectionStatusEvent DISCONNECTED")
//
// The order is the one in which the media server made the hooks, by their
// [resthook.HeaderSequence]: a hook that is sent may arrive before an event that was
// notified earlier. Hooks without a sequence are where they arrived. If a session connects
// again, or is resumed, its new hooks follow the earlier ones.
//
// It gives up as [Backend.Wait] does. Hooks that come later are not seen: let the session
// end first. The empty session has the hooks without a session. It reports whether it
// passed.
func (b *Backend) AssertSequence(t testing.TB, session string, want ...string) bool {
	t.Helper()
	h := newHistory(session, want)
	err := b.wait(t.Context(), counted(len(want), "hook"), func() bool {
		h.read(b.record.requests)
		return len(h.lines) >= len(want) || h.differs
	})
	h.read(b.record.snapshot())
	diff := compared(want, h.labels(), isWanted)
	if equal(diff) {
		return true
	}
	waited := ""
	if err != nil {
		waited = fmt.Sprintf(" after %v", b.limit)
	}
	others := ""
	if len(h.lines) == 0 {
		others = b.others()
	}
	t.Errorf("hooktest: session %q: not the hooks expected%s (-want +got):%s%s", cut(session, longName), waited, rendered(diff), others)
	return false
}

// isWanted reports whether a hook is the wanted one; its status matters only if one is
// wanted.
func isWanted(want, got string) bool {
	hook, _, _ := strings.Cut(got, " ")
	return want == got || want == hook
}

// others names the sessions that have hooks, for the message that one has none.
func (b *Backend) others() string {
	ids := b.Sessions()
	if len(ids) == 0 {
		return "\n  no hook came of any session"
	}
	more := ""
	if n := len(ids) - most; n > 0 {
		more, ids = fmt.Sprintf(" and %d more", n), ids[:most]
	}
	for i, id := range ids {
		ids[i] = cut(id, longName)
	}
	return fmt.Sprintf("\n  hooks came of the sessions %q%s", ids, more)
}

// AssertInOrder fails the test unless the events of each session have come in the order of
// their [resthook.HeaderSequence], as [resthook.Hook.Notify] promises: each event is
// followed by a later one or by its own repeat. Hooks of the catalogue that are not events
// are ignored, since Send does not wait for queued events. The events must be notified, not
// sent. It also fails if no hook has the header. It reports whether it passed.
func (b *Backend) AssertInOrder(t testing.TB) bool {
	t.Helper()
	requests := b.record.snapshot()
	kinds := kindsOfHooks()
	faults := faultsOf(requests, func(run []Request) []Request {
		return slices.DeleteFunc(run, func(r Request) bool {
			kind, known := kinds[r.Hook]
			return known && kind != resthook.KindEvent
		})
	}, inOrder)
	return report(t, "hooks out of order", faults)
}

// AssertComplete waits until no [resthook.HeaderSequence] is missing between 1 and the
// last one of each session, in any order. It fails the test if one stays missing: that hook
// was lost. It also fails if two hooks have the same number, or if no hook has one. A
// session that connects again, or is resumed, counts from 1 again. Events that are shed, or
// replaced by a later one, are missing. It gives up as [Backend.Wait] does, and reports
// whether it passed.
func (b *Backend) AssertComplete(t testing.TB) bool {
	t.Helper()
	gaps := newGaps()
	_ = b.wait(t.Context(), "the hooks that are missing", func() bool { // the faults below name them
		gaps.read(b.record.requests)
		return gaps.none()
	})
	faults := faultsOf(b.record.snapshot(), func(run []Request) []Request {
		slices.SortStableFunc(run, bySequence)
		return run
	}, complete)
	return report(t, "hooks are missing", faults)
}

func kindsOfHooks() map[string]resthook.Kind {
	kinds := map[string]resthook.Kind{}
	for _, method := range resthook.Methods() {
		kinds[method.Name()] = method.Kind()
	}
	return kinds
}

// faultsOf checks each hook of a session against the one before it, as arranged.
func faultsOf(requests []Request, arrange func([]Request) []Request, fault func(last, r Request) string) []string {
	runs, order := runsOf(requests)
	if len(runs) == 0 {
		return []string{"no hook came with a sequence"}
	}
	var faults []string
	for _, run := range order {
		var last Request
		for _, r := range arrange(runs[run]) {
			if f := fault(last, r); f != "" {
				faults = append(faults, f)
			}
			last = r
		}
	}
	return faults
}

// inOrder is the fault of a hook that came after another one, or empty.
func inOrder(last, r Request) string {
	if fault := alone(last, r); fault != "" || r.Sequence() >= last.Sequence() {
		return fault
	}
	return fmt.Sprintf("%s: came after sequence %d, %s", r, last.Sequence(), cut(last.label(), longName))
}

// complete is the fault of a hook whose number follows another one's, or empty.
func complete(last, r Request) string {
	if fault := alone(last, r); fault != "" || r.Sequence() <= last.Sequence()+1 {
		return fault
	}
	return fmt.Sprintf("%s: nothing came with sequence %s", r, span(last.Sequence()+1, r.Sequence()-1))
}

// alone is the fault of two hooks with the same number, or empty.
func alone(last, r Request) string {
	if r.Sequence() != last.Sequence() || r.ID() == last.ID() {
		return ""
	}
	return fmt.Sprintf("%s: came with the sequence of another hook, %s", r, last)
}

func span(first, last uint64) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d to %d", first, last)
}

// AssertOnce fails the test if a hook came more than once, by its
// [resthook.HeaderID], or if no hook has the header. It reports whether it passed.
func (b *Backend) AssertOnce(t testing.TB) bool {
	t.Helper()
	var faults []string
	some := false
	for _, r := range b.record.snapshot() {
		some = some || r.ID() != ""
		if r.Attempt > 1 {
			faults = append(faults, fmt.Sprintf("%s: %s %s, connection %d", r, resthook.HeaderID, cut(r.ID(), longName), r.Conn))
		}
	}
	if !some {
		faults = append(faults, "no hook came with an id")
	}
	return report(t, "hooks came more than once", faults)
}

// report fails the test for the faults, and shows the first ones.
func report(t testing.TB, what string, faults []string) bool {
	t.Helper()
	if len(faults) == 0 {
		return true
	}
	more := ""
	if n := len(faults) - most; n > 0 {
		more, faults = fmt.Sprintf("\n    (%d more)", n), faults[:most]
	}
	t.Errorf("hooktest: %s:\n    %s%s", what, strings.Join(faults, "\n    "), more)
	return false
}
