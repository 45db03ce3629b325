package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// many is how many events there are in a full store; RESTHOOK_QUEUE_MANY changes it.
func many(t testing.TB, usual int) int {
	t.Helper()
	if text := os.Getenv("RESTHOOK_QUEUE_MANY"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		return n
	}
	if testing.Short() {
		return 2_000
	}
	return usual
}

// manyEvents are events of 500 sessions, or dead letters, of about 600 bytes.
func manyEvents(t testing.TB, js jetstream.JetStream, n int, subject func(*resthook.Event) string) {
	t.Helper()
	body := []byte(`{"status":"PLAYING","text":"` + strings.Repeat("x", 570) + `"}`)
	for i := range n {
		session := fmt.Sprint("session-", i%500)
		e := resthook.Event{
			ID: fmt.Sprint("id.", i), Kind: resthook.KindEvent, Hook: "StreamStatusEvent", Time: time.Now(), App: "defaultApp", Session: session,
			Line: session, Priority: resthook.PriorityStatus, Body: body, About: resthook.About{MediaSessionID: session, EventStatus: "PLAYING"},
		}
		m, err := wire.Message(&e)
		require.NoError(t, err)
		m.Subject = subject(&e)
		m.Header.Set(wire.HeaderReason, "failed")
		m.Header.Set(nats.MsgIdHdr, e.ID)
		_, err = js.PublishMsgAsync(m, jetstream.WithStallWait(time.Minute))
		require.NoError(t, err)
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-time.After(2 * time.Minute):
		require.Fail(t, "not stored")
	}
}

// timed runs a command that succeeds, and logs how long it took.
func timed(t testing.TB, args ...string) (out string) {
	t.Helper()
	begun := time.Now()
	out = fine(t, args...)
	t.Log(args, "took", time.Since(begun).Round(time.Millisecond))
	return out
}

func TestManyEvents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, shut := openStore(t, dir)
	shut()
	n := many(t, 50_000)
	inStore(t, dir, func(js jetstream.JetStream) {
		manyEvents(t, js, n, func(e *resthook.Event) string {
			return wire.EventSubject(wire.Boot{Node: "media-1", ID: "boot"}, wire.EventPlace(e))
		})
	})
	out := timed(t, "status", "--store", dir)
	assert.Contains(t, out, fmt.Sprintf("events   %d events, ", n))
	if n > readOnce {
		assert.Regexp(t, `\ndefaultApp  \d+   11\.4 MiB\+  0\+       20000\+  0\+        0\+ `, out)
	}
	assert.Regexp(t, `\ndefaultApp  \d+ +58\.6 KiB\+  0\+       100\+    0\+        0\+ `, timed(t, "status", "--read", "100", "--store", dir))
	assert.Equal(t, n+1, strings.Count(timed(t, "events", "--store", dir), "\n"))
	assert.Equal(t, 11, strings.Count(timed(t, "events", "--limit", "10", "--store", dir), "\n"))
}

func TestManyLetters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, shut := openStore(t, dir)
	shut()
	n := many(t, 5_000)
	inStore(t, dir, func(js jetstream.JetStream) { manyEvents(t, js, n, wire.DeadSubject) })
	last := fmt.Sprint("id.", n-1)
	assert.Contains(t, timed(t, "dead", "show", last, "--store", dir), last)
	assert.Equal(t, fmt.Sprintf("%d dead letters sent again\n", n), timed(t, "dead", "resend", "--all", "--store", dir))
	assert.Contains(t, timed(t, "status", "--store", dir), fmt.Sprintf("events   %d events, ", n))
	assert.Empty(t, timed(t, "dead", "list", "--store", dir))
}
