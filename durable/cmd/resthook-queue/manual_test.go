package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// manual is the page that documents the command.
const manual = "../../../docs/queue-command.md"

// example is a block of the manual: a command, and what it prints.
type example struct {
	command, prints string
}

func examples(t testing.TB) (all []example) {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(manual))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the module stands alone, without the manual")
	}
	require.NoError(t, err)
	for _, block := range strings.Split(string(text), "\n```console\n")[1:] {
		block, _, _ = strings.Cut(block, "\n```\n")
		command, prints, _ := strings.Cut(block, "\n")
		name, ok := strings.CutPrefix(command, "$ resthook-queue ")
		require.True(t, ok, command)
		all = append(all, example{name, prints})
	}
	return all
}

// stable replaces what differs from run to run: ids, boots, times, ages, sizes, and the width of columns.
func stable(text string) string {
	for _, unstable := range []struct{ pattern, name string }{
		{`[A-Z2-7]{26}(\.[\w.]+)?`, "ID"},
		{`\b[a-z2-7]{26}\b`, "BOOT"},
		{`\d{4}-\d\d-\d\dT[\d:.]+Z`, "TIME"},
		{`\b[\d.]+m?s\b`, "AGE"},
		{`[\d.]+ (B|KiB)`, "SIZE"},
		{`  +`, "  "},
	} {
		text = regexp.MustCompile(unstable.pattern).ReplaceAllString(text, unstable.name)
	}
	return strings.TrimRight(text, "\n")
}

// The examples of the manual print what it shows, one after the other. An id in a command stands for the
// first dead letter.
func TestManual(t *testing.T) {
	t.Parallel()
	all := examples(t)
	require.GreaterOrEqual(t, len(all), 7)
	dir, url := filled(t), cluster(t)
	id := regexp.MustCompile(`[A-Z2-7]{26}[\d.]+`)
	for _, x := range all {
		command := strings.NewReplacer("/var/lib/media-1/events", dir, "nats://nats-1:4222", url).Replace(x.command)
		if id.MatchString(command) {
			command = id.ReplaceAllString(command, deadIDs(t, dir)[0])
		}
		got := do(t, strings.Fields(command)...)
		assert.Equal(t, stable(x.prints), stable(got.out+got.err), x.command)
	}
}

// cluster is a NATS server with two media servers: the second has just died, and the first has claimed
// what it has left.
func cluster(t testing.TB) (url string) {
	t.Helper()
	url = natsServer(t).ClientURL()
	two, shut := node(t, url, "media-2")
	fill(t, two)
	shut()
	node(t, url, "media-1") // takes the other one for dead after five seconds
	require.Eventually(t, func() bool {
		st := statusOf(t, "--nats", url)
		return len(st.Estates) == 1 && st.Estates[0].Owner == "media-1"
	}, 20*time.Second, 50*time.Millisecond)
	return url
}
