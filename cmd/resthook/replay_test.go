package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/hooktest"
)

// replayed replays exchanges to a backend and returns what was printed.
func replayed(t testing.TB, url string, exchanges []recording.Exchange, args ...string) ran {
	t.Helper()
	file := write(t, "hooks.jsonl", recorded.Text(t, exchanges...))
	got := do(t, append([]string{"replay", file, "--url", url, "--speed=0"}, args...)...)
	got.out = strings.ReplaceAll(got.out, file, "FILE")
	return got
}

// differences are the lines above the summary.
func (r ran) differences(t testing.TB) []string {
	t.Helper()
	lines := strings.Split(r.out, "\n")
	require.GreaterOrEqual(t, len(lines), 3, r)
	assert.Regexp(t, `^\d+ hooks? in \S+: `, lines[len(lines)-3])
	assert.Regexp(t, `^latency: p50 \S+, p90 \S+, p99 \S+, max \S+; at most \S+ late$`, lines[len(lines)-2])
	return lines[:len(lines)-3]
}

func TestReplayOfARecordingIsTheSame(t *testing.T) {
	t.Parallel()
	file := write(t, "hooks.jsonl", "")
	rules := write(t, "rules.json", `{"unPublishStream":{"deny":"no"},"publishStream":{"overwrite":{"name":"x"}},"ConnectionStatusEvent":{"break":true}}`)
	s := startRecord(t, file, "--append", "--rules", rules)
	do(t, "bench", "--sessions=3", "--players=0", "--hold=0s", "--url", s.url, once)
	s.stop(t)
	require.GreaterOrEqual(t, len(linesOf(t, readText(t, file))), 18)
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

func TestReplaySendsWhatWasRecorded(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	bodies := []string{
		`{"sessionId":"s","appKey":"other","port":"x","mine":[1,2.50,12345678901234567890,null],"custom":{"token":"s3cret"}}`,
		`{"sessionId":"s","name":"\u003c","a":1,"published":"true","a":[2,{"z":1,"b":2}]}`,
		`{}`,
	}
	got := replayed(t, backend.URL(), []recording.Exchange{recorded.At(0, "connect", bodies[0]), recorded.At(1, "publishStream", bodies[1]), recorded.At(2, "onMine", bodies[2])},
		"--user", "in:s3cret")
	assert.Equal(t, exitFine, got.code, got)
	assert.NotContains(t, got.out+got.err, "s3cret")
	for i, method := range []string{"connect", "publishStream", "onMine"} {
		require.Len(t, backend.Requests(method), 1)
		assert.Equal(t, bodies[i], string(backend.Requests(method)[0].Body))
	}
	assert.True(t, strings.HasPrefix(backend.Requests()[0].Header.Get("Authorization"), "Basic "))
}

// different are hooks whose recorded answers are not those of differing.
func different() []recording.Exchange {
	return []recording.Exchange{
		recorded.Answered(0, "connect", `{"sessionId":"s"}`, 200, `{"custom":{"token":"s3cret","plan":1},"gone":true,"l":[1],"a":"x"}`),
		recorded.Answered(1, "publishStream", `{"sessionId":"s"}`, 403, "no s3cret\n"),
		recorded.Answered(2, "hold", `{"sessionId":"s"}`, 0, ""),
		recorded.Answered(3, "unhold", `{"sessionId":"s"}`, 200, `{"b":1.0,"a":1}`),
		recorded.At(4, "call", `{"sessionId":"s"}`),
		recorded.Answered(5, "transfer", `{"sessionId":"s"}`, 403, "one"),
	}
}

func differingBackend(t testing.TB) *hooktest.Backend {
	t.Helper()
	backend := hooktest.NewBackend(t)
	backend.On("connect").Answer(`{"custom":{"token":"other s3cret","plan":"1"},"new":null,"l":[2],"a":"y"}`)
	backend.On("unhold").Answer(`{"a":1,"b":1}`)
	backend.On("call").Drop()
	backend.On("transfer").Status(403, "two")
	return backend
}

// Differences are summed up by method and field.
func TestReplaySumsUpDifferences(t *testing.T) {
	t.Parallel()
	got := replayed(t, differingBackend(t).URL(), append(different(), different()...), once)
	assert.Equal(t, exitRefused, got.code)
	assert.Empty(t, got.err)
	assert.Equal(t, []string{
		"FILE:5: call: failed: no_answer (2 hooks)",
		"FILE:1: connect: a is another string (2 hooks)",
		"FILE:1: connect: custom.plan is string, was number (2 hooks)",
		"FILE:1: connect: custom.token is another string (2 hooks)",
		"FILE:1: connect: gone is gone, was boolean (2 hooks)",
		"FILE:1: connect: l is another array (2 hooks)",
		"FILE:1: connect: new is new (null) (2 hooks)",
		"FILE:3: hold: status 200, was dropped (2 hooks)",
		"FILE:2: publishStream: status 200, was status 403 (2 hooks)",
		"FILE:6: transfer: the answer is another text (2 hooks)",
	}, got.differences(t))
	assert.Contains(t, got.out, "\n12 hooks in ")
	assert.Contains(t, got.out, ": 2 answers the same, 8 different, 2 failed\n")
	assert.NotContains(t, got.out, "s3cret")
}

// A backend chooses the names of fields: only so many are told apart.
func TestReplaySumsAreBounded(t *testing.T) {
	t.Parallel()
	var fields strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&fields, `,"f%d":1`, i)
	}
	backend := hooktest.NewBackend(t)
	backend.On("call").Answer(`{"` + strings.Repeat("x", 5000) + `":1` + fields.String() + `}`)
	got := replayed(t, backend.URL(), []recording.Exchange{recorded.At(0, "call", "{}")})
	assert.Equal(t, exitRefused, got.code)
	lines := got.differences(t)
	assert.Len(t, lines, 1000)
	for _, line := range lines {
		assert.Less(t, len(line), 400)
	}
	assert.Equal(t, "resthook: warning: 501 differences more, which --show all prints\n", got.err)
}

