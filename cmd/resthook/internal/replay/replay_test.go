package replay_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
	"github.com/wcskit/resthook/cmd/resthook/internal/replay"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/cmd/resthook/internal/wire"
	"github.com/wcskit/resthook/hooktest"
)

// run is a replay against a backend.
type run struct {
	url     string
	dial    wire.Dial
	plan    replay.Plan
	retries int
}

// replayed replays exchanges to a backend without pauses, each sent once.
func replayed(t testing.TB, url string, exchanges []recording.Exchange, ignore ...string) replay.Report {
	t.Helper()
	return run{url: url, plan: replay.Plan{Ignore: ignore}}.of(t.Context(), t, exchanges)
}

func (r run) of(ctx context.Context, t testing.TB, exchanges []recording.Exchange) replay.Report {
	t.Helper()
	if r.dial == nil {
		r.dial = wire.TCP()
	}
	r.plan.Concurrency = max(r.plan.Concurrency, 1)
	cfg := resthook.DefaultConfig()
	cfg.RetryCount = r.retries
	sender, err := replay.NewSender(cfg, 9, r.dial, nil, func(cfg resthook.Config, opts ...resthook.Option) (*resthook.Client, error) {
		opts = append(opts, resthook.WithLogger(slog.New(slog.DiscardHandler)), resthook.WithApp(resthook.App{URL: r.url}))
		return resthook.NewClient(cfg, opts...)
	})
	require.NoError(t, err)
	hooks, err := replay.Read("-", strings.NewReader(recorded.Text(t, exchanges...)))
	require.NoError(t, err)
	report, err := replay.New(r.plan, hooks, sender).Run(ctx)
	require.NoError(t, err)
	return report
}

// all replays exchanges and returns the differences, as Found gets them.
func all(t testing.TB, url string, exchanges []recording.Exchange, ignore ...string) (replay.Report, []*replay.Difference) {
	t.Helper()
	var mu sync.Mutex
	var found []*replay.Difference
	r := run{url: url, plan: replay.Plan{Ignore: ignore, Found: func(d *replay.Difference) error {
		mu.Lock()
		defer mu.Unlock()
		found = append(found, d)
		return nil
	}}}
	report := r.of(t.Context(), t, exchanges)
	assert.Empty(t, report.Sums)
	return report, found
}

// shown are results in the printed form: as text or as JSON.
func shown[R interface{ Text() string }](t testing.TB, asJSON bool, results []R) []string {
	t.Helper()
	lines := make([]string, len(results))
	for i, result := range results {
		lines[i] = result.Text()
		if asJSON {
			var err error
			lines[i], err = terminal.JSON(result)
			require.NoError(t, err)
		}
	}
	return lines
}

func TestReplaySendsWhatWasRecorded(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	bodies := []string{
		`{"sessionId":"s","appKey":"other","port":"x","mine":[1,2.50,12345678901234567890,null],"custom":{"token":"s3cret"}}`,
		`{"sessionId":"s","name":"\u003c","a":1,"published":"true","a":[2,{"z":1,"b":2}]}`,
		`{}`,
	}
	r := replayed(t, backend.URL(), []recording.Exchange{
		recorded.At(0, "connect", bodies[0]), recorded.At(1, "publishStream", bodies[1]), recorded.At(2, "onMine", bodies[2]),
	})
	assert.True(t, r.AllSame(), r)
	for i, method := range []string{"connect", "publishStream", "onMine"} {
		require.Len(t, backend.Requests(method), 1)
		assert.Equal(t, bodies[i], string(backend.Requests(method)[0].Body))
	}
}

// different are exchanges whose answers differ from what the backend differing gives.
func different() []recording.Exchange {
	const request = `{"sessionId":"s"}`
	return []recording.Exchange{
		recorded.Answered(0, "connect", request, 200, `{"custom":{"token":"s3cret","plan":1},"gone":true,"l":[1],"a":"x"}`),
		recorded.Answered(1, "publishStream", request, 403, "no s3cret\n"),
		recorded.Answered(2, "hold", request, 0, ""),
		recorded.Answered(3, "unhold", request, 200, `{"b":1.0,"a":1}`),
		recorded.At(4, "call", request),
		recorded.Answered(5, "transfer", request, 403, "one"),
	}
}

func differing(t testing.TB) string {
	t.Helper()
	backend := hooktest.NewBackend(t)
	backend.On("connect").Answer(`{"custom":{"token":"other s3cret","plan":"1"},"new":null,"l":[2],"a":"y"}`)
	backend.On("unhold").Answer(`{"a":1,"b":1}`)
	backend.On("call").Drop()
	backend.On("transfer").Status(403, "two")
	return backend.URL()
}

