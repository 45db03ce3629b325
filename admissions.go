package resthook

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// defaultAdmissionLimit is how many answers of a kind are remembered.
const defaultAdmissionLimit = 50_000

// sessionAnswers is how many answers of one RTSP session are remembered, so that
// no player crowds out the others.
const sessionAnswers = 8

// admissions remember the backend's answers about players, those of HLS and of
// RTSP apart, so that neither crowd out the other.
type admissions struct{ hls, rtsp *memory }

func newAdmissions(limit int, logger *slog.Logger) admissions {
	return admissions{hls: newMemory(PlayHLS.name, limit, logger), rtsp: newMemory(PlayRTSP.name, limit, logger)}
}

// AdmissionStats counts the answers about players that a client remembers.
type AdmissionStats struct {
	Remembered int    // now
	Dropped    uint64 // before their time, since [WithAdmissionLimit] was reached: they are asked for again
}

func (a admissions) stats() AdmissionStats {
	hls, rtsp := a.hls.stats(), a.rtsp.stats()
	return AdmissionStats{Remembered: hls.Remembered + rtsp.Remembered, Dropped: hls.Dropped + rtsp.Dropped}
}

func (a admissions) close() {
	a.hls.close()
	a.rtsp.close()
}

// memory holds the answers of one kind. Those that allow and those that refuse
// each have a shelf, so that whoever guesses tokens crowds out nobody.
type memory struct {
	hook   string
	limit  int // of each shelf
	logger *slog.Logger

	mu               sync.Mutex
	verdicts         map[question]*verdict // those that are awaited, and those on the shelves
	sessions         map[digest]*player    // of RTSP
	allowed, refused shelf
	closed           bool
	dropped          uint64
	untold           uint64    // of those dropped
	told             time.Time // when the log was last told
}

// verdict is an answer, or the wait for one.
type verdict struct {
	question
	player *player       // nil for HLS
	done   chan struct{} // closed when the answer is there
	err    error
	at     time.Time // of the answer
	until  time.Time
	shelf  *shelf        // nil while it is awaited, and where it is not remembered
	place  *list.Element // there
}

// player is an RTSP session.
type player struct {
	awaited int
	answers []*verdict // the oldest first
}

// lifetimes are how long answers are remembered.
type lifetimes struct{ allowed, refused time.Duration }

// shelf holds answers that are remembered for equally long: the first to come is
// the first to go. A timer clears it.
type shelf struct {
	list.List // of *verdict

	timer *time.Timer // nil where it is empty
}

func newMemory(hook string, limit int, logger *slog.Logger) *memory {
	return &memory{hook: hook, limit: limit, logger: logger}
}

// errLeft is the end of a wait for somebody else's answer.
var errLeft = errors.New("the context ended")

// errUnasked is what those who wait get where the one who asks goes away.
var errUnasked = fmt.Errorf("%w: the one who asked gave up", ErrCanceled)

// ask returns the answer that is remembered, or that somebody is asking for
// already, or else that of ask.
func (m *memory) ask(ctx context.Context, q question, keep lifetimes, ask func() (asked bool, err error)) error {
	for {
		v, wait, first := m.join(q, keep)
		switch {
		case first:
			return m.lead(v, keep, ask)
		case wait != nil:
			select {
			case <-wait:
			case <-ctx.Done():
				return errLeft
			}
		}
		if !errors.Is(v.err, ErrCanceled) && !errors.Is(v.err, errNoTime) {
			return v.err
		}
		// The one who asked went away; its end is not ours.
	}
}

// join returns the verdict on a question, and either whether the caller has to
// get it or what to wait for; neither where it is there.
func (m *memory) join(q question, keep lifetimes) (v *verdict, wait <-chan struct{}, first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v := m.verdicts[q]; v != nil && v.player == m.sessions[q.session] {
		if v.shelf == nil {
			return v, v.done, false
		}
		if v.fresh(time.Now(), keep) {
			return v, nil, false
		}
		m.drop(v)
	}
	return m.await(q), nil, true
}

// fresh reports whether the answer still holds. A Reload can shorten its time.
func (v *verdict) fresh(now time.Time, keep lifetimes) bool {
	life := keep.allowed
	if v.err != nil {
		life = keep.refused
	}
	return now.Before(v.until) && now.Before(v.at.Add(life))
}

// await makes a verdict that is to be asked for.
func (m *memory) await(q question) *verdict {
	v := &verdict{question: q, done: make(chan struct{})}
	if q.session != (digest{}) {
		v.player = m.sessions[q.session]
		if v.player == nil {
			v.player = &player{}
			put(&m.sessions, q.session, v.player)
		}
		v.player.awaited++
	}
	put(&m.verdicts, q, v)
	return v
}