func TestReplayShowsAll(t *testing.T) {
	t.Parallel()
	got := replayed(t, differingBackend(t).URL(), different(), once, "--show=all")
	assert.Equal(t, exitRefused, got.code)
	assert.Empty(t, got.err)
	lines := got.differences(t)
	require.Len(t, lines, 5)
	assert.Regexp(t, `^FILE:5: call: failed: no_answer: .*EOF`, lines[3])
	lines[3] = ""
	assert.Equal(t, []string{
		`FILE:1: connect: a is "y", was "x"; custom.plan is "1", was 1; custom.token is another string; ` +
			"gone is gone, was true; l is another array; new is new: null",
		"FILE:2: publishStream: status 200, was status 403; the answer is object, was text",
		"FILE:3: hold: status 200, was dropped",
		"",
		"FILE:6: transfer: the answer is another text",
	}, lines)
	assert.NotContains(t, got.out, "s3cret")
}

func TestReplayShowsValues(t *testing.T) {
	t.Parallel()
	got := replayed(t, differingBackend(t).URL(), different()[:1], "--show=all")
	assert.Equal(t, []string{`FILE:1: connect: a is "y", was "x"; custom.plan is "1", was 1; custom.token is another string; ` +
		`gone is gone, was true; l is another array; new is new: null`}, got.differences(t))
	got = replayed(t, differingBackend(t).URL(), different()[5:], "--show=all")
	assert.Equal(t, []string{`FILE:1: transfer: the answer is another text`}, got.differences(t))
}

// What is no object has no names that would tell of secrets.
func TestReplayShowsNoWholeAnswer(t *testing.T) {
	t.Parallel()
	for was, is := range map[string]string{
		"token=s3cret": "token=other s3cret", ` {"token":"s3cret"}`: "s3cret", "s3cret": ` {"token":"s3cret"}`, `["s3cret"]`: `"s3cret"`,
	} {
		backend := hooktest.NewBackend(t)
		backend.On("call").Answer(is)
		for _, form := range []string{"--show=all", "--show all --json", "--json", "--show=sum"} {
			got := replayed(t, backend.URL(), []recording.Exchange{recorded.Answered(0, "call", "{}", 200, was)}, strings.Fields(form)...)
			assert.Equal(t, exitRefused, got.code)
			assert.NotContains(t, got.out+got.err, "s3cret", was)
		}
	}
}

