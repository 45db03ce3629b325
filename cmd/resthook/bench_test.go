package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

// sampleReport has a value in every field.
func sampleReport() benchReport {
	low := percentiles{0.000456, 0.0123, 0.1, 0.5, 1.5}
	high := percentiles{0.0012, 0.0023, 12, 12, 123.4}
	return benchReport{
		URL: "http://h/x", Interrupted: true, Duration: 10.0123,
		Sessions: sessionCount{Begun: 5, Missed: 7, LetIn: 2, Denied: 1, Failed: 1},
		Hooks:    hookTotals{hookCount{1234, 1200, 30, 4}, 1, 122.9},
		Latency:  low, Requests: 1300, Lost: 66, Retried: 6, Connections: 1,
		Events:  eventCount{700, 1, 2, 3, 4, 5, 6},
		Errors:  []errorReport{{"connect", "timeout", 3}, {"StreamStatusEvent", "shed", 1}},
		Methods: []methodReport{{"connect", hookCount{5, 3, 1, 1}, low}, {"StreamKeepAliveEvent", hookCount{Count: 1000}, high}},
	}
}

func TestBenchText(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `Interrupted: this is what came until then; 1 hook cut short.
1234 hooks in 10.0s, 123 answered a second, over 1 connection
5 sessions: 2 let in, 1 denied, 1 failed; 7 more should have begun

METHOD                HOOKS  DENIED  FAILED     P50     P90    P99  P99.9    MAX
connect                   5       1       1   456µs  12.3ms  100ms  500ms  1.50s
StreamKeepAliveEvent   1000       0       0  1.20ms  2.30ms  12.0s  12.0s   123s
all                    1234      30       4   456µs  12.3ms  100ms  500ms  1.50s

Events: 700 delivered, 1 denied, 2 failed, 3 grown too old, 4 shed, 5 replaced by newer ones, 6 left at the end
Requests: 1300, of which 66 failed; 6 hooks took more than one

failed: 3 hooks of connect: timeout
failed: 1 hook of StreamStatusEvent: shed`, sampleReport().text())
}

func TestBenchJSONIsExact(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	assert.ErrorIs(t, sampleReport().print(&streams{out: &out}, true), errRefused)
	assert.Equal(t, `{"url":"http://h/x","interrupted":true,"duration":10.0123,`+
		`"sessions":{"begun":5,"missed":7,"let_in":2,"denied":1,"failed":1},`+
		`"hooks":{"count":1234,"ok":1200,"denied":30,"failed":4,"cut":1,"rate":122.9},`+
		`"latency":{"p50":0.000456,"p90":0.0123,"p99":0.1,"p999":0.5,"max":1.5},`+
		`"requests":1300,"failed_requests":66,"retried":6,"connections":1,`+
		`"events":{"delivered":700,"denied":1,"failed":2,"expired":3,"shed":4,"replaced":5,"left":6},`+
		`"errors":[{"method":"connect","kind":"timeout","count":3},{"method":"StreamStatusEvent","kind":"shed","count":1}],`+
		`"methods":[{"method":"connect","count":5,"ok":3,"denied":1,"failed":1,"latency":{"p50":0.000456,"p90":0.0123,"p99":0.1,"p999":0.5,"max":1.5}},`+
		`{"method":"StreamKeepAliveEvent","count":1000,"ok":0,"denied":0,"failed":0,"latency":{"p50":0.0012,"p90":0.0023,"p99":12,"p999":12,"max":123.4}}]}`+"\n",
		out.String())
}

