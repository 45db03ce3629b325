package draw_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/bench/internal/draw"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

func TestTable(t *testing.T) {
	t.Parallel()
	golden(t, "table.md", []byte(draw.Table([]string{"contestant", "CPU, µs", "p"}, [][]string{
		{"net/http", "60.1", "1"},
		{"a longer name", "5", "1,000"},
		{"–", "≤ 0.75", ""},
	})))
}

func TestBars(t *testing.T) {
	t.Parallel()
	svg := draw.Bars{Title: "CPU & more", Subtitle: "shorter is better", Rows: []draw.Bar{
		{Name: "net/http tuned", Value: 1, Low: 1, High: 1},
		{Name: "slow", Value: 3.9, Low: 2.5, High: 4.2},
		{Name: "ours", Value: 0.5, Low: 0.4, High: 0.6, Ours: true},
	}}.SVG()
	wellFormed(t, svg)
	golden(t, "bars.svg", svg)
}

func TestLines(t *testing.T) {
	t.Parallel()
	svg := draw.Lines{Title: "Hooks in flight", XTitle: "hooks", X: []string{"1", "10", "100"}, Panels: []draw.Panel{
		{Title: "memory", Log: true, Lines: []draw.Line{
			{Name: "ours", Values: []float64{0, 1500, 2e6}},
			{Name: "theirs", Values: []float64{300, math.NaN(), 3e7}},
		}},
		{Title: "CPU", Lines: []draw.Line{{Name: "ours", Values: []float64{60, 33, 31.5}}}},
		{Title: "nothing", Lines: []draw.Line{{Name: "ours", Values: []float64{0, 0, 0}}}},
	}}.SVG()
	wellFormed(t, svg)
	assert.NotContains(t, string(svg), "NaN")
	golden(t, "lines.svg", svg)
}

// wellFormed reads the picture as XML.
func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	reader := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		_, err := reader.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{
		0: "0", 0.25: "0.25", 12: "12", 999: "999", 1000: "1k", 1500: "1.5k", 1e5: "100k", 1e6: "1M", 2.5e9: "2.5G",
	} {
		assert.Equal(t, want, draw.Short(value))
	}
}
