package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/bench/internal/measure"
	"github.com/wcskit/resthook/bench/internal/peer"
)

// of is the rounds of a contestant that took so many microseconds.
func of(cpu ...int) []sample {
	var all []sample
	for _, micros := range cpu {
		one := time.Duration(micros) * time.Microsecond
		all = append(all, sample{connections: 12, Sample: measure.Sample{
			CPU: one, Wall: 2 * one, P50: time.Millisecond, P99: 1000 * one,
			Allocs: 50, Bytes: 5120.4, Goroutines: 3,
		}})
	}
	return all
}

func someScores() scores {
	names := []string{peer.Floor, peer.Decoded, peer.NotifyRule, peer.Event, peer.LiveKit, peer.LiveKitRes}
	var all scores
	for _, workers := range []int{1, 64} {
		s := score{workers: workers, samples: map[string][]sample{
			peer.Floor: of(60, 120, 90), peer.Decoded: of(45, 96, 54), peer.NotifyRule: of(30, 60, 45), peer.Event: of(42, 84, 63),
			peer.LiveKit: of(240, 480, 360), peer.LiveKitRes: of(210, 420, 315),
		}}
		for _, name := range names {
			s.entries = append(s.entries, peer.Entry{Name: name, Does: "something"})
		}
		all = append(all, s)
	}
	return all
}

// The ratio is that of each round to its own floor: here 0.75, 0.8 and 0.6,
// where the medians' own ratio would be 0.6.
func TestRatiosAreTakenWithinARound(t *testing.T) {
	t.Parallel()
	ratio := someScores()[0].ratio(peer.Decoded, peer.Floor, cpu)
	assert.InDelta(t, 0.75, ratio.Median, 1e-9)
	assert.InDelta(t, 0.6, ratio.Low, 1e-9)
	assert.InDelta(t, 0.8, ratio.High, 1e-9)
}

func TestTablesAndChart(t *testing.T) {
	t.Parallel()
	golden(t, "peers.md", someScores().tables()+"\n")
	golden(t, "does.md", legend(someScores()[0].entries)+"\n")
	golden(t, "cpu.svg", string(someScores().chart()))
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	u := used{hooks: 10_000, answers: []string{"200", "403"}, counts: map[string]map[string]int64{
		"200": {peer.Decoded: 64}, "403": {peer.Decoded: 65},
	}}
	golden(t, "verdict.md", verdictTable(judge(someScores(), u, crowd{sessions: 10, memory: 10_240})))
}

func TestWhatWasNotMeasuredIsNotJudged(t *testing.T) {
	t.Parallel()
	all := scores{{workers: 1, samples: map[string][]sample{peer.Floor: of(60), peer.Event: of(30)}}}
	var targets []string
	for _, f := range judge(all, used{}, crowd{sessions: 1}) {
		targets = append(targets, f.target)
	}
	assert.Equal(t, []string{"CPU of Notify to delivered, 1 at once", "bytes of an idle session", "goroutines of idle sessions"}, targets)
}

func TestFindingIsOKAtItsLimit(t *testing.T) {
	t.Parallel()
	assert.True(t, finding{limit: 1, is: 1}.ok())
	assert.False(t, finding{limit: 1, is: 1.01}.ok())
	assert.True(t, finding{limit: 5, is: 5, atLeast: true}.ok())
	assert.False(t, finding{limit: 5, is: 4.9, atLeast: true}.ok())
	assert.False(t, finding{limit: 1, is: math.NaN()}.ok())
}

func TestGrowthReport(t *testing.T) {
	t.Parallel()
	g := growth{
		title: "Hooks in flight", x: "hooks", entries: []peer.Entry{{Name: "resthook"}, {Name: liveKit}},
		loads: []load{{workers: 1, label: "1"}, {workers: 1000, label: "1k"}},
	}
	costs := [][]cost{{{4096, 1, 60}, {2_048_000, 1000, 30}}, {{8192, 4, 200.04}, unmeasured()}}
	golden(t, "growth.md", g.tables(costs))
	golden(t, "growth.svg", string(g.chart(costs)))
}

func TestCrowdReport(t *testing.T) {
	t.Parallel()
	crowds := []crowd{{sessions: 1, memory: 700, cpu: 60 * time.Microsecond}, {sessions: 10, memory: 6000, cpu: 61 * time.Microsecond}}
	golden(t, "sessions.md", crowdTable(crowds))
	golden(t, "sessions.svg", string(crowdChart(crowds)))
}

func TestDecades(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []int{1}, decades(1))
	assert.Equal(t, []int{1, 10}, decades(10))
	assert.Equal(t, []int{1, 10, 100, 250}, decades(250))
}

func TestRewriteLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "page.md")
	before := "# Title\n<!-- bench:a -->\nold\n<!-- /bench:a -->\nbetween\n<!-- bench:b -->\n<!-- /bench:b -->\nend\n"
	require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
	r := findings{}
	r.add("a", "new\n")
	r.add("b", "more")
	for range 2 { // the second changes nothing
		require.NoError(t, r.rewrite(path))
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, "# Title\n<!-- bench:a -->\n\nnew\n\n<!-- /bench:a -->\nbetween\n<!-- bench:b -->\n\nmore\n\n<!-- /bench:b -->\nend\n", string(after))
	}
	r.add("c", "nowhere to go")
	assert.ErrorContains(t, r.rewrite(path), "bench:c")
}

// README.md has a place for everything that full measures.
func TestREADMEHasTheMarks(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, name := range []string{"machine", "verdict", "peers", "does", "connections", "sessions", "in-flight", "latency"} {
		_, err := replace(text, section{name, "x"})
		assert.NoError(t, err)
	}
}
