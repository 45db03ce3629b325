package embedded_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/embedded"
)

func TestRestartKeepsTheMessages(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "here")
	s := start(t, options(dir))
	assert.True(t, s.New())
	put(t, open(t, s), 1, 100)
	require.NoError(t, s.SyncFiles())
	shut(t, s)

	s = start(t, options(dir))
	assert.False(t, s.New())
	assert.Empty(t, s.Damage())
	assert.Equal(t, bodies(1, 100), readAll(t, open(t, s)))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestOneServerForADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, options(dir))
	_, err := embedded.Start(t.Context(), options(dir))
	require.ErrorIs(t, err, embedded.ErrInUse)
	assert.ErrorContains(t, err, dir)
	assert.ErrorContains(t, err, strconv.Itoa(os.Getpid()))
	assert.Equal(t, 0, held(t, open(t, s)), "the first goes on")

	shut(t, s)
	start(t, options(dir))
}

func TestOneProcessForADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := spawn(t, "hold", dir)
	_, err := embedded.Start(t.Context(), options(dir))
	require.ErrorIs(t, err, embedded.ErrInUse)
	assert.ErrorContains(t, err, strconv.Itoa(other.cmd.Process.Pid))

	other.kill(t)
	start(t, options(dir))
}

// When the files are synced shows only where the power is lost.
func TestSync(t *testing.T) {
	t.Parallel()
	assert.False(t, embedded.Options{}.Config().SyncAlways)
	assert.Equal(t, 100*time.Millisecond, embedded.Options{}.Config().SyncInterval)
	assert.True(t, embedded.Options{SyncAlways: true}.Config().SyncAlways)
}

func TestMaxPayload(t *testing.T) {
	t.Parallel()
	o := options(t.TempDir())
	o.MaxPayload = 2 << 20
	js := open(t, start(t, o))
	_, err := js.Publish(t.Context(), "t.a", make([]byte, 2<<20-100))
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "t.a", make([]byte, 2<<20+1))
	assert.ErrorIs(t, err, nats.ErrMaxPayload)
}

func TestMaxStore(t *testing.T) {
	t.Parallel()
	o := options(t.TempDir())
	o.MaxStore = stream().MaxBytes - 1
	s := start(t, o)
	nc, err := s.Connect()
	require.NoError(t, err)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), stream())
	assert.ErrorContains(t, err, "insufficient storage resources")
}

// What the server says of itself is for who looks for it; a disk that is nearly full is not.
func TestLog(t *testing.T) {
	t.Parallel()
	said := new(strings.Builder)
	o := options(t.TempDir())
	o.MaxStore = 1 << 60
	o.Logger = slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	shut(t, start(t, o))
	assert.Contains(t, said.String(), `level=DEBUG msg="embedded NATS server" says="Server is ready"`)
	assert.Equal(t, 1, strings.Count(said.String(), "level=WARN"))
	assert.Contains(t, said.String(), "nearly full")
	assert.NotContains(t, said.String(), "level=INFO")
	assert.NotContains(t, said.String(), "level=ERROR")
}