func TestReplayIgnores(t *testing.T) {
	t.Parallel()
	got := replayed(t, differingBackend(t).URL(), different()[:1], "--ignore", "custom, gone", "--ignore=l,new,a")
	assert.Equal(t, exitFine, got.code, got.out)
	got = replayed(t, differingBackend(t).URL(), different()[:1], "--ignore=custom.plan,gone,l,new,a")
	assert.Equal(t, []string{"FILE:1: connect: custom.token is another string (1 hook)"}, got.differences(t))
	got = replayed(t, differingBackend(t).URL(), different()[:1], "--ignore=custo,gone,l,new,a,plan")
	assert.Equal(t, []string{"FILE:1: connect: custom.plan is string, was number (1 hook)", "FILE:1: connect: custom.token is another string (1 hook)"}, got.differences(t))
}

func TestReplayJSONIsExact(t *testing.T) {
	t.Parallel()
	got := replayed(t, differingBackend(t).URL(), different(), once, "--json", "--ignore=a,gone,l,new")
	lines := strings.Split(got.out, "\n")
	require.Len(t, lines, 8)
	assert.Equal(t, []string{
		`{"line":5,"method":"call","what":"failed","field":"","was":"","is":"no_answer","count":1}`,
		`{"line":1,"method":"connect","what":"field","field":"custom.plan","was":"number","is":"string","count":1}`,
		`{"line":1,"method":"connect","what":"field","field":"custom.token","was":"string","is":"string","count":1}`,
		`{"line":3,"method":"hold","what":"status","field":"","was":"0","is":"200","count":1}`,
		`{"line":2,"method":"publishStream","what":"status","field":"","was":"403","is":"200","count":1}`,
		`{"line":6,"method":"transfer","what":"field","field":"","was":"text","is":"text","count":1}`,
	}, lines[:6])
	assert.Regexp(t, `^\{"hooks":6,"same":1,"different":4,"failed":1,"left_out":0,"interrupted":false,"duration":[\d.]+,"late":[\d.]+,`+
		`"latency":\{"p50":[\d.]+,"p90":[\d.]+,"p99":[\d.]+,"p999":[\d.]+,"max":[\d.]+\}\}$`, lines[6])
}

func TestReplayJSONOfAllIsExact(t *testing.T) {
	t.Parallel()
	got := replayed(t, differingBackend(t).URL(), different(), once, "--json", "--show=all", "--ignore=a,gone,l,new")
	lines := strings.Split(got.out, "\n")
	require.Len(t, lines, 7)
	assert.Equal(t, `{"line":1,"method":"connect","session":"s","was":200,"is":200,"error":"","fields":[`+
		`{"field":"custom.plan","was":"number","is":"string","was_value":"1","is_value":"\"1\""},`+
		`{"field":"custom.token","was":"string","is":"string","was_value":"***","is_value":"***"}]}`, lines[0])
	assert.Equal(t, `{"line":3,"method":"hold","session":"s","was":0,"is":200,"error":"","fields":[]}`, lines[2])
	assert.Contains(t, lines[3], `"was":200,"is":0,"error":"hook call: post `)
	assert.Contains(t, lines[3], `","error_kind":"no_answer","fields":[]}`)
}

func TestReplayLeavesOutWhatIsNoHook(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	got := replayed(t, backend.URL(), []recording.Exchange{
		recorded.Answered(0, "call", "no JSON", 400, ""), recorded.At(0, "a b", "{}"), recorded.At(0, "call", "[]"), recorded.At(0, "call", "{}"),
	})
	assert.Equal(t, exitFine, got.code)
	assert.Contains(t, got.out, "1 hook in ")
	assert.Contains(t, got.out, "; 3 requests left out, being no hooks\n")
	assert.Len(t, backend.Requests(), 1)
}

