package backend

import (
	"bytes"
	"cmp"
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/http"
	"sync"
	"time"
)

// RepeatLimits bounds what is remembered of hooks. A zero field has the default.
// A hook that Hooks or Bytes pushes out, or that outlives a Window shorter than the
// age of [WithMaxAge], is forgotten while its signature may still be good: who has
// overheard it can then have it handled once more.
type RepeatLimits struct {
	Window time.Duration // after the answer. Default: 20 minutes, or 5 more than WithMaxAge where that is longer
	Hooks  int           // the oldest are forgotten first. Default: 100,000
	Bytes  int           // of answers that do not just mirror their hook. Default: 64 MiB
}

// WithRepeats bounds what is remembered of hooks that were answered.
//
// A media server that loses the connection before the answer sends a hook again.
// Such a repeat has the id of the first (Webhook-Id), the same method and the
// same bytes, under whatever host and path it came. It is given the answer of the
// first, whether it allowed or denied, and no handler sees it; while the first is
// being handled, it waits for it. A hook that failed, with a status of 500 or
// more, 408 or 429, is handled anew, and so is one whose answer has more than
// Bytes: it is not remembered. Hooks without an id are all new. Default: the
// limits of [RepeatLimits].
func WithRepeats(limits RepeatLimits) Option {
	return func(o *options) error {
		if limits.Window < 0 || limits.Hooks < 0 || limits.Bytes < 0 {
			return errors.New("a limit of repeats below 0")
		}
		o.repeats = &limits
		return nil
	}
}

// WithoutRepeats has every hook handled, a repeat too.
func WithoutRepeats() Option {
	return func(o *options) error {
		o.all = true
		return nil
	}
}

// defaultWindow is twice as long as a media server tries an event in memory (see
// resthook.WithEventAge).
const defaultWindow = 20 * time.Minute

// repeats remembers the answers to hooks.
type repeats struct {
	limits RepeatLimits

	mu    sync.Mutex
	known map[hookKey]*past
	order *list.List // of those that are over, the oldest first
	bytes int        // of their answers
}

// past is a hook that came.
type past struct {
	key    hookKey
	repeat bool          // it was here before, and failed
	over   chan struct{} // closed when it was answered
	place  *list.Element // in order, once it is over
	ended  time.Time

	answer   *answer // nil: it failed
	mirrored bool    // the answer's body is the hook's
}

func newRepeats(limits RepeatLimits, window time.Duration) *repeats {
	limits = RepeatLimits{
		Window: cmp.Or(limits.Window, window),
		Hooks:  cmp.Or(limits.Hooks, 100_000),
		Bytes:  cmp.Or(limits.Bytes, 64<<20),
	}
	return &repeats{limits: limits, known: map[hookKey]*past{}, order: list.New()}
}

// answer returns what ask answers, or has answered to the same hook before.
func (s *repeats) answer(r *http.Request, d *delivery, ask func() *answer) *answer {
	key := keyOf(d)
	for {
		p, first := s.begin(key)
		if first {
			d.Repeat = p.repeat
			return s.settle(p, d.body, ask)
		}
		select {
		case <-p.over:
		case <-r.Context().Done():
			return gone(r.Context(), d)
		}
		if p.answer != nil {
			d.Repeat = true
			return p.again(d.body)
		}
	}
}

// begin returns the hook of that key, and whether it is the caller's to answer.
func (s *repeats) begin(key hookKey) (p *past, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	before, known := s.known[key]
	if known && (before.place == nil || before.answer != nil) {
		return before, false
	}
	if known {
		s.drop(before)
	}
	p = &past{key: key, repeat: known, over: make(chan struct{})}
	s.known[key] = p
	return p, true
}

// settle answers a hook for all who have it. Where ask panics, it has failed.
func (s *repeats) settle(p *past, body []byte, ask func() *answer) (a *answer) {
	defer func() { s.end(p, body, a) }()
	return ask()
}

func (s *repeats) end(p *past, body []byte, a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a != nil && a.settles() {
		p.keep(a, body, s.limits.Bytes)
	}
	p.ended, p.place = time.Now(), s.order.PushBack(p)
	s.bytes += p.size()
	s.forget()
	close(p.over)
}

// settles reports whether the answer is the last word on its hook.
func (a *answer) settles() bool {
	return a.status < http.StatusInternalServerError &&
		a.status != http.StatusRequestTimeout && a.status != http.StatusTooManyRequests
}

// keep remembers the answer, if it has no more than most bytes; those that a
// repeat brings along need not be.
func (p *past) keep(a *answer, body []byte, most int) {
	kept := *a
	if p.mirrored = bytes.Equal(a.body, body); p.mirrored {
		kept.body = nil
	}
	if len(kept.body) <= most {
		p.answer = &kept
	}
}

// again is the answer for a repeat.
func (p *past) again(body []byte) *answer {
	a := *p.answer
	if p.mirrored {
		a.body = body
	}
	return &a
}

func (p *past) size() int {
	if p.answer == nil {
		return 0
	}
	return len(p.answer.body)
}

// forget drops what is too old or too much.
func (s *repeats) forget() {
	for front := s.order.Front(); front != nil; front = s.order.Front() {
		p, _ := front.Value.(*past)
		if s.order.Len() <= s.limits.Hooks && s.bytes <= s.limits.Bytes && time.Since(p.ended) < s.limits.Window {
			return
		}
		s.drop(p)
	}
}

func (s *repeats) drop(p *past) {
	s.order.Remove(p.place)
	s.bytes -= p.size()
	delete(s.known, p.key)
}

// hookKey is that of a hook: its method, its id and its bytes. An id that comes
// with other bytes is no repeat, whoever is to blame. Host and path are no part of
// it: nobody signed them, so that a hook that was overheard would be a new one
// under each.
type hookKey [sha256.Size]byte

func keyOf(d *delivery) (key hookKey) {
	sum := sha256.New()
	for _, part := range [...]string{d.Method, d.ID} {
		sum.Write(binary.AppendUvarint(nil, uint64(len(part))))
		sum.Write([]byte(part))
	}
	sum.Write(d.body)
	sum.Sum(key[:0])
	return key
}
