package hooktest

import "sync"

// Behaviour is what a [Socket] does in one turn, mostly with one request. Its
// zero value is not usable; make one with a function of this package, or with
// [OnRequest] or [OnAccept].
type Behaviour struct {
	atAccept bool
	play     func(*Conn)
}

// OnRequest makes a behaviour that runs once a whole request has been read. If
// play returns without an ending such as [FIN], the connection is kept for
// another request.
func OnRequest(play func(*Conn)) Behaviour {
	return Behaviour{play: func(c *Conn) {
		if c.ReadRequest() {
			play(c)
		}
	}}
}

// OnAccept makes a behaviour that runs as soon as a connection is accepted,
// before anything is read and before the TLS handshake. If its turn comes while
// clients reuse connections they have, it runs when a request begins to arrive,
// before that is read.
func OnAccept(play func(*Conn)) Behaviour {
	return Behaviour{atAccept: true, play: play}
}

// script deals out behaviours; the last one never runs out.
type script struct {
	mu   sync.Mutex
	rest []Behaviour
}

func (s *script) replace(behaviours []Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest = append([]Behaviour(nil), behaviours...)
}

func (s *script) next() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deal()
}

// nextAtAccept deals only if the next behaviour is for a new connection.
func (s *script) nextAtAccept() (Behaviour, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.rest[0].atAccept {
		return Behaviour{}, false
	}
	return s.deal(), true
}

func (s *script) deal() Behaviour {
	next := s.rest[0]
	if len(s.rest) > 1 {
		s.rest = s.rest[1:]
	}
	return next
}
