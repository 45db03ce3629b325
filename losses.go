package resthook

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
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

	late sync.Mutex // held while a timer or flush tells, so that none does after flush
}

// untold are losses that the log does not know of yet.
type untold struct {
	count int
	next  time.Time   // when it may be told
	timer *time.Timer // tells it then, where nothing is lost any more
}

const lossInterval = time.Second

// note counts an event that is over.
func (l *losses) note(o EventOutcome) {
	one := loss{o.Hook, o.Result}
	lost := o.Result == Shed || o.Result == Expired || o.Result == Left
	if n := l.add(one, lost); n > 0 {
		l.log(one, n)
	}
}

// add counts one more, and returns how many are to be told of now.
func (l *losses) add(one loss, lost bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[one]++
	if !lost {
		return 0
	}
	if l.untold == nil {
		l.untold = map[loss]*untold{}
	}
	u := l.untold[one]
	if u == nil {
		u = &untold{}
		l.untold[one] = u
	}
	u.count++
	if wait := time.Until(u.next); wait > 0 {
		if u.timer == nil {
			u.timer = time.AfterFunc(wait, func() { l.tellLate(one, u) })
		}
		return 0
	}
	return u.take()
}

// take returns what is untold, and begins another interval.
func (u *untold) take() int {
	if u.timer != nil {
		u.timer.Stop()
		u.timer = nil
	}
	n := u.count
	u.count, u.next = 0, time.Now().Add(lossInterval)
	return n
}

func (l *losses) tellLate(one loss, u *untold) {
	l.late.Lock()
	defer l.late.Unlock()
	l.tell(one, u)
}

// tell logs what is untold, if anything is.
func (l *losses) tell(one loss, u *untold) {
	l.mu.Lock()
	n := u.take()
	l.mu.Unlock()
	if n > 0 {
		l.log(one, n)
	}
}

func (l *losses) log(one loss, n int) {
	l.logger.LogAttrs(context.Background(), slog.LevelError, "events lost",
		slog.String("hook", one.hook), slog.String("reason", string(one.result)), slog.Int("count", n))
}

// flush logs what was not told yet.
func (l *losses) flush() {
	l.late.Lock()
	defer l.late.Unlock()
	l.mu.Lock()
	all := maps.Clone(l.untold)
	l.mu.Unlock()
	for one, u := range all {
		l.tell(one, u)
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
