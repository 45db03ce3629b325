package monitoring

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/program"
	"github.com/wcskit/resthook/otelhook"
	"github.com/wcskit/resthook/otelhook/oteldurable"
)

// mediaServer is a media server with two apps: "live" has two backends and the queue in
// memory, "billing" has one backend and a durable queue.
type mediaServer struct {
	first, second, billing *hooktest.Backend
	nats                   *natsServer
	metrics                *httptest.Server

	live, durable *resthook.Client
	panics        atomic.Bool // the observer panics
}

func newMediaServer(t *testing.T) *mediaServer {
	t.Helper()
	m := &mediaServer{first: hooktest.NewBackend(t), second: hooktest.NewBackend(t), billing: hooktest.NewBackend(t), nats: newNATSServer(t)}
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	require.NoError(t, err)
	provider := metric.NewMeterProvider(metric.WithReader(exporter))
	t.Cleanup(func() { assert.NoError(t, provider.Shutdown(context.WithoutCancel(t.Context()))) })
	m.metrics = httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(m.metrics.Close)

	telemetry, err := otelhook.New(otelhook.WithMeterProvider(provider))
	require.NoError(t, err)
	store, err := durable.Connect(t.Context(), m.nats.url(), durable.WithReplicas(1), durable.WithMaxStore(1<<20, 100))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close(context.WithoutCancel(t.Context()))) })
	stop, err := oteldurable.Watch(store, oteldurable.WithMeterProvider(provider))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, stop()) })

	m.live = m.newClient(t, telemetry, resthook.WithApp(resthook.App{Key: "live", URLs: []string{m.first.URL(), m.second.URL()}}),
		resthook.WithFallback(resthook.PlayStream, resthook.Fallback{Everybody: true}))
	m.durable = m.newClient(t, telemetry, append(store.Options(), resthook.WithApp(resthook.App{Key: "billing", URL: m.billing.URL()}))...)
	return m
}

func (m *mediaServer) newClient(t *testing.T, telemetry *otelhook.Telemetry, opts ...resthook.Option) *resthook.Client {
	t.Helper()
	observer := telemetry.Observer()
	event := observer.Event
	observer.Event = func(ctx context.Context, o resthook.EventOutcome) {
		if m.panics.Load() {
			panic("the observer fails")
		}
		event(ctx, o)
	}
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(opts,
		resthook.WithObserver(observer), resthook.WithBackoff(10*time.Millisecond, 100*time.Millisecond))...)
	require.NoError(t, err)
	require.NoError(t, telemetry.Watch(client))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		_ = client.Close(ctx) // what is left is not what this is about
	})
	return client
}

// work has clients come and go, publish and report, until the test ends.
func (m *mediaServer) work(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{}, 9)
	again := func(f func(n int)) {
		for n := 0; ctx.Err() == nil; n++ {
			f(n)
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
			}
		}
		ended <- struct{}{}
	}
	for i := range 4 {
		go again(func(n int) { m.visit(ctx, fmt.Sprintf("visitor-%d-%d", i, n)) })
	}
	for i := range 4 {
		session := connect(t, m.live, "live", fmt.Sprintf("publisher-%d", i))
		go again(func(int) {
			_, _ = resthook.PublishStream.Send(ctx, session, &resthook.Stream{Name: "cam"})
			_, _ = resthook.PlayStream.Send(ctx, session, &resthook.Stream{Name: "cam"})
			_ = resthook.StreamStatusEvent.Notify(ctx, session, &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing})
		})
	}
	session := connect(t, m.durable, "billing", "payer")
	go again(func(int) { report(ctx, session) })
	t.Cleanup(func() {
		cancel()
		for range 9 {
			<-ended
		}
	})
}

// report notifies an event that no later one replaces.
func report(ctx context.Context, session *resthook.Session) {
	_ = resthook.StreamStatusEvent.Notify(ctx, session, &resthook.Stream{Name: "cam", Status: resthook.StreamUnpublished})
}

func connect(t *testing.T, client *resthook.Client, app, id string) *resthook.Session {
	t.Helper()
	session, err := client.Connect(t.Context(), &resthook.Connection{AppKey: app, SessionID: id})
	require.NoError(t, err)
	return session
}

func (m *mediaServer) visit(ctx context.Context, id string) {
	session, err := m.live.Connect(ctx, &resthook.Connection{AppKey: "live", SessionID: id})
	if err != nil {
		return
	}
	over, cancel := context.WithCancel(ctx)
	cancel() // the closing event is delivered all the same
	_ = session.Disconnect(over)
}

// natsServer is a NATS server with JetStream that can be stopped and started again.
type natsServer struct {
	options server.Options
	running *server.Server
}

func newNATSServer(t *testing.T) *natsServer {
	t.Helper()
	port, err := strconv.Atoi(program.FreePort(t))
	require.NoError(t, err)
	n := &natsServer{options: server.Options{
		Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
	}}
	n.start(t)
	t.Cleanup(n.stop)
	return n
}

func (n *natsServer) url() string {
	return "nats://" + net.JoinHostPort(n.options.Host, strconv.Itoa(n.options.Port))
}

func (n *natsServer) start(t *testing.T) {
	t.Helper()
	options := n.options
	s, err := server.NewServer(&options)
	require.NoError(t, err)
	n.running = s
	s.Start()
	require.True(t, s.ReadyForConnections(program.StartTime))
}

func (n *natsServer) stop() {
	n.running.Shutdown()
	n.running.WaitForShutdown()
}