// A comparison of nothing is no yes.
func TestReplayOfNoHookIsMisuse(t *testing.T) {
	t.Parallel()
	got := replayed(t, "http://127.0.0.1:1", []recording.Exchange{recorded.Answered(0, "call", "no JSON", 400, ""), recorded.At(0, "a b", "{}")})
	got.isMisuse(t)
	assert.Contains(t, got.err, ": no hook in it")
}

// A hook that was dropped is an attempt that came to nothing: sent once, and
// the same only where it is dropped again.
func TestReplayOfDroppedHooks(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.FIN))
	got := replayed(t, backend.URL(), []recording.Exchange{recorded.Answered(0, "call", "{}", 0, "")})
	assert.Equal(t, exitFine, got.code, got.out)
	assert.Len(t, backend.Requests(), 1)
	got = replayed(t, hooktest.RefusedURL(t), []recording.Exchange{recorded.Answered(0, "call", "{}", 0, "")})
	assert.Equal(t, exitRefused, got.code)
	assert.Contains(t, got.out, "FILE:1: call: failed: unreachable (1 hook)\n")
	lost := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.FIN), hooktest.Mirror())
	got = replayed(t, lost.URL(), []recording.Exchange{recorded.At(0, "call", "{}")})
	assert.Equal(t, exitFine, got.code, got.out)
	assert.Len(t, lost.Requests(), 2)
}

func TestReplayOfAnswersThatAreNoYes(t *testing.T) {
	t.Parallel()
	const policy = `{"restClientConfig":{"call":{"restOnError":"FALL"}}}`
	for _, tt := range []struct {
		status int
		answer string
	}{{200, "<b>Notice</b>"}, {500, ""}, {200, policy}, {302, "moved"}} {
		backend := hooktest.NewSocket(t, hooktest.Answer(tt.status, tt.answer))
		got := replayed(t, backend.URL(), []recording.Exchange{recorded.Answered(0, "connect", "{}", tt.status, tt.answer)})
		assert.Equal(t, exitFine, got.code, got.out)
	}
	cut := hooktest.NewSocket(t, hooktest.InBody(hooktest.FIN))
	got := replayed(t, cut.URL(), []recording.Exchange{recorded.At(0, "connect", "{}")})
	assert.Equal(t, exitRefused, got.code, got.out)
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
	backend := differingBackend(t)
	file := write(t, "hooks.jsonl", recorded.Text(t, different()...))
	var screen safeBuffer
	args := []string{"replay", file, "--url", backend.URL(), once, "--show=all"}
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

// onNetwork replays on virtual time.
func onNetwork(ctx context.Context, t testing.TB, network *hooktest.Network, c replayCommand, exchanges ...recording.Exchange) (replaySummary, int) {
	t.Helper()
	sender, err := c.resend(resthook.DefaultConfig(), network.DialContext)
	require.NoError(t, err)
	var out safeBuffer
	c.JSON = true
	std := &terminal.Streams{Out: &out, Err: &safeBuffer{}}
	p := c.replay(linesOf(t, recorded.Text(t, exchanges...)), sender, std)
	p.bar = std.Progress(p.progress)
	p.run(ctx)
	p.bar.Stop()
	code := end(std, p.end(ctx.Err() != nil))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var s replaySummary
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &s))
	return s, code
}

