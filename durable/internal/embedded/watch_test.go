package embedded_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A stream that could not be opened is a fault that no new start mends: it is made again by who
// knows its configuration.
func TestUnopenedStreamIsToldAndNotHealed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, options(dir))
	put(t, open(t, s), 1, 10)
	shut(t, s)
	remove("meta.inf")(t, streamDir(dir))

	changed := make(chan error, 10)
	o := options(dir)
	o.Changed = func(err error) { changed <- err }
	s = start(t, o)
	nc, err := s.Connect()
	require.NoError(t, err)
	require.ErrorContains(t, await(t, changed), "EVENTS")
	time.Sleep(1200 * time.Millisecond) // the next look
	assert.Empty(t, changed)
	assert.Zero(t, nc.Stats().Reconnects)

	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateOrUpdateStream(t.Context(), stream())
	require.NoError(t, err)
	require.NoError(t, await(t, changed))
	assert.Equal(t, bodies(1, 10), readAll(t, js))
}
