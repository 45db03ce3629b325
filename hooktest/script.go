package hooktest

import (
	"slices"
	"sync"
	"time"
)

// Behaviour is one step of a script: what a backend does with one request, mostly. Its zero
// value is not usable; make one with a function of this package, or with [OnRequest] or
// [OnAccept].
type Behaviour struct {
	atAccept bool
	play     func(*Conn)
}

// OnRequest makes a behaviour that runs when a whole request has been read. If play returns
// without an ending such as [FIN], the connection is kept for another request.
func OnRequest(play func(*Conn)) Behaviour {
	return Behaviour{play: func(c *Conn) {
		if c.ReadRequest() {
			play(c)
		}
	}}
}

// OnAccept makes a behaviour that runs when a connection is accepted, before anything is
// read and before the TLS handshake. If it is next while clients reuse connections, it runs
// when a request begins to arrive, before the request is read.
func OnAccept(play func(*Conn)) Behaviour {
	return Behaviour{atAccept: true, play: play}
}

// script is a list of behaviours: the n-th step plays the n-th one, and the last one
// repeats for ever.
type script struct {
	usual Behaviour // for an empty script

	mu    sync.Mutex
	list  []Behaviour
	taken int
	delay time.Duration // before the behaviour that is added next
}

func (s *script) replace(behaviours []Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list, s.taken = slices.Clone(behaviours), 0
}

func (s *script) add(behaviours ...Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range behaviours {
		s.list = append(s.list, delayed(s.delay, b))
		s.delay = 0
	}
}

// repeat makes the last behaviour n steps, and reports whether there is one.
func (s *script) repeat(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == 0 || n < 1 {
		return false
	}
	for range n - 1 {
		s.list = append(s.list, s.list[len(s.list)-1])
	}
	return true
}

func (s *script) wait(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay += d
}

func (s *script) next() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.current()
	s.taken++
	return next
}

func (s *script) nextAtAccept() (Behaviour, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.current()
	if next.atAccept {
		s.taken++
	}
	return next, next.atAccept
}

// current is the next behaviour. A delay at the end of the script is a step of its own.
func (s *script) current() Behaviour {
	list := s.list
	if len(list) == 0 || s.delay > 0 {
		list = append(slices.Clip(list), delayed(s.delay, s.usual))
	}
	return list[min(s.taken, len(list)-1)]
}

func delayed(d time.Duration, b Behaviour) Behaviour {
	if d <= 0 {
		return b
	}
	return Late(d, b)
}

func (s *script) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list, s.taken, s.delay = nil, 0, 0
}