func TestBenchAgainstABackend(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	withUser := strings.Replace(backend.URL(), "://", "://in:s3cret@", 1)
	got := do(t, "bench", "--sessions=3", "--url", withUser, "--data", `{"custom":{"token":"s3cret"},"login":"a"}`, "--json")
	assert.Equal(t, exitFine, got.code, got.err)
	assert.Empty(t, got.err)
	assert.NotContains(t, got.out, "s3cret")
	var r benchReport
	require.NoError(t, json.Unmarshal([]byte(got.out), &r))
	assert.Equal(t, backend.URL(), r.URL)
	assert.Equal(t, hookCount{Count: 24, OK: 24}, r.Hooks.hookCount)
	assert.Len(t, backend.Requests(), 24)
	for _, method := range []string{"connect", "publishStream", "StreamStatusEvent"} {
		assert.Contains(t, string(backend.Requests(method)[0].Body), `"custom":{"token":"s3cret"}`)
	}
	assert.Contains(t, string(backend.Requests("connect")[0].Body), `"login":"a"`)
	assert.True(t, strings.HasPrefix(backend.Requests()[0].Header.Get("Authorization"), "Basic "))
}

func TestBenchExitCode(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	backend.On("unPublishStream").Deny(403)
	got := do(t, "bench", "--sessions=1", "--url", backend.URL())
	assert.Equal(t, exitFine, got.code, "a no to a hook is an answer")
	assert.Empty(t, got.err)

	backend.On("unPublishStream").Status(500, "")
	got = do(t, "bench", "--sessions=1", "--url", backend.URL())
	assert.Equal(t, exitRefused, got.code)
	assert.Contains(t, got.out, "\nfailed: 1 hook of unPublishStream: status\n")

	backend.On("connect").Deny(403)
	got = do(t, "bench", "--sessions=2", "--url", backend.URL())
	assert.Equal(t, exitRefused, got.code)
	assert.Contains(t, got.out, "2 sessions: 0 let in, 2 denied, 0 failed\n")
	assert.Equal(t, "resthook: not one session was let in\n", got.err)

	var out safeBuffer
	code := run(t.Context(), []string{"bench", "--sessions=1", "--url", backend.URL()}, &streams{out: full{}, err: &out})
	assert.Equal(t, exitRefused, code)
	assert.Contains(t, out.String(), "disk full")
}

func TestBenchShowsProgressOnATerminalOnly(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	var out, stderr safeBuffer
	args := []string{"bench", "--sessions=2", "--json", "--url", backend.URL()}
	assert.Equal(t, exitFine, run(t.Context(), args, &streams{out: &out, err: &stderr, terminal: true}))
	assert.NotContains(t, out.String(), eraseLine)
	assert.True(t, strings.HasPrefix(stderr.String(), eraseLine))
	assert.True(t, strings.HasSuffix(stderr.String(), eraseLine), "%q", stderr.String())
	assert.NotContains(t, stderr.String(), "\n")
	for line := range strings.SplitSeq(stderr.String(), eraseLine) {
		assert.Less(t, len(line), 80)
	}
	assert.Empty(t, do(t, args...).err)
}

func TestBar(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "[--------------------]   0%", bar(0))
	assert.Equal(t, "[#######-------------]  36%", bar(0.3599))
	assert.Equal(t, "[####################] 100%", bar(1))
}

func TestBrief(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[float64]string{
		0: "0µs", 0.000001: "1.00µs", 0.000999: "999µs", 0.001: "1.00ms", 0.0123: "12.3ms", 0.999: "999ms", 1: "1.00s", 123.4: "123s",
	} {
		assert.Equal(t, want, brief(seconds))
	}
}

func TestBenchInterruptedByContext(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = backend.Wait(ctx, 8)
		cancel()
	}()
	got := doWith(ctx, t, "", "bench", "--duration=0", "--concurrency=1", "--url", backend.URL())
	assert.Equal(t, exitFine, got.code)
	assert.True(t, strings.HasPrefix(got.out, "Interrupted: "), got.out)
	assert.Empty(t, got.err)
}

func TestProgressFitsATerminal(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	p := &progress{w: &screen, line: func() string { return strings.Repeat("x", 200) }}
	p.draw()
	assert.Equal(t, eraseLine+strings.Repeat("x", 79), screen.String())
	screen.Reset()
	require.NoError(t, p.above(func() error { screen.WriteString("result\n"); return nil }))
	require.NoError(t, p.above(func() error { screen.WriteString("more\n"); return nil }))
	assert.Equal(t, eraseLine+"result\nmore\n", screen.String())
}
