package resthook

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// EventCount is how many events of a hook ended in one way.
type EventCount struct {
	Hook   string
	Result Result
	Count  uint64
}

// Stats is what a client's events have come to.
type Stats struct {
	Queued      int          // events that wait or are on their way
	QueuedBytes int          // what they take in the bounds of the queue
	Events      []EventCount // all that are over, by hook and result
}

type loss struct {
	hook   string
	result Result
}

// losses counts events, and logs those that were lost, at most one line a
// second for each hook and reason.
type losses struct {
	logger *slog.Logger

	mu     sync.Mutex
	counts map[loss]uint64
	untold map[loss]*untold
}

type untold struct {
	count int
	next  time.Time
}

const lossInterval = time.Second

// note counts an event that is over.
func (l *losses) note(o EventOutcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := loss{o.Hook, o.Result}
	l.counts[one]++
	switch o.Result {
	case Shed, Expired, Left:
		l.tell(one)
	case Delivered, Failed, Replaced:
	}
}

func (l *losses) tell(one loss) {
	if l.untold == nil {
		l.untold = map[loss]*untold{}
	}
	u := l.untold[one]
	if u == nil {
		u = &untold{}
		l.untold[one] = u
	}
	u.count++
	if now := time.Now(); !now.Before(u.next) {
		u.next = now.Add(lossInterval)
		l.log(one, u)
	}
}

func (l *losses) log(one loss, u *untold) {
	l.logger.LogAttrs(context.Background(), slog.LevelError, "events lost",
		slog.String("hook", one.hook), slog.String("reason", string(one.result)), slog.Int("count", u.count))
	u.count = 0
}

// flush logs what was not told yet.
func (l *losses) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for one, u := range l.untold {
		if u.count > 0 {
			l.log(one, u)
		}
	}
}

// left returns how many events of each hook Close left.
func (l *losses) left() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	left := map[string]int{}
	for one, n := range l.counts {
		if one.result == Left {
			left[one.hook] = int(n) //nolint:gosec // as many as there was memory for
		}
	}
	return left
}

func (l *losses) all() []EventCount {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]EventCount, 0, len(l.counts))
	for one, n := range l.counts {
		all = append(all, EventCount{one.hook, one.result, n})
	}
	slices.SortFunc(all, func(a, b EventCount) int {
		return cmp.Or(cmp.Compare(a.Hook, b.Hook), cmp.Compare(a.Result, b.Result))
	})
	return all
}
