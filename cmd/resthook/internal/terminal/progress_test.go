package terminal_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

const erase = "\r\x1b[K"

// The line is cut to what a terminal can erase. It is erased before other output is
// written.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		line := erase + strings.Repeat("x", 79)
		std := &terminal.Streams{Err: &screen, Terminal: true}
		p := std.Progress(func() string { return strings.Repeat("x", 200) })
		synctest.Wait()
		assert.Equal(t, line, screen.String())
		for _, text := range []string{"result\n", "more\n"} {
			require.NoError(t, p.Above(func() error { screen.WriteString(text); return nil }))
		}
		time.Sleep(250 * time.Millisecond)
		p.Stop()
		assert.Equal(t, line+erase+"result\nmore\n"+line+erase, screen.String())
	})
}

func TestProgressIsForATerminalOnly(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	std := &terminal.Streams{Err: &stderr}
	p := std.Progress(func() string { return "x" })
	require.NoError(t, p.Above(func() error { return nil }))
	p.Stop()
	assert.Empty(t, stderr.String())
}
