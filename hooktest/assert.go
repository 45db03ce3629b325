package hooktest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wcskit/resthook"
)

// AssertSequence waits until as many hooks of a session have come as are wanted,
// or others, and fails the test unless they are those, in that order; repeats of
// one hook count once. What is wanted is a hook's name, or the name and the
// status that it tells of:
//
//	b.AssertSequence(t, "s-1", "connect", "publishStream", "StreamStatusEvent PUBLISHING",
//		"StreamStatusEvent UNPUBLISHED", "ConnectionStatusEvent DISCONNECTED")
//
// It gives up as [Backend.Wait] does. Hooks that come later are not seen: let
// the session end first. The empty session is that of hooks without one. It
// returns whether all is well.
func (b *Backend) AssertSequence(t testing.TB, session string, want ...string) bool {
	t.Helper()
	err := b.wait(t.Context(), counted(len(want), "hook"), func() bool {
		got := hooksOf(session, b.record.requests)
		return len(got) >= len(want) || !slices.EqualFunc(want[:len(got)], got, told)
	})
	got := hooksOf(session, b.record.snapshot())
	diff := compared(want, got, told)
	if equal(diff) {
		return true
	}
	waited := ""
	if err != nil {
		waited = fmt.Sprintf(" after %v", b.limit)
	}
	t.Errorf("hooktest: session %q: not the hooks expected%s (-want +got):%s%s", session, waited, rendered(diff), b.others(session))
	return false
}

// hooksOf labels the hooks of a session, repeats left out.
func hooksOf(session string, requests []Request) []string {
	var labels []string
	for _, r := range requests {
		if r.Attempt == 1 && r.Session() == session {
			labels = append(labels, r.label())
		}
	}
	return labels
}

// told reports whether a hook is the one wanted; its status matters if one is
// wanted.
func told(want, got string) bool {
	hook, _, _ := strings.Cut(got, " ")
	return want == got || want == hook
}

// others names the sessions there are, for one whose hooks did not come.
func (b *Backend) others(session string) string {
	if len(hooksOf(session, b.record.snapshot())) > 0 {
		return ""
	}
	if ids := b.Sessions(); len(ids) > 0 {
		return fmt.Sprintf("\n  hooks came of the sessions %q", ids)
	}
	return "\n  no hook came of any session"
}

// AssertInOrder fails the test unless the hooks of each session have come in the
// order of their [resthook.HeaderSequence]: after each comes a later one, or the
// same one again. It fails too if none has that header. It returns whether all
// is well.
func (b *Backend) AssertInOrder(t testing.TB) bool {
	t.Helper()
	return b.assertOrder(t, inOrder)
}

// AssertComplete is [Backend.AssertInOrder], and fails the test too if a number
// is missing between 1 and the last one of a session: that hook was lost.
func (b *Backend) AssertComplete(t testing.TB) bool {
	t.Helper()
	return b.assertOrder(t, func(last, r Request) string {
		if fault := inOrder(last, r); fault != "" || r.Sequence() <= last.Sequence()+1 {
			return fault
		}
		return fmt.Sprintf("%s: nothing came with sequence %s", r, span(last.Sequence()+1, r.Sequence()-1))
	})
}

func inOrder(last, r Request) string {
	switch {
	case r.Sequence() > last.Sequence(), r.ID() == last.ID() && r.Sequence() == last.Sequence():
		return ""
	case r.Sequence() == last.Sequence():
		return fmt.Sprintf("%s: came with the sequence of another hook, %s", r, last)
	}
	return fmt.Sprintf("%s: came after sequence %d, %s", r, last.Sequence(), last.label())
}

func span(first, last uint64) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d to %d", first, last)
}

// assertOrder looks at each hook and the one before it in its session.
func (b *Backend) assertOrder(t testing.TB, fault func(last, r Request) string) bool {
	t.Helper()
	last := map[string]Request{}
	var faults []string
	for _, r := range b.record.snapshot() {
		if r.Sequence() == 0 {
			continue
		}
		if f := fault(last[r.Session()], r); f != "" {
			faults = append(faults, f)
		}
		last[r.Session()] = r
	}
	if len(last) == 0 {
		faults = append(faults, "no hook came with a sequence")
	}
	return report(t, "hooks out of order", faults)
}

// AssertOnce fails the test if a hook came more than once, by its
// [resthook.HeaderID], or if none has that header. It returns whether all is
// well.
func (b *Backend) AssertOnce(t testing.TB) bool {
	t.Helper()
	var faults []string
	some := false
	for _, r := range b.record.snapshot() {
		some = some || r.ID() != ""
		if r.Attempt > 1 {
			faults = append(faults, fmt.Sprintf("%s: %s %s, connection %d", r, resthook.HeaderID, r.ID(), r.Conn))
		}
	}
	if !some {
		faults = append(faults, "no hook came with an id")
	}
	return report(t, "hooks came more than once", faults)
}

func report(t testing.TB, what string, faults []string) bool {
	t.Helper()
	if len(faults) > 0 {
		t.Errorf("hooktest: %s:\n    %s", what, strings.Join(faults, "\n    "))
	}
	return len(faults) == 0
}
