package durable_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
)

// With these flags two tests print the figures of the operators' page. Without, the numbers are small.
var (
	manyWaiting = flag.Int("durable.waiting", 2_000, "events that wait")
	manyOpen    = flag.Int("durable.open", 500, "sessions that are open")
)

var silent = durable.WithLogger(slog.New(slog.DiscardHandler))

// Every event that waited at a crash is given out after it, however many there are.
func TestManyWaitingEvents(t *testing.T) { //nolint:paralleltest // it measures memory
	n, dir := *manyWaiting, t.TempDir()
	room := []durable.Option{
		silent, durable.WithMaxStore(8<<30, int64(2*n)),
		durable.WithLimits(resthook.QueueLimits{Events: 2 * n, Bytes: 8 << 30, SessionEvents: n, SessionBytes: 1 << 30}),
	}
	heap := heapInUse()
	first := openIn(t, dir, room...)
	began := time.Now()
	pushMany(t, first.Queue(), n)
	t.Logf("%d events of 300 bytes: stored in %v, %d MB of heap, %d MB in the store", n, time.Since(began), megabytes(heapInUse()-heap), megabytes(sizeOf(t, dir)))
	first.Crash()
	heap = heapInUse()
	began = time.Now()
	second := openIn(t, dir, room...)
	ready := time.Since(began)
	for i := range n {
		l, err := second.Queue().Pull(t.Context(), []string{"app"})
		require.NoError(t, err)
		if i == 0 {
			t.Logf("after a crash: ready in %v, the first event after %v, %d MB of heap", ready, time.Since(began), megabytes(heapInUse()-heap))
		}
		require.NoError(t, l.Done(t.Context(), resthook.EventDelivered))
	}
	t.Logf("all of them given out after %v", time.Since(began))
	closing, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	require.NoError(t, second.Close(closing))
	assert.Zero(t, second.Stats().Removing)
}

func pushMany(t *testing.T, q resthook.Queue, n int) {
	t.Helper()
	body := fmt.Appendf(nil, `{"name":"%0290d"}`, 1)
	var stored sync.WaitGroup
	stored.Add(n)
	for i := range n {
		q.Push(resthook.Event{
			ID: fmt.Sprint("e", i), Time: time.Now(), Hook: "StreamStatusEvent", Kind: resthook.KindEvent, App: "app", AppKey: "app",
			Session: fmt.Sprint("s", i%1000), Line: fmt.Sprint("s", i%1000), Body: body, Priority: resthook.PriorityStatus,
		}, func(err error) {
			if err != nil {
				t.Error(err)
			}
			stored.Done()
		})
	}
	stored.Wait()
}

// What an open session costs beside one of a client without a store.
func TestManyOpenSessions(t *testing.T) { //nolint:paralleltest // it measures memory
	config := resthook.DefaultConfig()
	app := resthook.WithApp(resthook.App{Key: "defaultApp", URL: echo(t)})
	plain, err := resthook.NewClient(config, app)
	require.NoError(t, err)
	connectMany(t, "in memory", plain, *manyOpen)
	require.NoError(t, plain.Close(t.Context()))
	store := openIn(t, t.TempDir(), silent)
	client, err := resthook.NewClient(config, append(store.Options(), app)...)
	require.NoError(t, err)
	connectMany(t, "in a store", client, *manyOpen)
	require.Eventually(t, func() bool { return store.Stats().Opened == uint64(*manyOpen) }, time.Minute, 10*time.Millisecond)
	began := time.Now()
	closing, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	require.NoError(t, client.Shutdown(closing))
	t.Logf("ended in order in %v", time.Since(began))
}

// echo is a backend that lets everybody in and remembers nothing.
func echo(t testing.TB) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // cut off: then the answer is no answer
		_, _ = w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// connectMany connects from 16 goroutines. The requests are not kept: the memory is the client's.
func connectMany(t *testing.T, where string, c *resthook.Client, n int) {
	t.Helper()
	const at = 16
	heap, used, began := heapInUse(), processorTime(), time.Now()
	sessions := make([]*resthook.Session, n)
	var all sync.WaitGroup
	for i := range at {
		all.Go(func() {
			for i := i; i < n; i += at {
				s, err := c.Connect(t.Context(), &resthook.Connection{AppKey: "defaultApp", SessionID: fmt.Sprint("/192.0.2.1:50000/203.0.113.7:8443-", i)})
				if err != nil {
					t.Error(err)
					return
				}
				sessions[i] = s
			}
		})
	}
	all.Wait()
	t.Logf("%d sessions %s: connected in %v, %v of processor time each, %d MB of heap", n, where, time.Since(began), (processorTime()-used)/time.Duration(n), megabytes(heapInUse()-heap))
	runtime.KeepAlive(sessions)
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

func megabytes(n int64) int64 { return n >> 20 }

func sizeOf(t *testing.T, dir string) (n int64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		n += info.Size()
		return nil
	}))
	return n
}
