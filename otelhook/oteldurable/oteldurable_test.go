package oteldurable_test

import (
	"context"
	"log/slog"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/otelhook/oteldurable"
)

func open(t *testing.T) *durable.Store {
	t.Helper()
	store, err := durable.Open(t.Context(), t.TempDir(), durable.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		assert.NoError(t, store.Close(ctx))
	})
	return store
}

// collect is what a collector gets, as numbers by name.
func collect(t *testing.T, reader *sdkmetric.ManualReader) map[string]float64 {
	t.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &data))
	all := map[string]float64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch one := m.Data.(type) {
			case metricdata.Sum[int64]:
				all[m.Name] = float64(one.DataPoints[0].Value)
			case metricdata.Gauge[float64]:
				all[m.Name] = one.DataPoints[0].Value
			}
		}
	}
	return all
}

// The figures are those of the store, all of them, and those that the README lists.
func TestWatch(t *testing.T) {
	t.Parallel()
	store, reader := open(t), sdkmetric.NewManualReader()
	stop, err := oteldurable.Watch(store, oteldurable.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
	require.NoError(t, err)
	socket := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.Stall))
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(store.Options(), resthook.WithApp(resthook.App{URL: socket.URL()}),
		resthook.WithLogger(slog.New(slog.DiscardHandler)))...)
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), client, &resthook.Stream{SessionID: "s", Status: resthook.StreamPublishing}))
	}
	got := collect(t, reader)
	assert.InDelta(t, 3, got["resthook.durable.stored"], 0)
	assert.InDelta(t, 3, got["resthook.durable.waiting"], 0)
	assert.InDelta(t, 1, got["resthook.durable.connected"], 0)
	assert.Less(t, got["resthook.durable.lease.age"], 60.0)
	assert.Len(t, got, reflect.TypeFor[durable.Stats]().NumField()-1, "each figure but the node's name")
	assert.Eventually(t, func() bool { return collect(t, reader)["resthook.durable.store.events"] >= 3 }, 30*time.Second, 20*time.Millisecond)
	assert.Positive(t, collect(t, reader)["resthook.durable.store.size"])

	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	listed := regexp.MustCompile("(?m)^\\| `(resthook.durable[a-z._]+)` \\| `([a-z_]+)` ").FindAllStringSubmatch(string(text), -1)
	assert.Len(t, listed, len(got))
	for _, row := range listed {
		assert.Contains(t, got, row[1])
		assert.True(t, strings.HasPrefix(row[2], strings.ReplaceAll(row[1], ".", "_")), row)
	}

	require.NoError(t, stop())
	assert.Empty(t, collect(t, reader))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = client.Close(ctx)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	_, err := oteldurable.Watch(nil)
	require.Error(t, err)
	store := open(t)
	for _, opt := range []oteldurable.Option{nil, oteldurable.WithMeterProvider(nil)} {
		_, err := oteldurable.Watch(store, opt)
		require.Error(t, err)
	}
	stop, err := oteldurable.Watch(store, oteldurable.WithMeterProvider(noop.NewMeterProvider()))
	require.NoError(t, err)
	require.NoError(t, stop())
}
