package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
)

const (
	openingMost  = 16 // sessions that connect at once
	storedWithin = 30 * time.Second
	tickEvery    = 5 * time.Millisecond
	mostAtOnce   = 50 // events after a pause
)

// load is what happens on a media server: sessions begin, have events and end.
type load struct {
	*MediaServer

	say    *speaker
	client *resthook.Client
	random *rand.Rand // used by the goroutine of run alone
	stop   chan struct{}
	all    sync.WaitGroup

	mu      sync.Mutex
	began   int // sessions so far
	opening int
	awaited int  // sessions that are to be resumed
	full    bool // it was said
	visits  []*visit
}

// visit is a session.
type visit struct {
	session *resthook.Session
	stream  string // empty: none
	streams int    // that have begun after the first
	n       int    // the number of its last event
	busy    bool   // Record has not returned
}

func newLoad(m *MediaServer, say *speaker, awaited int) *load {
	return &load{MediaServer: m, say: say, awaited: awaited, random: rand.New(rand.NewPCG(m.Seed, 1)), stop: make(chan struct{})}
}

func (l *load) begin(client *resthook.Client) {
	l.client = client
	l.all.Go(l.run)
}

// end ends the load, and the streams. The sessions stay open.
func (l *load) end() {
	close(l.stop)
	l.all.Wait()
	for _, v := range l.visits {
		l.unpublish(v)
	}
}

func (l *load) run() {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	due := 0.0
	for last := time.Now(); ; {
		select {
		case now := <-tick.C:
			due = min(mostAtOnce, due+float64(l.Rate)*now.Sub(last).Seconds())
			last = now
		case <-l.stop:
			return
		}
		l.fill()
		for ; due >= 1; due-- {
			l.happen()
		}
	}
}

// fill has sessions begin where there are too few.
func (l *load) fill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.opening < openingMost && len(l.visits)+l.opening+l.awaited < l.Sessions {
		l.opening++
		l.began++
		id := fmt.Sprintf("%s.%d", l.Name, l.began)
		l.all.Go(func() { l.enter(id) })
	}
}

// enter has a session begin, with a stream.
func (l *load) enter(id string) {
	v, err := l.connect(id)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opening--
	if err == nil {
		l.enlist(v)
	}
}

// enlist has a session be one of those that have events. The lock is held.
func (l *load) enlist(v *visit) {
	l.visits = append(l.visits, v)
	if len(l.visits) >= l.Sessions && !l.full {
		l.full = true
		l.say.line("full")
	}
}

func (l *load) connect(id string) (*visit, error) {
	ctx, cancel := l.bounded()
	defer cancel()
	session, err := l.client.Connect(ctx, &resthook.Connection{AppKey: "defaultApp", SessionID: id})
	if err != nil {
		return nil, err
	}
	v := &visit{session: session, stream: "stream-" + id, n: 1}
	if err := resthook.StreamStatusEvent.Record(ctx, session, v.event(resthook.StreamPublishing)); err != nil {
		l.unpublish(v) // it may be stored all the same
		_ = session.Disconnect(ctx)
		return nil, err
	}
	l.say.line("keeps", id, v.stream)
	return v, nil
}

// bounded bounds what waits for the store or the backend, also by the end of the load.
func (l *load) bounded() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), storedWithin)
	go func() {
		select {
		case <-l.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func (v *visit) event(status resthook.StreamStatus) *resthook.Stream {
	return &resthook.Stream{MediaSessionID: v.stream, Name: v.stream, Published: true, Status: status, Custom: map[string]any{"n": v.n}}
}

// happen has something happen to one of the sessions: three times of ten it is recorded, once of fifty
// it is the end. Where there are changes, once of fifty its stream ends or another one begins.
func (l *load) happen() {
	v := l.choose()
	if v == nil {
		return
	}
	v.n++
	status := resthook.StreamPaused
	if l.random.IntN(2) == 0 {
		status = resthook.StreamResize // the other priority
	}
	switch what := l.random.IntN(50); {
	case what == 0:
		l.leave(v)
	case what == 1 && l.Changes:
		l.change(v)
	case what <= 15:
		l.record(v, status)
	default:
		if err := v.tell(context.Background(), status, false); isOver(err) {
			l.forget(v)
		}
	}
}

// choose chooses a session; nil: none was found.
func (l *load) choose() *visit {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range 3 {
		if len(l.visits) == 0 {
			return nil
		}
		if v := l.visits[l.random.IntN(len(l.visits))]; !v.busy {
			return v
		}
	}
	return nil
}

func (l *load) record(v *visit, status resthook.StreamStatus) {
	l.set(v, true)
	l.all.Go(func() {
		ctx, cancel := l.bounded()
		defer cancel()
		switch err := v.tell(ctx, status, true); {
		case err == nil:
			l.say.line("stored", v.session.ID(), v.n)
		case isOver(err):
			l.forget(v)
		}
		l.set(v, false)
	})
}

func (l *load) set(v *visit, busy bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v.busy = busy
}

// leave ends a session, after its stream.
func (l *load) leave(v *visit) {
	l.forget(v)
	l.say.line("changes", v.session.ID())
	l.unpublish(v)
	l.all.Go(func() { l.disconnect(v.session) })
}

// unpublish ends the stream of a session, where it has one, unless the session has been ended.
func (l *load) unpublish(v *visit) {
	if v.stream == "" {
		return
	}
	_ = resthook.StreamStatusEvent.Notify(context.Background(), v.session, v.event(resthook.StreamUnpublished))
}

func (l *load) disconnect(s *resthook.Session) {
	ctx, cancel := l.bounded()
	defer cancel()
	if s.Disconnect(ctx) == nil {
		l.say.line("ended", s.ID())
	}
}

func (l *load) forget(v *visit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.visits = slices.DeleteFunc(l.visits, func(other *visit) bool { return other == v })
}

// lose ends the sessions that others have ended.
func (l *load) lose(sessions []durable.Session) {
	l.say.line("lost", len(sessions))
	lost := map[string]bool{}
	for _, s := range sessions {
		lost[s.ID] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.visits = slices.DeleteFunc(l.visits, func(v *visit) bool {
		if lost[v.session.ID()] {
			l.say.line("changes", v.session.ID())
			l.unpublish(v)
			go l.disconnect(v.session)
			return true
		}
		return false
	})
}
