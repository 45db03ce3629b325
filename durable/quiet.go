package durable

import (
	"log/slog"
	"sync"
	"time"
)

// quiet says whether a fault was logged a moment ago.
type quiet struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func (q *quiet) again(call string) bool {
	const pause = 10 * time.Second
	q.mu.Lock()
	defer q.mu.Unlock()
	if at, ok := q.last[call]; ok && time.Since(at) < pause {
		return true
	}
	if q.last == nil {
		q.last = map[string]time.Time{}
	}
	q.last[call] = time.Now()
	return false
}

// faulty has a fault of the store logged, at most once in ten seconds for each kind of call. That NATS is away was
// logged once.
func (s *Store) faulty(call string, err error) {
	if !s.conn.IsConnected() || s.quiet.again(call) {
		return
	}
	s.logger.Error("store failed", slog.String("call", call), slog.Any("error", err))
}
