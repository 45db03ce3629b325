package durable

import (
	"sync"
	"time"
)

// counts are of what happened since the store was opened.
type counts struct {
	stored uint64 // events
	opened uint64 // entries of the journal
	dead   uint64 // dead letters
}

// quiet says whether a fault was logged a moment ago.
type quiet struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func (q *quiet) again(call string) bool {
	const pause = 10 * time.Second
	q.mu.Lock()
	defer q.mu.Unlock()
	if time.Since(q.last[call]) < pause {
		return true
	}
	if q.last == nil {
		q.last = map[string]time.Time{}
	}
	q.last[call] = time.Now()
	return false
}

// measuring looks every second how full the store is.
func (s *Store) measuring() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			ctx, cancel := contextFor(s.running)
			if err := s.room.look(ctx, s.events); err != nil && s.running.Err() == nil {
				s.faulty("size", err)
			}
			cancel()
		case <-s.running.Done():
			return
		}
	}
}
