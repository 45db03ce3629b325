package chaos

import (
	"runtime"
	"sync"
	"time"
)

// counts are the totals of the report.
type counts struct {
	mu       sync.Mutex
	storms   int
	hooks    int
	asked    int // requests that the backends received
	allowed  int // calls without an error
	refused  int // calls with an error
	events   map[string]int
	networks map[string]int // hooks, by network and transport
	faults   map[string]int
	excused  int // checks left out, because the machine was too slow
	found    map[string]int
}

func newCounts() *counts {
	return &counts{events: map[string]int{}, networks: map[string]int{}, faults: map[string]int{}, found: map[string]int{}}
}

func (c *counts) add(to *int, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*to += n
}

// fault counts an injected fault.
func (c *counts) fault(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults[kind]++
}

// merge adds the counts of a storm.
func (c *counts) merge(from *counts) {
	from.mu.Lock()
	defer from.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.storms += from.storms
	c.hooks += from.hooks
	c.asked += from.asked
	c.allowed += from.allowed
	c.refused += from.refused
	c.excused += from.excused
	for _, both := range [][2]map[string]int{{c.events, from.events}, {c.networks, from.networks}, {c.faults, from.faults}, {c.found, from.found}} {
		for name, n := range both[1] {
			both[0][name] += n
		}
	}
}

// stalls records when the machine had no time for this process. Checks of times are left
// out then.
type stalls struct {
	mu   sync.Mutex
	seen []stall
	stop chan struct{}
}

type stall struct {
	at   time.Time
	took time.Duration
}

func newStalls() *stalls { return &stalls{stop: make(chan struct{})} }

// watch records stalls until stop is closed.
func (s *stalls) watch() {
	const nap, much, kept = time.Millisecond, 2 * time.Millisecond, 20_000
	for {
		before := time.Now()
		select {
		case <-s.stop:
			return
		case <-time.After(nap):
			runtime.Gosched() // let all goroutines that are ready run first
		}
		if over := time.Since(before) - nap; over > much {
			s.mu.Lock()
			s.seen = append(s.seen, stall{time.Now(), over})
			if len(s.seen) > 2*kept {
				s.seen = append(s.seen[:0], s.seen[kept:]...)
			}
			s.mu.Unlock()
		}
	}
}

// worst is the longest stall between two times.
func (s *stalls) worst(from, to time.Time) (worst time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.seen) - 1; i >= 0 && s.seen[i].at.After(from); i-- {
		if one := s.seen[i]; one.at.Add(-one.took).Before(to) {
			worst = max(worst, one.took)
		}
	}
	return worst
}

// calm waits until the machine keeps up with the other storms.
func (s *stalls) calm(others int) {
	for range 200 {
		if others <= 2 || s.worst(time.Now().Add(-300*time.Millisecond), time.Now()) < 50*time.Millisecond {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
