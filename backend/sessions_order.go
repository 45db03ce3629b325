package backend

import (
	"container/list"
	"time"

	"github.com/wcskit/resthook"
)

// moment is when a media server made a hook, whenever it was tried: its second,
// and within it its place in the session. The zero moment is unknown.
type moment struct {
	time     time.Time
	sequence uint64
}

func momentOf(d Delivery) moment { return moment{d.Time, d.Sequence} }

// before reports whether the hook was surely made before another. Numbers alone
// do not tell: a session that a media server resumes counts from 1 again.
func (m moment) before(other moment) bool {
	if m.time.IsZero() || other.time.IsZero() {
		return false
	}
	return m.time.Before(other.time) || m.time.Equal(other.time) && m.sequence < other.sequence
}

// closing is the end of a session, remembered for what comes late.
type closing struct {
	key     sessionKey
	connect string // id of the hook that had brought it; empty where it was not known
	at      moment
	removed bool // by this backend: the media server may go on about it
	noted   time.Time
}

// closingAge is how long an end is remembered: a queue in memory delivers none
// that is older than 10 minutes.
const closingAge = 15 * time.Minute

// coversConnect reports whether a connect came before this end.
func (c *closing) coversConnect(d Delivery) bool {
	switch {
	case d.ID != "" && d.ID == c.connect:
		return true
	case c.at.time.IsZero() || d.Time.IsZero():
		return false
	case d.Time.Equal(c.at.time): // a new one within the second, if the old one is known
		return c.connect == ""
	}
	return d.Time.Before(c.at.time)
}

// coversEvent reports whether an event is of the session that has ended so. One
// without a time is: only a connect begins anew.
func (c *closing) coversEvent(d Delivery) bool {
	return c.removed || d.Time.IsZero() || momentOf(d).before(c.at)
}

// join takes in a session that the backend has admitted.
func (s *Sessions) join(key sessionKey, session Session, d Delivery) {
	if !session.fits() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if end := s.end(key); end != nil && end.coversConnect(d) {
		return
	}
	if place, ok := s.live[key]; ok {
		m := memberAt(place)
		if d.ID != "" && d.ID == m.connect || momentOf(d).before(m.begun) {
			return
		}
	}
	s.put(key, session, d)
}

// report takes in what an event says of a session.
func (s *Sessions) report(key sessionKey, session Session, status resthook.ConnectionStatus, d Delivery) {
	if !session.fits() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch status {
	case resthook.ConnectionDisconnected, resthook.ConnectionFailed:
		s.leave(key, d)
	case resthook.ConnectionEstablished, resthook.ConnectionRegistered:
		s.confirm(key, session, d)
	}
}

// confirm marks a session as heard of. One that is not known was admitted before
// this process came up, or by another.
func (s *Sessions) confirm(key sessionKey, session Session, d Delivery) {
	if place, ok := s.live[key]; ok {
		m := memberAt(place)
		if m.last.before(momentOf(d)) {
			m.last = momentOf(d)
		}
		s.heard.MoveToBack(place)
		return
	}
	if end := s.end(key); end == nil || !end.coversEvent(d) {
		d.ID = "" // it is not that of the connect
		s.put(key, session, d)
	}
}

// leave lets go of a session, unless the event is about an earlier one of the
// same id.
func (s *Sessions) leave(key sessionKey, d Delivery) {
	at, connect := momentOf(d), ""
	if place, ok := s.live[key]; ok {
		m := memberAt(place)
		if at.before(m.last) {
			return
		}
		connect = m.connect
		s.remove(key)
	} else if end := s.end(key); end != nil {
		if at.before(end.at) {
			return
		}
		connect = end.connect
	}
	s.note(&closing{key: key, connect: connect, at: at, noted: time.Now()})
}

// put makes a session the one that was heard of last.
func (s *Sessions) put(key sessionKey, session Session, d Delivery) {
	s.remove(key)
	s.erase(key)
	for len(s.live) >= s.limit {
		s.remove(keyAt(s.heard.Front()))
		s.dropped++
	}
	session.Since = time.Now()
	s.live[key] = s.heard.PushBack(&member{Session: session, connect: d.ID, begun: momentOf(d), last: momentOf(d)})
}

// close takes a session out for this backend, whatever its media server says of
// it; only a later connect brings it back.
func (s *Sessions) close(key sessionKey) bool {
	m := s.remove(key)
	if m == nil {
		return false
	}
	s.note(&closing{key: key, connect: m.connect, at: m.last, removed: true, noted: time.Now()})
	return true
}

// remove takes a session out; nil if it is not there.
func (s *Sessions) remove(key sessionKey) *member {
	place, ok := s.live[key]
	if !ok {
		return nil
	}
	delete(s.live, key)
	s.heard.Remove(place)
	return memberAt(place)
}

// note remembers an end, as many as there may be sessions.
func (s *Sessions) note(end *closing) {
	s.erase(end.key)
	s.closed[end.key] = s.closing.PushBack(end)
	for s.closing.Len() > s.limit || time.Since(closingAt(s.closing.Front()).noted) > closingAge {
		s.erase(closingAt(s.closing.Front()).key)
	}
}

// end returns how the session of that key ended, if that was not long ago.
func (s *Sessions) end(key sessionKey) *closing {
	place, ok := s.closed[key]
	if !ok || time.Since(closingAt(place).noted) > closingAge {
		return nil
	}
	return closingAt(place)
}

func (s *Sessions) erase(key sessionKey) {
	if place, ok := s.closed[key]; ok {
		delete(s.closed, key)
		s.closing.Remove(place)
	}
}

func memberAt(place *list.Element) *member {
	m, _ := place.Value.(*member)
	return m
}

func keyAt(place *list.Element) sessionKey {
	m := memberAt(place)
	return sessionKey{m.Node, m.ID}
}

func closingAt(place *list.Element) *closing {
	c, _ := place.Value.(*closing)
	return c
}
