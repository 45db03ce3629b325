package chaos_test

import (
	"flag"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wcskit/resthook/internal/chaos"
)

var (
	length = flag.Duration("chaos.time", time.Second, "how long storms begin")
	seed   = flag.String("chaos.seed", "", "the only seed to play")
	first  = flag.String("chaos.first", "1", "the first seed")
	storms = flag.Int("chaos.storms", 0, "how many storms at most, 0: no limit")
	strict = flag.Bool("chaos.strict", false, "fail on what is found")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestStorms plays storms over real sockets and compares what both sides saw.
func TestStorms(t *testing.T) {
	t.Parallel()
	storm(t, nil)
}

// TestStormsOnVirtualTime plays them in memory, where a wait costs nothing and
// no machine is too slow.
func TestStormsOnVirtualTime(t *testing.T) {
	t.Parallel()
	storm(t, func(play func()) { synctest.Test(t, func(*testing.T) { play() }) })
}

func storm(t *testing.T, bubble func(func())) {
	t.Helper()
	o := chaos.Options{First: number(t, *first), Storms: *storms, Time: *length, Parallel: 12, Bubble: bubble}
	if bubble != nil {
		o.Parallel = 2 // it never waits
	}
	if *seed != "" {
		o = chaos.Options{First: number(t, *seed), Storms: 1, Time: time.Hour, Parallel: 1, Bubble: bubble}
		t.Logf("%+v", *chaos.NewPlan(o.First, bubble != nil))
	}
	report, err := chaos.Run(t.Context(), o)
	require.NoError(t, err)
	t.Logf("\n%v", report)
	tell := t.Logf
	if *strict {
		tell = t.Errorf
	}
	for _, f := range report.Findings {
		tell("%s\n\tagain: make chaos CHAOS_TEST=%s CHAOS_SEED=%d", f.Text, t.Name(), f.Seed)
	}
}

func number(t *testing.T, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, 0, 64)
	require.NoError(t, err)
	return n
}

func TestThePlanFollowsFromTheSeed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		once, again := chaos.NewPlan(seed, false), chaos.NewPlan(seed, false)
		assert.Equal(t, once, again)
	}
	assert.NotEqual(t, chaos.NewPlan(1, false).Sessions, chaos.NewPlan(2, false).Sessions)
}