func put[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = value
}

// lead gets the answer, for all who wait for it too; they are not left waiting
// if ask should panic.
func (m *memory) lead(v *verdict, keep lifetimes, ask func() (bool, error)) (err error) {
	asked, err := false, errUnasked
	defer func() {
		if n := m.settle(v, asked, err, keep); n > 0 {
			m.logger.Warn("admissions dropped", "hook", m.hook, "count", n, "limit", m.limit)
		}
	}()
	asked, err = ask()
	return err
}

// settle ends the wait for an answer and remembers it, if it is one to be
// remembered. It returns how many dropped answers the log is to be told of.
func (m *memory) settle(v *verdict, asked bool, err error, keep lifetimes) (dropped uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	v.err, v.at = remembered(err), now
	close(v.done)
	to, life := m.shelfOf(asked, err, keep)
	forgotten := m.closed || v.player != m.sessions[v.session]
	if life > 0 && !forgotten {
		m.remember(v, to, now.Add(life))
	} else if m.verdicts[v.question] == v {
		delete(m.verdicts, v.question)
	}
	if v.player != nil {
		v.player.awaited--
		m.release(v)
	}
	return m.tellDropped(now)
}

// shelfOf is where an answer is remembered, and for how long; for no time what is
// no answer to the question.
func (m *memory) shelfOf(asked bool, err error, keep lifetimes) (*shelf, time.Duration) {
	switch {
	case err == nil && asked:
		return &m.allowed, keep.allowed
	case refusesPlayer(err):
		return &m.refused, keep.refused
	}
	return nil, 0
}

func (m *memory) remember(v *verdict, to *shelf, until time.Time) {
	v.shelf, v.until, v.place, v.done = to, until, to.PushBack(v), nil
	if v.player != nil {
		v.player.answers = append(v.player.answers, v)
		if len(v.player.answers) > sessionAnswers {
			m.drop(v.player.answers[0])
		}
	}
	if to.Len() > m.limit {
		m.drop(to.oldest())
		m.dropped++
		m.untold++
	}
	if to.timer == nil {
		to.timer = time.AfterFunc(time.Until(to.oldest().until), func() { m.clear(to) })
	}
}

func (s *shelf) oldest() *verdict {
	v, _ := s.Front().Value.(*verdict)
	return v
}

// clear drops what is out of date.
func (m *memory) clear(s *shelf) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s.timer = nil; s.Len() > 0; {
		if wait := time.Until(s.oldest().until); wait > 0 {
			s.timer = time.AfterFunc(wait, func() { m.clear(s) })
			return
		}
		m.drop(s.oldest())
	}
}

// drop forgets an answer.
func (m *memory) drop(v *verdict) {
	v.shelf.Remove(v.place)
	delete(m.verdicts, v.question)
	if len(m.verdicts) == 0 {
		m.verdicts = nil // a map keeps its size
	}
	if v.player != nil {
		v.player.answers = slices.DeleteFunc(v.player.answers, func(other *verdict) bool { return other == v })
		m.release(v)
	}
}

// release forgets a session of which nothing is known or awaited.
func (m *memory) release(v *verdict) {
	if v.player.awaited > 0 || len(v.player.answers) > 0 || m.sessions[v.session] != v.player {
		return
	}
	delete(m.sessions, v.session)
	if len(m.sessions) == 0 {
		m.sessions = nil
	}
}

// forget forgets a session. What is awaited is then not remembered.
func (m *memory) forget(session digest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.sessions[session]
	if p == nil {
		return
	}
	for _, v := range slices.Clone(p.answers) {
		m.drop(v)
	}
	delete(m.sessions, session)
}

// tellDropped returns how many answers were dropped that the log does not know
// of, once a minute.
func (m *memory) tellDropped(now time.Time) uint64 {
	if m.untold == 0 || now.Sub(m.told) < time.Minute {
		return 0
	}
	n := m.untold
	m.untold, m.told = 0, now
	return n
}

func (m *memory) stats() AdmissionStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return AdmissionStats{Remembered: m.allowed.Len() + m.refused.Len(), Dropped: m.dropped}
}

// close remembers nothing any more.
func (m *memory) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for _, s := range []*shelf{&m.allowed, &m.refused} {
		if s.timer != nil {
			s.timer.Stop()
		}
		for s.Len() > 0 {
			m.drop(s.oldest())
		}
	}
}
