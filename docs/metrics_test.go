package docs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// metrics counts hooks, for a scrape by Prometheus.
type metrics struct {
	mu     sync.Mutex
	values map[string]float64
}

func newMetrics() *metrics { return &metrics{values: map[string]float64{}} }

func (m *metrics) add(value float64, name string, labels ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[fmt.Sprintf(name, labels...)] += value
}

// observer is what resthook.WithObserver takes.
func (m *metrics) observer() resthook.Observer {
	return resthook.Observer{
		Attempt: func(_ context.Context, a resthook.Attempt) {
			m.add(1, `resthook_attempts_total{hook=%q,status="%d"}`, a.Hook, a.Status)
			m.add(1, `resthook_connections_total{reused="%t"}`, a.Reused)
		},
		End: func(_ context.Context, o resthook.Outcome) {
			m.add(1, `resthook_hooks_total{hook=%q,action=%q,kind=%q,status="%d"}`, o.Hook, o.Action, kindOf(o.Err), o.Status)
			m.add(o.Duration.Seconds(), `resthook_hooks_seconds_total{hook=%q}`, o.Hook)
		},
		Event: func(_ context.Context, o resthook.EventOutcome) {
			m.add(o.Queued.Seconds(), `resthook_events_seconds_total{hook=%q}`, o.Hook)
		},
	}
}

// kindOf is why a hook failed, in one word, or nothing.
func kindOf(err error) resthook.ErrorKind {
	if failed, ok := errors.AsType[*resthook.Error](err); ok {
		return failed.Kind
	}
	return ""
}

// handler writes what was counted, and what the client counts itself.
func (m *metrics) handler(client *resthook.Client) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		m.mu.Lock()
		values := maps.Clone(m.values)
		m.mu.Unlock()
		stats := client.Stats()
		values["resthook_queue_events"] = float64(stats.Queued)
		values["resthook_queue_bytes"] = float64(stats.QueuedBytes)
		for _, e := range stats.Events {
			values[fmt.Sprintf(`resthook_events_total{hook=%q,result=%q}`, e.Hook, e.Result)] = float64(e.Count)
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			fmt.Fprintln(w, name, values[name])
		}
	})
}

// A scrape after one client has connected, published and gone, and another was
// refused.
func Example_metrics() {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		if c.Custom["token"] != "secret" {
			return nil, backend.Deny("wrong token")
		}
		return c, nil
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	counts := newMetrics()
	client, err := resthook.NewClient(resthook.DefaultConfig(),
		resthook.WithApp(resthook.App{URL: server.URL}),
		resthook.WithObserver(counts.observer()))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	_, err = client.Connect(ctx, &resthook.Connection{SessionID: "s-1"})
	fmt.Println("refused:", resthook.Denied(err))
	session, err := client.Connect(ctx, &resthook.Connection{SessionID: "s-2", Custom: map[string]any{"token": "secret"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("notified:", resthook.StreamStatusEvent.Notify(context.Background(), session, &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing}))
	fmt.Println("gone:", session.Disconnect(ctx), client.Close(ctx))

	scrape := httptest.NewRecorder()
	counts.handler(client).ServeHTTP(scrape, httptest.NewRequestWithContext(ctx, http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(scrape.Body.String()) {
		if !strings.Contains(line, "seconds") && !strings.Contains(line, "connections") {
			fmt.Print(line)
		}
	}
	// Output:
	// refused: true
	// notified: <nil>
	// gone: <nil> <nil>
	// resthook_attempts_total{hook="ConnectionStatusEvent",status="200"} 1
	// resthook_attempts_total{hook="StreamStatusEvent",status="200"} 1
	// resthook_attempts_total{hook="connect",status="200"} 1
	// resthook_attempts_total{hook="connect",status="403"} 1
	// resthook_events_total{hook="ConnectionStatusEvent",result="delivered"} 1
	// resthook_events_total{hook="StreamStatusEvent",result="delivered"} 1
	// resthook_hooks_total{hook="connect",action="break",kind="status",status="403"} 1
	// resthook_hooks_total{hook="connect",action="continue",kind="",status="200"} 1
	// resthook_queue_bytes 0
	// resthook_queue_events 0
}
