package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/hooktest"
)

// benchResult holds the fields of bench --json that the tests read.
type benchResult struct {
	URL      string
	Sessions struct{ Begun, Publishers, Missed int }
	Hooks    struct{ Count, OK, Denied, Failed, Cut int }
	Statuses map[string]int
	Requests int
}

func benchJSON(t testing.TB, got ran) benchResult {
	t.Helper()
	var r benchResult
	require.NoError(t, json.Unmarshal([]byte(got.out), &r), got.out)
	return r
}

func TestBenchAgainstABackend(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	withUser := strings.Replace(backend.URL(), "://", "://in:s3cret@", 1)
	got := do(t, "bench", "--sessions=3", "--hold=0s", "--players=2", "--url", withUser,
		"--data", `{"custom":{"token":"s3cret"},"login":"a"}`, "--json", "--header", "X-Mine: 1", "--sign", oneSecret)
	assert.Equal(t, exitFine, got.code, got.err)
	assert.Empty(t, got.err)
	assert.NotContains(t, got.out, "s3cret")
	r := benchJSON(t, got)
	assert.Equal(t, backend.URL(), r.URL)
	assert.Equal(t, []int{3, 1, 24, 24, 24}, []int{r.Sessions.Begun, r.Sessions.Publishers, r.Hooks.Count, r.Hooks.OK, r.Requests})
	assert.Equal(t, map[string]int{"200": 24}, r.Statuses)
	assert.Len(t, backend.Requests(), 24)
	for _, method := range []string{"connect", "publishStream", "playStream", "StreamStatusEvent"} {
		assert.Contains(t, string(backend.Requests(method)[0].Body), `"custom":{"token":"s3cret"}`)
	}
	connect := string(backend.Requests("connect")[0].Body)
	assert.Contains(t, connect, `"login":"a"`)
	assert.Contains(t, connect, `"clientBrowserVersion":"Mozilla/5.0 `, "what else a browser gives")
	for _, r := range backend.Requests() {
		assert.True(t, strings.HasPrefix(r.Header.Get("Authorization"), "Basic "))
		assert.Equal(t, "1", r.Header.Get("X-Mine"))
		assert.NotEmpty(t, r.Header.Get("Webhook-Signature"))
	}
}

// Clients send no token unless the flags give one, although the sample has one.
func TestBenchGivesNoTokenOfItsOwn(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	do(t, "bench", "--sessions=2", "--hold=0s", "--players=1", "--url", backend.URL(), once)
	for _, r := range backend.Requests() {
		assert.NotContains(t, string(r.Body), "token")
	}
	do(t, "bench", "--sessions=1", "--hold=0s", "--url", backend.URL(), "--data", `{"appKey":"mine","custom":{"a":1}}`, once)
	last := string(backend.Requests("connect")[2].Body)
	assert.Contains(t, last, `"custom":{"a":1}`)
	assert.Contains(t, last, `"appKey":"mine"`)
}

func TestBenchExitCode(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	bench := func(args ...string) ran {
		return do(t, append([]string{"bench", "--hold=0s", "--url", backend.URL()}, args...)...)
	}
	backend.On("unPublishStream").Deny(403)
	got := bench("--sessions=1")
	assert.Equal(t, exitFine, got.code, "a denial is an answer")
	assert.Empty(t, got.err)

	backend.On("unPublishStream").Status(404, "")
	got = bench("--sessions=1")
	assert.Equal(t, exitRefused, got.code)
	assert.Contains(t, got.out, "\nfailed: 1 hook of unPublishStream: status 404: 1\n")
	assert.Contains(t, got.out, "\nAnswers: 7 with status 200, 1 with 404\n")
	assert.Equal(t, "resthook: 1 hook failed\nresthook: answers that are neither 200 nor a denial (401, 403): 404: 1\n", got.err)
	got = bench("--sessions=1", "--json")
	assert.Equal(t, exitRefused, got.code)
	assert.Equal(t, map[string]int{"200": 7, "404": 1}, benchJSON(t, got).Statuses)
	assert.NotEmpty(t, got.err)

	backend.On("connect").Deny(403)
	got = bench("--sessions=2")
	assert.Equal(t, exitRefused, got.code)
	assert.Contains(t, got.out, "2 sessions, 1 to publish and 1 to play: 0 let in, 2 denied, 0 failed\n")
	assert.Equal(t, "resthook: not one session was let in\n", got.err)

	var out safeBuffer
	code := run(t.Context(), []string{"bench", "--sessions=1", "--url", backend.URL()}, &terminal.Streams{Out: full{}, Err: &out})
	assert.Equal(t, exitRefused, code)
	assert.Contains(t, out.String(), "disk full")
}

// Sessions that were due and did not begin are a fault. The message names the cause.
func TestBenchThatFallsBehind(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	backend.On("connect").Delay(time.Second)
	got := do(t, "bench", "--rate=100", "--duration=500ms", "--concurrency=2", "--hold=0s", "--url", backend.URL(), "--json")
	assert.Equal(t, exitRefused, got.code)
	assert.Equal(t, 48, benchJSON(t, got).Sessions.Missed)
	assert.Contains(t, got.err, "resthook: 48 sessions due did not begin: all 2 of --concurrency under way; one lasted 1.")
}

func TestBenchShowsProgressOnATerminalOnly(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	var out, stderr safeBuffer
	args := []string{"bench", "--sessions=2", "--hold=0s", "--json", "--url", backend.URL()}
	assert.Equal(t, exitFine, run(t.Context(), args, &terminal.Streams{Out: &out, Err: &stderr, Terminal: true}))
	assert.NotContains(t, out.String(), erase)
	assert.True(t, strings.HasPrefix(stderr.String(), erase))
	assert.True(t, strings.HasSuffix(stderr.String(), erase), "%q", stderr.String())
	assert.NotContains(t, stderr.String(), "\n")
	for line := range strings.SplitSeq(stderr.String(), erase) {
		assert.Less(t, len(line), 80)
	}
	assert.Empty(t, do(t, args...).err)
}

func TestBenchInterruptedByContext(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = backend.Wait(ctx, 8)
		cancel()
	}()
	got := doWith(ctx, t, "", "bench", "--duration=0", "--hold=0s", "--concurrency=1", "--url", backend.URL())
	assert.Equal(t, exitFine, got.code)
	assert.True(t, strings.HasPrefix(got.out, "Interrupted: "), got.out)
	assert.Empty(t, got.err)
}
