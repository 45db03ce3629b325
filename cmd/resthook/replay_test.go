package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/hooktest"
)

func TestReplayOfARecordingIsTheSame(t *testing.T) {
	t.Parallel()
	file := write(t, "hooks.jsonl", "")
	rules := write(t, "rules.json", `{"unPublishStream":{"deny":"no"},"publishStream":{"overwrite":{"name":"x"}},"ConnectionStatusEvent":{"break":true}}`)
	s := startRecord(t, file, "--append", "--rules", rules)
	do(t, "bench", "--sessions=3", "--players=0", "--hold=0s", "--url", s.url, once)
	s.stop(t)
	require.GreaterOrEqual(t, len(recorded.Read(t, readText(t, file))), 18)
	again := startServe(t, "--rules", rules)
	got := do(t, "replay", file, "--url", again.url, "--speed=0")
	assert.Equal(t, exitFine, got.code, got.out)
	assert.Empty(t, got.err)
	assert.Contains(t, got.out, " answers the same, 0 different, 0 failed\n")
	other := startServe(t)
	got = do(t, "replay", file, "--url", other.url, "--speed=0")
	assert.Equal(t, exitRefused, got.code)
	assert.Contains(t, got.out, ": ConnectionStatusEvent: status 200, was dropped (6 hooks)\n")
}

// differing is a recording, and the URL of a backend that answers differently. Both
// contain secrets.
func differing(t testing.TB) (file, url string) {
	t.Helper()
	backend := hooktest.NewBackend(t)
	backend.On("connect").Answer(`{"custom":{"token":"other s3cret","plan":"1"}}`)
	backend.On("call").Drop()
	return write(t, "hooks.jsonl", recorded.Text(t,
		recorded.Answered(0, "connect", `{"sessionId":"s"}`, 200, `{"custom":{"token":"s3cret","plan":1}}`),
		recorded.At(1, "call", `{"sessionId":"s"}`), recorded.At(2, "a b", "no hook"))), backend.URL()
}

func TestReplayPrints(t *testing.T) {
	t.Parallel()
	file, url := differing(t)
	for _, tt := range []struct {
		flags string
		want  string // FILE stands for the name of the file, TIME for any time
	}{
		{"--ignore=custom.token", `FILE:2: call: failed: no_answer (1 hook)
FILE:1: connect: custom.plan is string, was number (1 hook)
2 hooks in TIME: 0 answers the same, 1 different, 1 failed; 1 request left out, being no hooks
latency: p50 TIME, p90 TIME, p99 TIME, max TIME; at most TIME late
`},
		{"--ignore=custom --json", `{"line":2,"method":"call","what":"failed","field":"","was":"","is":"no_answer","count":1}
{"hooks":2,"same":1,"different":0,"failed":1,"left_out":1,"interrupted":false,"duration":TIME,"late":TIME,` +
			`"latency":{"p50":TIME,"p90":TIME,"p99":TIME,"p999":TIME,"max":TIME}}
`},
		{"--show=all", `FILE:1: connect: custom.plan is "1", was 1; custom.token is another string
FILE:2: call: failed: no_answer: CAUSE
2 hooks in TIME: 0 answers the same, 1 different, 1 failed; 1 request left out, being no hooks
latency: p50 TIME, p90 TIME, p99 TIME, max TIME; at most TIME late
`},
	} {
		got := do(t, append([]string{"replay", file, "--url", url, "--speed=0", once}, strings.Fields(tt.flags)...)...)
		assert.Equal(t, exitRefused, got.code)
		assert.Empty(t, got.err)
		pattern := strings.NewReplacer("FILE", regexp.QuoteMeta(file), "TIME", `[\d.]+(s|ms|µs)?`, "CAUSE", ".*EOF").Replace(regexp.QuoteMeta(tt.want))
		assert.Regexp(t, "^"+pattern+"$", got.out)
	}
}

// A backend chooses the names of fields, so the number of names counted separately is
// bounded.
func TestReplaySaysWhatIsInNoSum(t *testing.T) {
	t.Parallel()
	var fields strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&fields, `,"f%d":1`, i)
	}
	backend := hooktest.NewBackend(t)
	backend.On("call").Answer(`{"a":1` + fields.String() + `}`)
	file := write(t, "hooks.jsonl", recorded.Text(t, recorded.At(0, "call", "{}")))
	got := do(t, "replay", file, "--url", backend.URL())
	assert.Equal(t, exitRefused, got.code)
	assert.Equal(t, "resthook: warning: 2 differences more, which --show all prints\n", got.err)
}

func TestReplayReadsStdin(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	got := doWith(t.Context(), t, recorded.Text(t, recorded.Answered(0, "call", "{}", 201, "")), "replay", "-", "--url", backend.URL())
	assert.Equal(t, exitRefused, got.code)
	assert.True(t, strings.HasPrefix(got.out, "stdin:1: call: status 200, was status 201 (1 hook)\n"), got.out)
}

func TestReplayLeavesOutALineThatWasCutShort(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	text := recorded.Text(t, recorded.At(0, "call", "{}"), recorded.At(1, "hold", "{}"))
	for _, cut := range []int{2, 9} {
		file := write(t, "hooks.jsonl", text[:len(text)-cut])
		got := do(t, "replay", file, "--url", backend.URL())
		assert.Equal(t, exitFine, got.code, got.err)
		assert.Equal(t, "resthook: warning: "+file+":2: the last line was cut short, and is left out\n", got.err)
		assert.Contains(t, got.out, "1 hook in ")
	}
	assert.Len(t, backend.Requests("call"), 2)
	assert.Empty(t, backend.Requests("hold"))
	got := doWith(t.Context(), t, text[:20], "replay", "-", "--url", backend.URL())
	got.isMisuse(t)
	assert.Contains(t, got.err, "stdin: no hook in it: line 1 was cut short")
}

func TestReplaySendsNothingOfAFileThatDoesNotRead(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	file := write(t, "hooks.jsonl", recorded.Text(t, recorded.At(0, "call", "{}"))+`{"time":"s3cret`+"\n")
	got := do(t, "replay", file, "--url", backend.URL())
	got.isMisuse(t)
	assert.Contains(t, got.err, file+": line 2: not a JSON object: ")
	assert.NotContains(t, got.err, "s3cret")
	assert.Empty(t, backend.Requests())
}

func TestReplayShowsProgressOnATerminalOnly(t *testing.T) {
	t.Parallel()
	file, url := differing(t)
	var screen safeBuffer
	args := []string{"replay", file, "--url", url, once, "--show=all"}
	assert.Equal(t, exitRefused, run(t.Context(), args, &terminal.Streams{Out: &screen, Err: &screen, Terminal: true}))
	assert.Contains(t, screen.String(), erase+"[")
	for line := range strings.SplitSeq(screen.String(), "\n") {
		seen := line[strings.LastIndex(line, erase)+1:]
		assert.NotContains(t, seen, "%", "a line of the result holds no part of the bar")
	}
	assert.Empty(t, do(t, args...).err)
}

func TestReplayEndsWhereNobodyReads(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	file := write(t, "hooks.jsonl", recorded.Text(t, recorded.Answered(0, "call", "{}", 201, ""), recorded.At(time.Hour, "call", "{}")))
	var stderr safeBuffer
	code := run(t.Context(), []string{"replay", file, "--url", backend.URL(), "--show=all"}, &terminal.Streams{Out: full{}, Err: &stderr})
	assert.Equal(t, exitRefused, code)
	assert.Equal(t, "resthook: cannot write the result: disk full\n", stderr.String())
	assert.Len(t, backend.Requests(), 1)
}
