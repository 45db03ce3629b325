package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wcskit/resthook/bench/internal/backend"
	"github.com/wcskit/resthook/bench/internal/peer"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain is the backend's process too, as backend.Start wants its program to
// be.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == backend.Subcommand {
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	const fasthttp = "github.com/valyala/fasthttp." // whose cleaners end in their own time
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(fasthttp+"(*TCPDialer).tcpAddrsClean"),
		goleak.IgnoreAnyFunction(fasthttp+"(*Client).mCleaner"),
		goleak.IgnoreAnyFunction(fasthttp+"(*HostClient).connsCleaner"))
}

// golden compares with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func startBackend(t *testing.T) *backend.Process {
	t.Helper()
	p, err := backend.Start(context.WithoutCancel(t.Context()), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	return p
}

// small are flags that make a run short.
func small(mode string, more ...string) []string {
	return append([]string{
		mode, "-pin=false", "-hooks=8", "-rounds=1", "-for=1ns", "-c=2", "-connection-hooks=128", "-sessions=20",
		"-in-flight=2", "-delay=1ms", "-latency=1ms",
	}, more...)
}

func TestQuickMeasuresEveryContestant(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var out, errs bytes.Buffer
	code := run(small("quick", "-charts", folder), nil, &out, &errs)
	require.Zero(t, code, errs.String())
	for _, e := range peer.All() {
		assert.GreaterOrEqual(t, strings.Count(out.String(), "| "+e.Name+" "), 1+1, "%s: a row, and one in the list", e.Name)
	}
	assert.Contains(t, out.String(), "(1 rounds)")
	assert.Contains(t, out.String(), "goroutines of idle sessions")
	assert.FileExists(t, filepath.Join(folder, "cpu.svg"))
}

func TestGrowthRewritesItsSections(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	page := filepath.Join(folder, "README.md")
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(page, text, 0o600))
	var out, errs bytes.Buffer
	require.Zero(t, run(small("growth", "-latency=0", "-write", page), nil, &out, &errs), errs.String())
	written, err := os.ReadFile(page)
	require.NoError(t, err)
	for _, name := range []string{"sessions", "in-flight", "latency"} {
		assert.FileExists(t, filepath.Join(folder, "charts", name+".svg"))
		assert.Contains(t, string(written), "charts/"+name+".svg")
	}
	assert.Contains(t, string(written), "| 20       |", "the row of 20 sessions")
	assert.Contains(t, out.String(), "| 20       |")
}

func TestWrongUsageIsTold(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"no mode":                {},
		`mode "slow"`:            {"slow"},
		"-nothing":               {"quick", "-nothing"},
		`"more"`:                 {"quick", "more"},
		`"0" is no number`:       {"quick", "-c", "8,0"},
		`"x" is no number`:       {"quick", "-c", "x"},
		"a count below 1":        {"quick", "-hooks", "0"},
		"a time below 0":         {"growth", "-delay", "-1s"},
		`no contestant "nobody"`: {"quick", "-only", "nobody"},
		`-answer "no"`:           {"quick", "-answer", "no"},
	} {
		var errs bytes.Buffer
		assert.Equal(t, 2, run(args, nil, &bytes.Buffer{}, &errs), want)
		assert.Contains(t, errs.String(), want)
	}
}

func TestHelpIsNoError(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-h"}, {"quick", "-h"}} {
		var errs bytes.Buffer
		assert.Zero(t, run(args, nil, &bytes.Buffer{}, &errs))
		assert.Contains(t, errs.String(), "Usage: go run . MODE")
	}
}

func TestFlagsMakeThePlan(t *testing.T) {
	t.Parallel()
	p, err := parse([]string{"full", "-c", "4, 2", "-only", "fasthttp;" + peer.Floor, "-hooks=7", "-pin=false"}, &bytes.Buffer{})
	require.NoError(t, err)
	assert.Equal(t, []int{4, 2}, p.workers)
	assert.Equal(t, 7, p.hooks)
	assert.False(t, p.pin)
	require.Len(t, p.entries, 2)
	assert.Equal(t, peer.Floor, p.entries[0].Name, "the floor runs always, and first")
	assert.Equal(t, "fasthttp", p.entries[1].Name)

	p, err = parse([]string{"quick"}, &bytes.Buffer{})
	require.NoError(t, err)
	assert.Equal(t, []int{1, 8, 64, 256}, p.workers)
	assert.Len(t, p.entries, len(peer.All()))
	assert.True(t, p.contest() && !p.growth() && p.pin)
	assert.Equal(t, backend.Changed, p.answer)
}
