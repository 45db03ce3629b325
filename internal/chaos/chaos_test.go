package chaos_test

import (
	"bytes"
	"flag"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/chaos"
	"github.com/wcskit/resthook/internal/leak"
)

var (
	length = flag.Duration("chaos.time", time.Second, "how long storms begin")
	seed   = flag.String("chaos.seed", "", "the only seed to play")
	first  = flag.String("chaos.first", "1", "the first seed")
	storms = flag.Int("chaos.storms", 0, "how many storms at most, 0: no limit")
	show   = flag.Int("chaos.show", 5, "findings of each kind to print")
)

func TestMain(m *testing.M) { leak.Exit(m) }

// TestStorms plays storms over real sockets. It is not parallel: together with other storms
// the machine would be too slow.
func TestStorms(t *testing.T) { //nolint:paralleltest // see above
	storm(t, nil)
}

// TestStormsOnVirtualTime plays storms in memory, where a wait takes no time.
func TestStormsOnVirtualTime(t *testing.T) {
	t.Parallel()
	storm(t, func(play func()) { synctest.Test(t, func(*testing.T) { play() }) })
}

func storm(t *testing.T, bubble func(func())) {
	t.Helper()
	o := chaos.Options{First: number(t, *first), Storms: *storms, Time: *length, Parallel: 12, Show: *show, Bubble: bubble}
	if bubble != nil {
		o.Parallel = 2 // it never waits
	}
	if *seed != "" {
		o = chaos.Options{First: number(t, *seed), Storms: 1, Time: time.Hour, Parallel: 1, Show: *show, Bubble: bubble}
		t.Logf("%+v", *chaos.NewPlan(o.First, bubble != nil))
	}
	for _, f := range play(t, o).Findings {
		report := t.Errorf
		if bubble == nil && *seed == "" && !seenAgain(t, f) {
			report = t.Logf // the machine was probably too slow
		}
		report("%s\n\tagain: make chaos CHAOS_TEST=%s CHAOS_SEED=%d", f.Text, t.Name(), f.Seed)
	}
}

func play(t *testing.T, o chaos.Options) *chaos.Report {
	t.Helper()
	report, err := chaos.Run(t.Context(), o)
	require.NoError(t, err)
	t.Logf("\n%v", report)
	return report
}

// seenAgain plays a storm five times more, alone, and reports whether at least two of them
// have findings.
func seenAgain(t *testing.T, f chaos.Finding) bool {
	t.Helper()
	seen := 0
	for range 5 {
		report, err := chaos.Run(t.Context(), chaos.Options{First: f.Seed, Storms: 1, Time: time.Hour, Parallel: 1, Show: 1})
		require.NoError(t, err)
		if len(report.Findings) > 0 {
			seen++
		}
	}
	return seen >= 2
}

// spoiler is a transport that is wrong now and then.
type spoiler struct {
	http.RoundTripper

	mu   sync.Mutex
	last []byte // the last body of a 200
	n    int
}

func (s *spoiler) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	again := r.Clone(r.Context())
	r.Body, again.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	s.n++
	n, last := s.n, s.last
	s.mu.Unlock()
	switch {
	case n%20 == 0:
		if resp, err := s.RoundTripper.RoundTrip(again); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	case n%20 == 5 && last != nil:
		return said(r, last), nil
	case n%20 == 10:
		r.Body = io.NopCloser(bytes.NewReader(append(body, ' ')))
		r.ContentLength++
	case n%20 == 15: // the answer is replaced
		resp, err := s.RoundTripper.RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		return said(r, []byte("no object")), err
	}
	return s.remember(s.RoundTripper.RoundTrip(r))
}

func (s *spoiler) remember(resp *http.Response, err error) (*http.Response, error) {
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = body
	return resp, err
}

func said(r *http.Request, body []byte) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}
}

// Storms find the faults of a wrong transport.
func TestStormsFindFaults(t *testing.T) {
	t.Parallel()
	report, err := chaos.Run(t.Context(), chaos.Options{
		First: 1, Storms: 12, Time: time.Minute, Parallel: 2,
		Bubble: func(play func()) { synctest.Test(t, func(*testing.T) { play() }) },
		Spoil:  func(next http.RoundTripper) http.RoundTripper { return &spoiler{RoundTripper: next} },
	})
	require.NoError(t, err)
	for _, kind := range []string{
		"answers that belonged to another hook", "wrongly allowed", "wrongly failed", "requests beyond the retry table",
		"delivered, but never received", "attempts miscounted",
	} {
		assert.Positive(t, report.Found(kind), kind)
	}
}

func number(t *testing.T, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, 0, 64)
	require.NoError(t, err)
	return n
}

func TestSeedDecidesThePlan(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		once, again := chaos.NewPlan(seed, false), chaos.NewPlan(seed, false)
		assert.Equal(t, once, again)
	}
	assert.NotEqual(t, chaos.NewPlan(1, false).Sessions, chaos.NewPlan(2, false).Sessions)
}
