package leak

import (
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run is what TestMain has in place of tests.
type run func() int

func (r run) Run() int { return r() }

// TestMain is also the program that TestExit starts.
func TestMain(m *testing.M) {
	switch os.Getenv("LEAK_TEST") {
	case "clean":
		Exit(run(func() int { signal.Notify(make(chan os.Signal, 1)); return 0 }))
	case "late":
		Exit(run(func() int { go time.Sleep(200 * time.Millisecond); return 0 }))
	case "left":
		Exit(run(func() int { go leftBehind(make(chan int)); return 0 }))
	case "failed":
		Exit(run(func() int { return 3 }))
	}
	Exit(m)
}

func leftBehind(c chan int) { <-c }

func TestExit(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		status int
		output string
	}{{"clean", 0, ""}, {"late", 0, ""}, {"left", 1, "leak.leftBehind"}, {"failed", 3, ""}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append(os.Environ(), "LEAK_TEST="+row.name)
			output, _ := command.CombinedOutput()
			assert.Equal(t, row.status, command.ProcessState.ExitCode(), "%s", output)
			if row.output == "" {
				assert.Empty(t, string(output))
			}
			assert.Contains(t, string(output), row.output)
		})
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	c := make(chan int)
	find := func() []string {
		return slices.DeleteFunc(others(), func(stack string) bool { return !strings.Contains(stack, "leak.TestOthers in goroutine") })
	}
	require.Empty(t, find())
	for range 2000 { // more text than the first buffer holds
		go leftBehind(c)
	}
	assert.Len(t, wait(0, find), 2000)
	close(c)
	assert.Empty(t, wait(patience, find))
	assert.NotContains(t, strings.Join(others(), "\n\n"), "leak.TestOthers(", "the caller is none")
}
