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

// BenchmarkQueue puts an event, takes it and ends it, for a thousand sessions, until it is removed.
func BenchmarkQueue(b *testing.B) {
	quiet := durable.WithLogger(slog.New(slog.DiscardHandler))
	for name, open := range map[string]func(testing.TB) resthook.Queue{
		"memory":   func(testing.TB) resthook.Queue { return resthook.NewQueue(resthook.QueueLimits{}) },
		"embedded": func(t testing.TB) resthook.Queue { return openIn(t, t.TempDir(), quiet).Queue() },
		"embedded, sync always": func(t testing.TB) resthook.Queue {
			return openIn(t, t.TempDir(), quiet, durable.WithSyncAlways()).Queue()
		},
		"nats on loopback": func(t testing.TB) resthook.Queue { return node(t, natsServer(t).ClientURL(), "node", quiet).Queue() },
	} {
		b.Run(name, func(b *testing.B) { benchmarkQueue(b, open(b)) })
	}
}

// benchmarkQueue stores all events, then takes and removes them, so that none is over before it is stored.
func benchmarkQueue(b *testing.B, q resthook.Queue) {
	b.Helper()
	body := fmt.Appendf(nil, `{"name":%0500d}`, 1)
	b.ReportAllocs()
	b.ResetTimer()
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
	b.ReportMetric(float64(half.Nanoseconds())/float64(b.N), "store-ns/op")
}
