package resthook

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// KeepAlive sends StreamKeepAliveEvent for a live stream, at the interval of the
// configuration, until stop is called, the session is disconnected or the client
// is closed (docs/protocol.md, 4.6). Where restOnError is FAIL and the backend
// refuses, answers no yes or does not answer in time, end is called once, with
// [InfoTerminatedByKeepAlive], on another goroutine; the stream is then to be
// ended. A backend that can't be reached or trusted, or loses the connection, ends
// no stream, nor does a configuration that disables the hook: it is asked again.
// What end gives to [Client.Close] or [Client.Shutdown] has to be a context that
// ends, since they wait for it; a panic in it is logged.
//
// Nothing is sent where keep_alive_streaming_sessions_enabled is false or
// streaming_sessions_keep_alive_app_keys does not name the session's app; the
// configuration at the time of the call counts. No goroutine and no timer is
// used for a stream of its own. An error matches [ErrConfig] or [ErrClosed].
func (s *Session) KeepAlive(stream *Stream, end func(info Info)) (stop func(), err error) {
	if s == nil || s.client == nil {
		return nil, fmt.Errorf("%w: keep-alive: a session that Connect did not make", ErrConfig)
	}
	body, err := StreamKeepAliveEvent.encode(nil, stream, &s.identity)
	if err != nil {
		return nil, &Error{Hook: StreamKeepAliveEvent.name, App: label(s.app), Session: label(s.session), Kind: faultConfig, Action: ActionBreak, Err: err}
	}
	cfg := s.client.state.Load().cfg
	if !cfg.KeepAliveEnabled || !slices.Contains(cfg.KeepAliveAppKeys, s.appKey()) {
		return func() {}, nil
	}
	b := &beat{session: s, event: *StreamKeepAliveEvent.event(StreamKeepAliveEvent.about(stream, body)), end: end}
	r, _ := s.open(StreamKeepAliveEvent.name, body) // where no app takes it, each event says so
	r.fill(context.Background(), &b.event)
	b.event.settled = b.settled
	if err := s.client.beats.add(b, cfg.KeepAliveInterval); err != nil {
		return nil, &Error{Hook: StreamKeepAliveEvent.name, App: label(s.app), Session: label(s.session), Kind: faultClosed, Action: ActionBreak, Err: err}
	}
	return b.stop, nil
}

// appKey is the key of the session's app; a client that gave none has the
// default one.
func (s *Session) appKey() string {
	if s.app == "" {
		return defaultAppKey
	}
	return s.app
}

// beat is a stream that is asked about.
type beat struct {
	session *Session
	event   Event // as it is sent each time, but for its stamp
	end     func(info Info)
	once    sync.Once
	wheel   *wheel
	slot    int
}

// fire sends one event.
func (b *beat) fire() {
	if !b.session.begin() {
		b.stop()
		return
	}
	defer b.session.land()
	e := b.event
	r, err := b.session.open(e.Hook, e.Body)
	if err == nil {
		err = r.accept(&e, false)
	}
	if err != nil {
		_ = refuseEvent(context.Background(), b.session, &e, err) // it is counted and observed
		b.stop()
		return
	}
	r.push(&e)
}

func (b *beat) settled(o EventOutcome) {
	if o.Result == EventFailed && o.Action == ActionBreak && asked(o.Err) {
		b.once.Do(func() {
			b.stop()
			if b.end != nil {
				b.session.client.apart(func() { b.end(InfoTerminatedByKeepAlive) })
			}
		})
	}
}

// asked reports whether the backend has heard the question, and has answered
// otherwise than to allow, or not in time. Anything else says nothing about the stream.
func asked(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.unsent {
		return false
	}
	return failed.Kind == faultStatus || failed.Kind == faultBody || failed.Kind == faultTimeout
}

func (b *beat) stop() { b.wheel.remove(b) }

// beats are the wheels of a client, one for each interval in use.
type beats struct {
	mu     sync.Mutex
	closed bool
	wheels map[time.Duration]*wheel
}

func (bs *beats) add(b *beat, interval time.Duration) error {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.closed {
		return ErrClosed
	}
	w, ok := bs.wheels[interval]
	if !ok {
		w = newWheel(interval)
		if bs.wheels == nil {
			bs.wheels = map[time.Duration]*wheel{}
		}
		bs.wheels[interval] = w
	}
	w.add(b)
	return nil
}

func (bs *beats) close() {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.closed = true
	for _, w := range bs.wheels {
		w.close()
	}
}

// wheel fires each of its beats once in an interval. The interval is cut into
// slots, and a beat gets one by chance: however many streams begin at once, the
// backend has an even load.
type wheel struct {
	tick time.Duration

	mu    sync.Mutex
	slots []map[*beat]struct{}
	count int
	turns int       // slots gone by
	due   time.Time // the next turn
	busy  bool      // in a turn, which arms the timer at its end
	timer *time.Timer
	over  bool
}

const wheelSlots = 256

func newWheel(interval time.Duration) *wheel {
	n := min(wheelSlots, max(1, int(interval/time.Millisecond)))
	return &wheel{tick: interval / time.Duration(n), slots: make([]map[*beat]struct{}, n)}
}

func (w *wheel) add(b *beat) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b.wheel, b.slot = w, rand.IntN(len(w.slots))
	if w.slots[b.slot] == nil {
		w.slots[b.slot] = map[*beat]struct{}{}
	}
	w.slots[b.slot][b] = struct{}{}
	if w.count++; w.count == 1 {
		w.due, w.turns = time.Now(), 0
		if !w.busy {
			w.arm()
		}
	}
}

func (w *wheel) remove(b *beat) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.slots[b.slot][b]; !ok {
		return
	}
	delete(w.slots[b.slot], b)
	if w.count--; w.count == 0 && !w.busy {
		w.timer.Stop()
	}
}

// arm sets the timer for the next turn, reckoned from the last one, so that what the
// turns take does not add up. Turns that are overdue, such as of a machine that
// stood still, are not made up for: the wheel goes on from where it is, as evenly as
// before.
func (w *wheel) arm() {
	w.due = w.due.Add(w.tick)
	if late := time.Since(w.due); late > w.tick {
		w.due = w.due.Add(late)
	}
	w.timer = time.AfterFunc(time.Until(w.due), w.turn)
}

func (w *wheel) turn() {
	for _, b := range w.next() {
		b.fire()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = false
	if w.count > 0 && !w.over {
		w.arm()
	}
}

// next moves on to the next slot and returns its beats.
func (w *wheel) next() []*beat {
	w.mu.Lock()
	defer w.mu.Unlock()
	slot := w.slots[w.turns%len(w.slots)]
	w.turns++
	w.busy = true
	due := make([]*beat, 0, len(slot))
	for b := range slot {
		due = append(due, b)
	}
	return due
}

func (w *wheel) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
}