// A slow answer holds up its session, and nothing else.
func TestReplayKeepsItsPace(t *testing.T) {
	t.Parallel()
	const a, b = `{"sessionId":"a"}`, `{"sessionId":"b"}`
	exchanges := []recording.Exchange{ // as they ended
		recorded.At(1*time.Second, "publishStream", a), recorded.At(3*time.Second, "hold", b), recorded.At(0, "connect", a), recorded.At(2*time.Second, "unhold", a),
		recorded.At(4*time.Second, "playHLS", `{}`),
	}
	for _, tt := range []struct {
		speed       float64
		concurrency int
		maxGap      time.Duration
		want        map[string]time.Duration
	}{
		{1, 9, 0, map[string]time.Duration{"connect": 0, "publishStream": 10000, "unhold": 10000, "hold": 3000, "playHLS": 4000}},
		{2, 9, 0, map[string]time.Duration{"connect": 0, "publishStream": 10000, "unhold": 10000, "hold": 1500, "playHLS": 2000}},
		{0.5, 9, 0, map[string]time.Duration{"connect": 0, "publishStream": 10000, "unhold": 10000, "hold": 6000, "playHLS": 8000}},
		{0, 9, 0, map[string]time.Duration{"connect": 0, "publishStream": 10000, "unhold": 10000, "hold": 0, "playHLS": 0}},
		{1, 9, 500 * time.Millisecond, map[string]time.Duration{"connect": 0, "publishStream": 10000, "unhold": 10000, "hold": 1500, "playHLS": 2000}},
		{2, 9, time.Second, map[string]time.Duration{"connect": 0, "publishStream": 10000, "unhold": 10000, "hold": 1500, "playHLS": 2000}},
		{1, 1, 0, map[string]time.Duration{"connect": 0, "publishStream": 10000, "unhold": 10000, "hold": 10000, "playHLS": 10000}},
	} {
		synctest.Test(t, func(t *testing.T) {
			network := hooktest.NewNetwork()
			backend := hooktest.NewBackendOn(t, network.Listen())
			begun := time.Now()
			type arrival struct {
				method string
				after  time.Duration // in milliseconds
			}
			came := make(chan arrival, len(exchanges))
			for method := range tt.want {
				backend.On(method).Handle(func(w http.ResponseWriter, r *http.Request) {
					came <- arrival{method, time.Since(begun) / time.Millisecond}
					if method == "connect" {
						time.Sleep(10 * time.Second)
					}
					_, _ = w.Write([]byte(map[bool]string{true: a, false: b}[method != "hold" && method != "playHLS"]))
				})
			}
			c := replayCommand{target: target{URL: backend.URL()}, Speed: tt.speed, MaxGap: tt.maxGap, Concurrency: tt.concurrency}
			s, _ := onNetwork(t.Context(), t, network, c, exchanges...)
			close(came)
			times := map[string]time.Duration{}
			var order []string
			for one := range came {
				times[one.method] = one.after
				order = append(order, one.method)
			}
			assert.Equal(t, tt.want, times)
			assert.Equal(t, 5, s.Hooks)
			if tt.concurrency == 1 {
				assert.Equal(t, []string{"connect", "publishStream", "unhold", "hold", "playHLS"}, order)
			}
			if tt.speed > 0 && tt.maxGap == 0 {
				late := max(10-1/tt.speed, 0)
				assert.InDelta(t, late, s.Late, 0.001)
			}
		})
	}
}

func TestReplayInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		backend := hooktest.NewBackendOn(t, network.Listen())
		backend.On("hold").Stall()
		backend.On("transfer").Delay(interruptTime / 2)
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		begun := time.Now()
		c := replayCommand{target: target{URL: backend.URL()}, Speed: 1, Concurrency: 4}
		s, code := onNetwork(ctx, t, network, c,
			recorded.At(0, "call", "{}"), recorded.At(85*time.Second, "hold", `{"sessionId":"s"}`), recorded.At(86*time.Second, "call", `{"sessionId":"s"}`),
			recorded.At(90*time.Second-1, "transfer", `{"sessionId":"t"}`), recorded.At(90*time.Second-1, "transfer", `{"sessionId":"t"}`), recorded.At(time.Hour, "call", "{}"))
		assert.Equal(t, 90*time.Second+interruptTime, time.Since(begun))
		assert.Equal(t, replayCount{Hooks: 2, Same: 2}, s.replayCount)
		assert.True(t, s.Interrupted)
		assert.Equal(t, exitRefused, code)
		assert.Len(t, backend.Requests(), 3)
	})
}
