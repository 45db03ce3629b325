package backend

import (
	"cmp"
	"container/list"
	"time"

	"github.com/wcskit/resthook"
)

// moment is when a media server made a hook: the second, and the sequence number in the
// session. The zero moment is unknown.
type moment struct {
	time     time.Time
	sequence uint64
}

func momentOf(d Delivery) moment { return moment{d.Time, d.Sequence} }

// earlier reports whether a time is certainly before another. It orders the hooks of
// different sessions. Hooks of one session are ordered by sequence, since a clock may be
// set back.
func earlier(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() && a.Before(b) }

// hear notes an event of the session. Another mark, or a lower sequence number at a later
// time, means that the session was resumed.
func (m *member) hear(d Delivery) {
	mark, at := markOf(d), momentOf(d)
	resumed := mark != "" && mark != m.mark || mark == "" && earlier(m.last.time, at.time)
	if resumed || at.sequence >= m.last.sequence {
		m.last = at
	}
	m.mark = cmp.Or(mark, m.mark)
}

// outlived reports whether an event is of an earlier session with the same id.
func (m *member) outlived(d Delivery) bool {
	mark := markOf(d)
	if order, known := compareMarks(mark, m.mark); known {
		return order < 0
	}
	overtaken := mark == "" && d.Sequence > 0 && d.Sequence < m.last.sequence && !d.Time.IsZero() && !earlier(m.last.time, d.Time)
	return overtaken || m.again && m.recent() && earlier(d.Time, m.begun)
}

// preceded reports whether a connect was before the connect of this session.
func (m *member) preceded(d Delivery) bool {
	if order, known := compareMarks(idOf(d), m.mark); known {
		return order < 0
	}
	return m.recent() && earlier(d.Time, m.begun)
}

// recent reports whether events of an earlier session may still come.
func (m *member) recent() bool { return time.Since(m.Since) <= closingAge }

// closing is the end of a session. It is remembered for hooks that come late.
type closing struct {
	key     sessionKey
	connect string // id of its connect; empty if this process did not get it
	mark    string
	at      moment
	removed bool // by this backend: events of the session may still come
	noted   time.Time
}

// closingAge is how long an end is remembered. A queue in memory delivers no event that is
// older than 10 minutes.
const closingAge = 15 * time.Minute

// coversConnect reports whether a connect was before this end.
func (c *closing) coversConnect(d Delivery) bool {
	id := idOf(d)
	if order, known := compareMarks(id, cmp.Or(c.mark, c.connect)); known {
		return order <= 0
	}
	if !d.Time.IsZero() && d.Time.Equal(c.at.time) { // in the same second: a new connect, if the old one is known
		return c.connect == ""
	}
	return id != "" && id == c.connect || earlier(d.Time, c.at.time)
}

// coversEvent reports whether an event is of the session that has ended. An event without a
// time is, because only a connect begins a new session.
func (c *closing) coversEvent(d Delivery) bool {
	if c.removed || d.Time.IsZero() {
		return true
	}
	if order, known := compareMarks(markOf(d), c.mark); known {
		return order <= 0
	}
	return d.Sequence > 0 && d.Sequence < c.at.sequence || earlier(d.Time, c.at.time)
}

// follows reports whether this end is after the end of another session.
func (c *closing) follows(d Delivery) bool {
	if order, known := compareMarks(markOf(d), c.mark); known {
		return order < 0
	}
	return earlier(d.Time, c.at.time)
}

// join adds a session that the backend has admitted.
func (s *Sessions) join(key sessionKey, session Session, d Delivery) {
	if !session.fits() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if end := s.end(key); end != nil && end.coversConnect(d) {
		return
	}
	id := idOf(d)
	if place, ok := s.live[key]; ok {
		m := memberAt(place)
		if id != "" && id == m.connect {
			return
		}
		if m.preceded(d) {
			m.again = true
			return
		}
	}
	s.put(key, &member{Session: session, connect: id, mark: id, begun: d.Time, last: momentOf(d)})
}

// report handles an event with a status of a session.
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

// confirm notes an event of a session that goes on. An unknown session is added: it was
// admitted before this process started, or by another process.
func (s *Sessions) confirm(key sessionKey, session Session, d Delivery) {
	if place, ok := s.live[key]; ok {
		if m := memberAt(place); !m.outlived(d) {
			m.hear(d)
			s.heard.MoveToBack(place)
		}
		return
	}
	if end := s.end(key); end == nil || !end.coversEvent(d) {
		s.put(key, &member{Session: session, mark: markOf(d), begun: d.Time, last: momentOf(d)})
	}
}

// leave removes a session, unless the event is of an earlier session with the same id.
func (s *Sessions) leave(key sessionKey, d Delivery) {
	end := &closing{key: key, mark: markOf(d), at: momentOf(d), noted: time.Now()}
	if place, ok := s.live[key]; ok {
		m := memberAt(place)
		if m.outlived(d) {
			return
		}
		end.connect, end.mark = m.connect, cmp.Or(end.mark, m.mark)
		s.remove(key)
	} else if last := s.end(key); last != nil {
		if last.follows(d) {
			return
		}
		end.connect = last.connect
	}
	s.note(end)
}

// put adds a session, as the one with the latest hook.
func (s *Sessions) put(key sessionKey, m *member) {
	if last := s.remove(key); last != nil {
		m.again = last.again || last.connect != ""
	}
	m.again = m.again || s.end(key) != nil
	s.erase(key)
	for len(s.live) >= s.limit {
		s.remove(keyAt(s.heard.Front()))
		s.dropped++
	}
	m.Since = time.Now()
	s.live[key] = s.heard.PushBack(m)
}

// close removes a session for this backend. Only a later connect adds it again.
func (s *Sessions) close(key sessionKey) bool {
	m := s.remove(key)
	if m == nil {
		return false
	}
	s.note(&closing{key: key, connect: m.connect, mark: m.mark, at: m.last, removed: true, noted: time.Now()})
	return true
}

// remove removes and returns a session; nil if it does not exist.
func (s *Sessions) remove(key sessionKey) *member {
	place, ok := s.live[key]
	if !ok {
		return nil
	}
	delete(s.live, key)
	s.heard.Remove(place)
	return memberAt(place)
}

// note remembers an end, and forgets ends that are too old or too many.
func (s *Sessions) note(end *closing) {
	s.erase(end.key)
	s.closed[end.key] = s.closing.PushBack(end)
	for s.closing.Len() > s.limit || time.Since(closingAt(s.closing.Front()).noted) > closingAge {
		s.erase(closingAt(s.closing.Front()).key)
	}
}

// end returns the end of a session, if it is still remembered.
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
