package main

import (
	"strings"
	"sync"
	"time"
)

// account has what the media servers have recorded, and what the backend has heard.
type account struct {
	mu       sync.Mutex
	sessions map[string]*sessionAccount
	heard    []moment    // each event, the first time
	recorded []time.Time // when each event was
	repeats  int
}

// moment is when an event was heard.
type moment struct {
	at        time.Time
	recovered bool
}

// event is one that the backend is told.
type event struct {
	id        string
	session   string
	sequence  uint64 // in its session; 0: it is a successor's
	recovered bool
	of        string // the stream or session that it is about
	closing   bool   // the stream or the session
	at        time.Time
}

// sessionAccount is the account of a session.
type sessionAccount struct {
	recorded   uint64          // events
	ids        map[string]bool // of events that were heard
	sequences  map[uint64]bool // that were heard
	highest    uint64          // of them
	outOfOrder int
	closedAt   time.Time                  // its last event was heard; zero: it was not
	things     map[string]map[string]bool // the ids of the closing events, by what they close
}

func newAccount() *account { return &account{sessions: map[string]*sessionAccount{}} }

// of is the account of a session. The lock is held.
func (a *account) of(session string) *sessionAccount {
	s := a.sessions[session]
	if s == nil {
		s = &sessionAccount{ids: map[string]bool{}, sequences: map[uint64]bool{}, things: map[string]map[string]bool{}}
		a.sessions[session] = s
	}
	return s
}

// record notes that an event was recorded: the store has it.
func (a *account) record(session string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of(session).recorded++
	a.recorded = append(a.recorded, time.Now())
}

// hear notes an event that the backend was told.
func (a *account) hear(e event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.of(e.session)
	if e.sequence != 0 {
		s.sequences[e.sequence] = true
	}
	if s.ids[e.id] {
		a.repeats++
		return
	}
	s.ids[e.id] = true
	a.heard = append(a.heard, moment{e.at, e.recovered})
	s.hear(e)
}

// hear notes an event that is no repeat.
func (s *sessionAccount) hear(e event) {
	if s.closed() || e.sequence != 0 && e.sequence < s.highest {
		s.outOfOrder++
	}
	s.highest = max(s.highest, e.sequence)
	if s.things[e.of] == nil {
		s.things[e.of] = map[string]bool{}
	}
	if e.closing {
		s.things[e.of][e.id] = true
		if e.of == e.session && !s.closed() {
			s.closedAt = e.at
		}
	}
}

func (s *sessionAccount) closed() bool { return !s.closedAt.IsZero() }

// missing counts the events that were recorded, or that others followed, and were not heard.
func (s *sessionAccount) missing() int { return s.unheard(max(s.recorded, s.highest)) }

// unheard counts the events up to one that were not heard.
func (s *sessionAccount) unheard(last uint64) (n int) {
	for sequence := uint64(1); sequence <= last; sequence++ {
		if !s.sequences[sequence] {
			n++
		}
	}
	return n
}

// open lists the sessions of a media server that have recorded something and are not closed.
func (a *account) open(server string) (open []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, s := range a.sessions {
		if strings.HasPrefix(id, server+"/") && s.recorded > 0 && !s.closed() {
			open = append(open, id)
		}
	}
	return open
}

// closed returns when the last of these sessions was closed, and whether all are.
func (a *account) closed(sessions []string) (last time.Time, all bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, id := range sessions {
		s := a.sessions[id]
		if !s.closed() {
			return last, false
		}
		if s.closedAt.After(last) {
			last = s.closedAt
		}
	}
	return last, true
}

// waiting counts the events that were recorded and not heard yet.
func (a *account) waiting() (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.sessions {
		n += s.unheard(s.recorded)
	}
	return n
}

// totals counts the events so far.
func (a *account) totals() (recorded, heard int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.recorded), len(a.heard)
}

// firstHeard returns when the first event since then was heard, of those of a successor or of all.
func (a *account) firstHeard(since time.Time, recovered bool) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range a.heard {
		if m.at.After(since) && (m.recovered || !recovered) {
			return m.at
		}
	}
	return time.Time{}
}

// silence is the longest time since then in which no event was recorded.
func (a *account) silence(since time.Time) (longest time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, at := range a.recorded {
		if at.After(since) {
			longest, since = max(longest, at.Sub(since)), at
		}
	}
	return longest
}