// Differences are counted by method and field.
func TestSums(t *testing.T) {
	t.Parallel()
	r := replayed(t, differing(t), append(different(), different()...))
	assert.Equal(t, []string{
		"stdin:5: call: failed: no_answer (2 hooks)",
		"stdin:1: connect: a is another string (2 hooks)",
		"stdin:1: connect: custom.plan is string, was number (2 hooks)",
		"stdin:1: connect: custom.token is another string (2 hooks)",
		"stdin:1: connect: gone is gone, was boolean (2 hooks)",
		"stdin:1: connect: l is another array (2 hooks)",
		"stdin:1: connect: new is new (null) (2 hooks)",
		"stdin:3: hold: status 200, was dropped (2 hooks)",
		"stdin:2: publishStream: status 200, was status 403 (2 hooks)",
		"stdin:6: transfer: the answer is another text (2 hooks)",
	}, shown(t, false, r.Sums))
	assert.Equal(t, []int{12, 2, 8, 2}, []int{r.Hooks, r.Same, r.Different, r.Failed})
	assert.Contains(t, r.Text(), "12 hooks in ")
	assert.Contains(t, r.Text(), ": 2 answers the same, 8 different, 2 failed\n")
	assert.False(t, r.AllSame())
	assert.Equal(t, []string{
		`{"line":5,"method":"call","what":"failed","field":"","was":"","is":"no_answer","count":2}`,
		`{"line":1,"method":"connect","what":"field","field":"a","was":"string","is":"string","count":2}`,
		`{"line":1,"method":"connect","what":"field","field":"custom.plan","was":"number","is":"string","count":2}`,
	}, shown(t, true, r.Sums)[:3])
	assert.Equal(t, []string{
		`{"line":3,"method":"hold","what":"status","field":"","was":"0","is":"200","count":2}`,
		`{"line":2,"method":"publishStream","what":"status","field":"","was":"403","is":"200","count":2}`,
		`{"line":6,"method":"transfer","what":"field","field":"","was":"text","is":"text","count":2}`,
	}, shown(t, true, r.Sums)[7:])
}

// A backend chooses the names of fields, so the number of names counted separately is
// bounded.
func TestSumsAreBounded(t *testing.T) {
	t.Parallel()
	var fields strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&fields, `,"f%d":1`, i)
	}
	backend := hooktest.NewBackend(t)
	backend.On("call").Answer(`{"` + strings.Repeat("x", 5000) + `":1` + fields.String() + `}`)
	r := replayed(t, backend.URL(), []recording.Exchange{recorded.At(0, "call", "{}")})
	assert.Len(t, r.Sums, 1000)
	for _, line := range shown(t, false, r.Sums) {
		assert.Less(t, len(line), 400)
	}
	assert.Equal(t, 501, r.Unsaid)
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	r, found := all(t, differing(t), different())
	assert.False(t, r.AllSame())
	lines := shown(t, false, found)
	require.Len(t, lines, 5)
	assert.Regexp(t, `^stdin:5: call: failed: no_answer: .*EOF`, lines[3])
	lines[3] = ""
	assert.Equal(t, []string{
		`stdin:1: connect: a is "y", was "x"; custom.plan is "1", was 1; custom.token is another string; ` +
			"gone is gone, was true; l is another array; new is new: null",
		"stdin:2: publishStream: status 200, was status 403; the answer is object, was text",
		"stdin:3: hold: status 200, was dropped",
		"",
		"stdin:6: transfer: the answer is another text",
	}, lines)
}

func TestDifferencesAsJSON(t *testing.T) {
	t.Parallel()
	_, found := all(t, differing(t), different(), "a", "gone", "l", "new")
	lines := shown(t, true, found)
	require.Len(t, lines, 5)
	assert.Equal(t, `{"line":1,"method":"connect","session":"s","was":200,"is":200,"error":"","fields":[`+
		`{"field":"custom.plan","was":"number","is":"string","was_value":"1","is_value":"\"1\""},`+
		`{"field":"custom.token","was":"string","is":"string","was_value":"***","is_value":"***"}]}`, lines[0])
	assert.Equal(t, `{"line":3,"method":"hold","session":"s","was":0,"is":200,"error":"","fields":[]}`, lines[2])
	assert.Contains(t, lines[3], `"was":200,"is":0,"error":"hook call: post `)
	assert.Contains(t, lines[3], `","error_kind":"no_answer","fields":[]}`)
}

// An answer that is not an object has no field names that could mark secrets.
func TestNoWholeAnswerIsShown(t *testing.T) {
	t.Parallel()
	for was, is := range map[string]string{
		"token=s3cret": "token=other s3cret", ` {"token":"s3cret"}`: "s3cret", "s3cret": ` {"token":"s3cret"}`, `["s3cret"]`: `"s3cret"`,
	} {
		backend := hooktest.NewBackend(t)
		backend.On("call").Answer(is)
		exchanges := []recording.Exchange{recorded.Answered(0, "call", "{}", 200, was)}
		sums := replayed(t, backend.URL(), exchanges).Sums
		_, found := all(t, backend.URL(), exchanges)
		require.Equal(t, []int{1, 1}, []int{len(sums), len(found)})
		for _, asJSON := range []bool{false, true} {
			assert.NotContains(t, shown(t, asJSON, sums)[0]+shown(t, asJSON, found)[0], "s3cret", was)
		}
	}
}

