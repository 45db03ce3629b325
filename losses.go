package resthook

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// losses logs the events that were lost, at most one line a second for each hook
// and reason. The lines are written by the dispatcher.
type losses struct {
	logger     *slog.Logger
	dispatcher *dispatcher

	mu     sync.Mutex
	untold map[ending]*untold
}

// untold are losses that the log does not know of yet.
type untold struct {
	count int
	next  time.Time   // when it may be told
	timer *time.Timer // tells it then, where nothing is lost any more
}

const lossInterval = time.Second

// lost reports whether an event that ended so was lost without a line of its own.
func lost(result EventResult) bool {
	return result == EventShed || result == EventExpired || result == EventLeft
}

// add counts one more, and logs what may be told of now.
func (l *losses) add(one ending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.untold[one]
	if u == nil {
		u = &untold{}
		l.untold[one] = u
	}
	u.count++
	switch wait := time.Until(u.next); {
	case wait <= 0:
		l.take(one, u)
	case u.timer == nil:
		u.timer = time.AfterFunc(wait, func() { l.late(one, u) })
	}
}

// take logs what is untold, if anything is, and begins another interval.
func (l *losses) take(one ending, u *untold) {
	if u.timer != nil {
		u.timer.Stop()
		u.timer = nil
	}
	n := u.count
	u.count, u.next = 0, time.Now().Add(lossInterval)
	if n > 0 {
		l.dispatcher.add(func() { l.log(one, n) })
	}
}

func (l *losses) late(one ending, u *untold) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.take(one, u)
}

func (l *losses) log(one ending, n int) {
	l.logger.LogAttrs(context.Background(), slog.LevelError, "events lost",
		slog.String("hook", one.hook), slog.String("reason", string(one.result)), slog.Int("count", n))
}

// flush logs what was not told yet.
func (l *losses) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for one, u := range l.untold {
		l.take(one, u)
	}
}
