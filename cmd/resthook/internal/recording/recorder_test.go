package recording_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// room is a disk that has room for n more bytes.
type room struct {
	*os.File

	left int
}

func (d *room) Write(p []byte) (int, error) {
	n, _ := d.File.Write(p[:min(len(p), d.left)])
	d.left -= n
	if n < len(p) {
		return n, errors.New("no space left on device")
	}
	return n, nil
}

// warnings are the warnings of a recorder.
type warnings []string

func (s *warnings) warn(text string) { *s = append(*s, text) }

func TestRecordingEndsWithAWholeLine(t *testing.T) {
	t.Parallel()
	line := recorded.Text(t, recorded.Full())
	for _, left := range []int{0, 1, len(line) - 1, len(line), len(line) + 1, 3*len(line) - 1} {
		name := write(t, line)
		var said warnings
		r, err := recording.Open(name, recording.Append, said.warn)
		require.NoError(t, err)
		r.Through(func(file *os.File) recording.FileToWrite { return &room{file, left} })
		for range 3 {
			r.Note(recorded.Full())
		}
		require.ErrorIs(t, r.Close(), recording.ErrIncomplete)
		assert.Equal(t, strings.Repeat(line, 1+left/len(line)), read(t, name))
		assert.Equal(t, warnings{"cannot record any more: no space left on device; hooks are still answered"}, said)
	}
}

// broken fails once in the middle of a line, and accepts every later write.
type broken struct{ written []byte }

func (b *broken) Write(p []byte) (int, error) {
	if len(b.written) == 0 {
		b.written = p[:5]
		return 5, errors.New("disk full")
	}
	b.written = append(b.written, p...)
	return len(p), nil
}

func TestRecorderStopsAtItsFirstFault(t *testing.T) {
	t.Parallel()
	var w broken
	var said warnings
	r := recording.NewRecorder(&w, said.warn)
	r.Note(recorded.Full())
	r.Note(recorded.Full())
	assert.Len(t, w.written, 5)
	assert.Equal(t, warnings{"cannot record any more: disk full; hooks are still answered"}, said)
	assert.ErrorIs(t, r.Close(), recording.ErrIncomplete)
}

// A hook that a signal has cut short comes after the recorder is closed.
func TestRecorderThatIsClosedWritesNothing(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := recording.NewRecorder(&out, nil)
	r.Note(recorded.Full())
	require.NoError(t, r.Close())
	r.Note(recorded.Full())
	assert.Equal(t, recorded.Text(t, recorded.Full()), out.String())
}

func TestRecorderTellsOfAFileThatDoesNotClose(t *testing.T) {
	t.Parallel()
	r, err := recording.Open(filepath.Join(t.TempDir(), "hooks.jsonl"), recording.Keep, nil)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	assert.ErrorIs(t, r.Close(), terminal.ErrOutput)
}

// Discard keeps recorded hooks, and a file that existed before.
func TestDiscardRemovesAnEmptyFileOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		existing recording.Existing
		hooks    int
		gone     bool
	}{{recording.Keep, 0, true}, {recording.Keep, 1, false}, {recording.Append, 0, false}, {recording.Replace, 0, false}} {
		name := filepath.Join(t.TempDir(), "hooks.jsonl")
		r, err := recording.Open(name, tt.existing, nil)
		require.NoError(t, err)
		require.NoError(t, r.Begin())
		for range tt.hooks {
			r.Note(recorded.Full())
		}
		r.Discard()
		require.NoError(t, r.Close())
		_, err = os.Stat(name)
		assert.Equal(t, tt.gone, errors.Is(err, fs.ErrNotExist), tt)
	}
}

func write(t testing.TB, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hooks.jsonl")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

func read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}