func TestIgnoredFields(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ ignore, want string }{
		{"custom,gone,l,new,a", ""},
		{"custom.plan,gone,l,new,a", "custom.token"},
		{"custo,gone,l,new,a,plan", "custom.plan custom.token"},
	} {
		var fields []string
		for _, sum := range replayed(t, differing(t), different()[:1], strings.Split(tt.ignore, ",")...).Sums {
			fields = append(fields, sum.Field)
		}
		assert.Equal(t, tt.want, strings.Join(fields, " "))
	}
}

func TestWhatIsNoHookIsLeftOut(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	r := replayed(t, backend.URL(), []recording.Exchange{
		recorded.Answered(0, "call", "no JSON", 400, ""), recorded.At(0, "a b", "{}"), recorded.At(0, "call", "[]"), recorded.At(0, "call", "{}"),
	})
	assert.True(t, r.AllSame())
	assert.Contains(t, r.Text(), "1 hook in ")
	assert.Contains(t, r.Text(), "; 3 requests left out, being no hooks\n")
	assert.Len(t, backend.Requests(), 1)
}

// A dropped hook is an attempt without an answer. It is sent once, and equals the
// recording only if it is dropped again.
func TestDroppedHooks(t *testing.T) {
	t.Parallel()
	dropped := []recording.Exchange{recorded.Answered(0, "call", "{}", 0, "")}
	backend := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.FIN))
	assert.True(t, run{url: backend.URL(), retries: 3}.of(t.Context(), t, dropped).AllSame())
	assert.Len(t, backend.Requests(), 1)
	assert.Equal(t, []string{"stdin:1: call: failed: unreachable (1 hook)"}, shown(t, false, replayed(t, hooktest.RefusedURL(t), dropped).Sums))
	lost := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.FIN), hooktest.Mirror())
	assert.True(t, run{url: lost.URL(), retries: 3}.of(t.Context(), t, []recording.Exchange{recorded.At(0, "call", "{}")}).AllSame())
	assert.Len(t, lost.Requests(), 2)
}

func TestDenialsAndFaultsAreAnswers(t *testing.T) {
	t.Parallel()
	const policy = `{"restClientConfig":{"call":{"restOnError":"FALL"}}}`
	for _, tt := range []struct {
		status int
		answer string
	}{{200, "<b>Notice</b>"}, {500, ""}, {200, policy}, {302, "moved"}} {
		backend := hooktest.NewSocket(t, hooktest.Answer(tt.status, tt.answer))
		r := replayed(t, backend.URL(), []recording.Exchange{recorded.Answered(0, "connect", "{}", tt.status, tt.answer)})
		assert.True(t, r.AllSame(), r)
	}
	cut := hooktest.NewSocket(t, hooktest.InBody(hooktest.FIN))
	assert.False(t, replayed(t, cut.URL(), []recording.Exchange{recorded.At(0, "connect", "{}")}).AllSame())
}

func TestReadNamesTheLine(t *testing.T) {
	t.Parallel()
	hook := recorded.Text(t, recorded.At(0, "call", "{}"))
	for text, want := range map[string]string{
		"":                "stdin: no hook in it",
		hook[:20]:         "stdin: no hook in it: line 1 was cut short",
		hook + "s3cret\n": "stdin: line 2: not a JSON object: ",
		recorded.Text(t, recorded.At(0, "call", "no JSON"), recorded.At(0, "a b", "{}")): "stdin: no hook in it",
	} {
		_, err := replay.Read("-", strings.NewReader(text))
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "s3cret")
	}
	hooks, err := replay.Read("-", strings.NewReader(hook+hook[:30]))
	require.NoError(t, err)
	assert.Equal(t, 2, hooks.Unended)
	_, err = replay.Read("no-such-file", nil)
	assert.ErrorContains(t, err, "no-such-file")
}

// When nobody reads the differences any more, nothing more is sent.
func TestReplayEndsWithFound(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	full := errors.New("disk full")
	sender, err := replay.NewSender(resthook.DefaultConfig(), 1, wire.TCP(), nil, func(cfg resthook.Config, opts ...resthook.Option) (*resthook.Client, error) {
		return resthook.NewClient(cfg, append(opts, resthook.WithApp(resthook.App{URL: backend.URL()}))...)
	})
	require.NoError(t, err)
	hooks, err := replay.Read("-", strings.NewReader(recorded.Text(t, recorded.Answered(0, "call", "{}", 201, ""), recorded.At(time.Hour, "call", "{}"))))
	require.NoError(t, err)
	_, err = replay.New(replay.Plan{Speed: 1, Concurrency: 1, Found: func(*replay.Difference) error { return full }}, hooks, sender).Run(t.Context())
	require.ErrorIs(t, err, full)
	assert.Len(t, backend.Requests(), 1)
}
