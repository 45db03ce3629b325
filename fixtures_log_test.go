package resthook_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// logged collects log lines.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// all are the lines that have a message.
func (l *logged) all(message string) []string {
	var lines []string
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, message) {
			lines = append(lines, line)
		}
	}
	return lines
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

func lineWith(t *testing.T, log, part string) string {
	t.Helper()
	for line := range strings.Lines(log) {
		if strings.Contains(line, part) {
			return line
		}
	}
	require.Fail(t, "no such line", "%s in %s", part, log)
	return ""
}
