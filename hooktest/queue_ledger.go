package hooktest

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/wcskit/resthook"
)

// queueLedger has the events that were pushed, and their results.
type queueLedger struct {
	mu      sync.Mutex
	entries map[string]*queueEntry // by the event's id
	stored  []string               // the ids in the order in which the queue stored them
}

// queueEntry is an event that was pushed.
type queueEntry struct {
	event  resthook.Event
	number int     // in the order of Push
	stored []error // the arguments of the calls of stored
	ends   []resthook.EventResult
}

func (e *queueEntry) refused() bool { return len(e.stored) > 0 && e.stored[0] != nil }

// push notes an event, and returns the stored function for Push.
func (l *queueLedger) push(e resthook.Event) (stored func(error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry := &queueEntry{event: e, number: len(l.entries)}
	l.entries[e.ID] = entry
	return func(err error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		entry.stored = append(entry.stored, err)
		l.stored = append(l.stored, e.ID)
	}
}

// over notes the end of an event. It returns an error if the event was never pushed or has
// ended before.
func (l *queueLedger) over(id string, result resthook.EventResult) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry := l.entries[id]
	if entry == nil {
		return fmt.Errorf("event %q was never pushed", cut(id, longName))
	}
	entry.ends = append(entry.ends, result)
	if len(entry.ends) > 1 {
		return fmt.Errorf("event %q ended twice: %q", cut(id, longName), entry.ends)
	}
	return nil
}

// storedOf are the arguments of the calls of stored for an event so far.
func (l *queueLedger) storedOf(id string) []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries[id].stored)
}

// storedIDs are the stored events, in the order in which they were stored.
func (l *queueLedger) storedIDs() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.stored)
}

// ended reports whether every event has ended.
func (l *queueLedger) ended() bool { return len(l.open()) == 0 }

// open are the events that have not ended, in the order of Push.
func (l *queueLedger) open() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var open []*queueEntry
	for _, e := range l.entries {
		if len(e.ends) == 0 && !e.refused() {
			open = append(open, e)
		}
	}
	return idsOf(open)
}

// hasOpen reports whether an event of that time has not ended. A queue may keep microseconds only.
func (l *queueLedger) hasOpen(at time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if len(e.ends) == 0 && e.event.Time.Sub(at).Abs() <= time.Microsecond {
			return true
		}
	}
	return false
}

// storedBadly are the events for which stored was not called exactly once.
func (l *queueLedger) storedBadly() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var odd []*queueEntry
	for _, e := range l.entries {
		if len(e.stored) != 1 {
			odd = append(odd, e)
		}
	}
	return idsOf(odd)
}

func idsOf(entries []*queueEntry) []string {
	slices.SortFunc(entries, func(a, b *queueEntry) int { return cmp.Compare(a.number, b.number) })
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.event.ID)
	}
	return ids
}
