package backend

import (
	"bytes"
	"cmp"
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

// RepeatLimits bounds how many answers are remembered. A zero field has the default.
// A hook may be forgotten while its signature is still valid: if Hooks or Bytes is
// reached, or if Window is shorter than the age of [WithMaxAge]. Then somebody who has
// intercepted it can replay it.
type RepeatLimits struct {
	Window time.Duration // since the answer. Default: 20 minutes, or WithMaxAge plus 5 minutes if that is longer
	Hooks  int           // the oldest are forgotten first. Default: 100,000
	Bytes  int           // of answers that do not just mirror their hook. Default: 64 MiB
}

// WithRepeats sets the limits for the memory of answers, with which repeats are answered
// (deduplication).
//
// A media server that loses the connection before the answer sends a hook again. The
// repeat has the same id (Webhook-Id), method and bytes as the first one; host and path do
// not matter. A closing event may come from a media server and from its successor, with one
// id and different bytes: that is a repeat too, if sessionId, mediaSessionId and callId are
// the same. A repeat gets the answer of the first one, allowed or denied, and no handler sees
// it. While the first one is being handled, the repeat waits. A hook that failed, with
// status 408, 429, or 500 and above, is handled again. So is a hook whose answer has more
// than Bytes, because it is not remembered. Hooks without an id are always handled.
// Default: the limits of [RepeatLimits].
func WithRepeats(limits RepeatLimits) Option {
	return func(o *options) error {
		if limits.Window < 0 || limits.Hooks < 0 || limits.Bytes < 0 {
			return errors.New("a limit of repeats below 0")
		}
		o.repeats = &limits
		return nil
	}
}

// WithoutRepeats makes the handler handle every hook, including repeats.
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
	past  map[hookKey]*past
	order *list.List // the answered ones, the oldest first
	bytes int        // the size of their answers
}

// past is a hook that has come.
type past struct {
	key    hookKey
	repeat bool          // it has come before, and failed
	over   chan struct{} // closed when it was answered
	place  *list.Element // in order, once it is answered
	ended  time.Time

	answer   *answer // nil: it failed
	mirrored bool    // the answer's body equals the hook's and is not kept
}

func newRepeats(limits RepeatLimits, window time.Duration) *repeats {
	limits = RepeatLimits{
		Window: cmp.Or(limits.Window, window),
		Hooks:  cmp.Or(limits.Hooks, 100_000),
		Bytes:  cmp.Or(limits.Bytes, 64<<20),
	}
	return &repeats{limits: limits, past: map[hookKey]*past{}, order: list.New()}
}

// answer returns the remembered answer to a repeat, or else the answer of ask.
func (s *repeats) answer(r *http.Request, d *delivery, ask func() *answer) *answer {
	key := keyOf(d)
	for {
		p, first := s.begin(key)
		if first {
			d.Repeat = p.repeat
			return s.handle(p, d.body, ask)
		}
		select {
		case <-p.over:
		case <-r.Context().Done():
			return notAwaited(r.Context(), d)
		}
		if p.answer != nil {
			d.Repeat = true
			return p.again(d.body)
		}
	}
}

// begin returns the hook with the key, and whether the caller has to answer it.
func (s *repeats) begin(key hookKey) (p *past, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	before, repeat := s.past[key]
	if repeat && (before.place == nil || before.answer != nil) {
		return before, false
	}
	if repeat {
		s.drop(before)
	}
	p = &past{key: key, repeat: repeat, over: make(chan struct{})}
	s.past[key] = p
	return p, true
}

// handle answers a hook, for itself and for repeats that wait. If ask panics, it has
// failed.
func (s *repeats) handle(p *past, body []byte, ask func() *answer) (a *answer) {
	defer func() { s.end(p, body, a) }()
	return ask()
}

func (s *repeats) end(p *past, body []byte, a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a != nil && a.final() {
		p.keep(a, body, s.limits.Bytes)
	}
	p.ended, p.place = time.Now(), s.order.PushBack(p)
	s.bytes += p.size()
	s.forget()
	close(p.over)
}

// final reports whether a repeat gets the same answer. After other answers the hook is
// handled again.
func (a *answer) final() bool {
	return a.status < http.StatusInternalServerError &&
		a.status != http.StatusRequestTimeout && a.status != http.StatusTooManyRequests
}

// keep remembers the answer, unless it has more than most bytes. A mirrored body is not
// kept, since a repeat has it.
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

// forget drops the oldest answers while a limit is exceeded.
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
	delete(s.past, p.key)
}

// hookKey is the hash of a hook's method, id and body. A known id with another body is not
// a repeat, except of a closing event, whose key has what it ends in place of the body. Host and path are not part of the key: they are not signed, so an intercepted
// hook could be replayed under other ones.
type hookKey [sha256.Size]byte

func keyOf(d *delivery) (key hookKey) {
	sum := sha256.New()
	add := func(part string) {
		sum.Write(binary.AppendUvarint(nil, uint64(len(part))))
		sum.Write([]byte(part))
	}
	add(d.Method)
	add(d.ID)
	if strings.HasSuffix(d.ID, closingID) {
		for _, name := range [...]string{"sessionId", "mediaSessionId", "callId"} {
			add(textOf(d.body, name))
		}
	} else {
		sum.Write(d.body)
	}
	sum.Sum(key[:0])
	return key
}
