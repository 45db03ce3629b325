package durable_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
)

// stores are where events are kept.
var stores = map[string]func(testing.TB) *durable.Store{
	"memory":                func(testing.TB) *durable.Store { return nil },
	"embedded":              func(t testing.TB) *durable.Store { return openIn(t, t.TempDir(), silent) },
	"embedded, sync always": func(t testing.TB) *durable.Store { return openIn(t, t.TempDir(), silent, durable.WithSyncAlways()) },
	"nats on loopback":      func(t testing.TB) *durable.Store { return node(t, natsServer(t).ClientURL(), "node", silent) },
}

// BenchmarkQueue puts an event, takes it and ends it, for a thousand sessions, until it is removed.
func BenchmarkQueue(b *testing.B) {
	for name, open := range stores {
		b.Run(name, func(b *testing.B) {
			if s := open(b); s != nil {
				benchmarkQueue(b, s.Queue())
			} else {
				benchmarkQueue(b, resthook.NewQueue(resthook.QueueLimits{Events: b.N + 1, Bytes: b.N << 12}))
			}
		})
	}
}

// BenchmarkDelivery notifies an event until the backend has it, for a hundred sessions.
func BenchmarkDelivery(b *testing.B) {
	for name, open := range stores {
		b.Run(name, func(b *testing.B) {
			opts := []resthook.Option{resthook.WithApp(resthook.App{Key: "defaultApp", URL: echo(b)}), resthook.WithLogger(slog.New(slog.DiscardHandler))}
			if s := open(b); s != nil {
				opts = append(s.Options(), opts...)
			}
			c, err := resthook.NewClient(resthook.DefaultConfig(), opts...)
			require.NoError(b, err)
			benchmarkDelivery(b, c)
		})
	}
}

func benchmarkDelivery(b *testing.B, c *resthook.Client) {
	b.Helper()
	const waiting = 10_000
	var sessions []*resthook.Session
	for i := range 100 {
		s, err := c.Connect(b.Context(), &resthook.Connection{AppKey: "defaultApp", SessionID: fmt.Sprint("s", i)})
		require.NoError(b, err)
		sessions = append(sessions, s)
	}
	b.ReportAllocs()
	used := processorTime()
	for i := 0; b.Loop(); i++ {
		for c.Stats().Queued > waiting {
			time.Sleep(time.Millisecond)
		}
		require.NoError(b, resthook.StreamStatusEvent.Notify(b.Context(), sessions[i%len(sessions)], &resthook.Stream{
			MediaSessionID: "c30a5d1e-3f6b-11ef-8b5c-0242ac120002", Name: "stream1", Published: true, Status: resthook.StreamPaused, Width: 1280, Height: 720,
		}))
	}
	closing, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(b, c.Shutdown(closing))
	b.ReportMetric(float64((processorTime()-used).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// benchmarkQueue stores all events, then takes and removes them, so that none is over before it is stored.
func benchmarkQueue(b *testing.B, q resthook.Queue) {
	b.Helper()
	body := fmt.Appendf(nil, `{"name":%0500d}`, 1)
	b.ReportAllocs()
	b.ResetTimer()
	used := processorTime()
	var stored sync.WaitGroup
	for i := range b.N {
		stored.Add(1)
		q.Push(resthook.Event{
			ID: fmt.Sprint(b.N, ".", i), Time: time.Now(), Hook: "StreamStatusEvent", Kind: resthook.KindEvent, App: "app", AppKey: "app",
			Session: fmt.Sprint("s", i%1000), Line: fmt.Sprint("s", i%1000), Body: body, Priority: resthook.PriorityStatus,
		}, func(err error) {
			if err != nil {
				b.Error(err)
			}
			stored.Done()
		})
	}
	stored.Wait()
	half := b.Elapsed()
	var workers sync.WaitGroup
	for worker := range 16 {
		workers.Go(func() {
			for i := worker; i < b.N; i += 16 {
				l, err := q.Pull(b.Context(), []string{"app"})
				if err != nil {
					b.Error(err)
					return
				}
				_ = l.Done(b.Context(), resthook.EventDelivered)
			}
		})
	}
	workers.Wait()
	closing, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := q.Close(closing) // it waits until all are removed
	b.StopTimer()
	require.NoError(b, err)
	b.ReportMetric(float64((processorTime()-used).Nanoseconds())/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(half.Nanoseconds())/float64(b.N), "store-ns/op")
}
