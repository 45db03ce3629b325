package durable_test

import (
	"bytes"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
	"github.com/wcskit/resthook/hooktest"
)

func TestObserverHearsOfAnEstate(t *testing.T) {
	t.Parallel()
	url := natsServer(t).ClientURL()
	first := node(t, url, "first")
	stored := make(chan error, 2)
	event := resthook.Event{ID: "s.end", AppKey: "defaultApp", App: "defaultApp", Session: "s", Hook: "ConnectionStatusEvent", Time: time.Now(), Body: []byte("{}")}
	first.Journal().Open(event, func(err error) { stored <- err })
	event.ID = "s.1"
	first.Queue().Push(event, func(err error) { stored <- err })
	require.NoError(t, errors.Join(<-stored, <-stored))
	first.Crash()
	ends := make(chan durable.EstateEnd, 1)
	second := node(t, url, "second", durable.WithObserver(durable.Observer{Estate: func(e durable.EstateEnd) { ends <- e }}))
	mediaServer(t, hooktest.NewBackend(t), second)
	select {
	case e := <-ends:
		assert.Equal(t, "first", e.Node)
		assert.Equal(t, 1, e.Events)
		assert.Equal(t, 1, e.Closings)
		assert.Positive(t, e.Took)
	case <-time.After(20 * time.Second):
		t.Error("the observer was not told")
	}
}

// A function of the observer that blocks is called once; one that panics is called again, and logged.
func TestObserverMayBlockAndPanic(t *testing.T) {
	t.Parallel()
	url := natsServer(t).ClientURL()
	release := make(chan struct{})
	defer close(release)
	var blocked, panicked atomic.Int32
	node(t, url, "blocks", durable.WithObserver(durable.Observer{Stats: func(durable.Stats) {
		blocked.Add(1)
		<-release
	}}))
	log := &buffer{}
	node(t, url, "panics", durable.WithLogger(slog.New(slog.NewTextHandler(log, nil))), durable.WithObserver(durable.Observer{Stats: func(durable.Stats) {
		panicked.Add(1)
		panic("of the observer")
	}}))
	require.Eventually(t, func() bool { return panicked.Load() > 2 }, 20*time.Second, 20*time.Millisecond)
	assert.EqualValues(t, 1, blocked.Load())
	assert.Contains(t, log.String(), `msg="callback panicked" node=panics panic="of the observer"`)
}

// The age of the oldest event is that of one which waits, not of a session that is open.
func TestStatsHaveTheAgeOfTheOldestEvent(t *testing.T) {
	t.Parallel()
	figures := make(chan durable.Stats, 100)
	s := node(t, natsServer(t).ClientURL(), "node", durable.WithObserver(durable.Observer{Stats: func(s durable.Stats) { figures <- s }}))
	opened := make(chan error, 1)
	s.Journal().Open(resthook.Event{ID: "s.end", AppKey: "a", Session: "s", Hook: "ConnectionStatusEvent", Time: time.Now()}, func(err error) { opened <- err })
	require.NoError(t, <-opened)
	next := func(holds func(durable.Stats) bool) {
		t.Helper()
		for limit := time.After(20 * time.Second); ; {
			select {
			case f := <-figures:
				if holds(f) {
					return
				}
			case <-limit:
				t.Fatal("no such figures came")
			}
		}
	}
	next(func(f durable.Stats) bool { return f.StoreEvents == 1 && f.StoreOldest == 0 })
	s.Queue().Push(resthook.Event{ID: "one", AppKey: "a", Session: "s", Time: time.Now()}, func(err error) { assert.NoError(t, err) })
	next(func(f durable.Stats) bool { return f.StoreEvents == 2 && f.StoreOldest > time.Second })
}

// buffer is a log that several goroutines write.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
