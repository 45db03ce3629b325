package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// serverLog takes what one server says. The server's own logger ends the process on a fatal
// error; this one keeps the reason.
type serverLog struct {
	log *slog.Logger

	mu       sync.Mutex
	starting bool
	lines    []string // warnings and errors while starting
	fatal    string
}

func newServerLog(log *slog.Logger) *serverLog {
	return &serverLog{log: log, starting: true}
}

// started ends the recording, and returns what was recorded.
func (l *serverLog) started() (lines []string, fatal string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.starting = false
	return l.lines, l.fatal
}

func (l *serverLog) Noticef(format string, v ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.say(slog.LevelDebug, fmt.Sprintf(format, v...))
	}
}

func (l *serverLog) Warnf(format string, v ...any) {
	l.record(slog.LevelWarn, fmt.Sprintf(format, v...))
}

func (l *serverLog) Errorf(format string, v ...any) {
	l.record(slog.LevelError, fmt.Sprintf(format, v...))
}

func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.mu.Lock()
	if l.fatal == "" {
		l.fatal = text
	}
	l.mu.Unlock()
	l.say(slog.LevelError, text)
}

// Debugf and Tracef are never called: the server was told so.
func (l *serverLog) Debugf(string, ...any) {}

func (l *serverLog) Tracef(string, ...any) {}

func (l *serverLog) record(level slog.Level, text string) {
	l.mu.Lock()
	if l.starting {
		l.lines = append(l.lines, strings.TrimSpace(text))
	}
	l.mu.Unlock()
	l.say(level, text)
}

func (l *serverLog) say(level slog.Level, text string) {
	l.log.Log(context.Background(), level, "embedded NATS server", slog.String("says", strings.TrimSpace(text)))
}
