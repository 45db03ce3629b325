// Package leak fails the tests of a package that leave a goroutine behind. Only tests import
// this package.
package leak

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A goroutine that has been told to end may need a moment, more of it on a busy machine.
const (
	patience = 2 * time.Second
	interval = 10 * time.Millisecond
)

// Exit runs the tests of a TestMain and ends the process with their status. If they passed
// but goroutines are left after 2 seconds, it prints the stacks to stderr, and the status is 1.
func Exit(m interface{ Run() int }) {
	status := m.Run()
	if left := wait(patience, others); status == 0 && len(left) > 0 {
		text := strings.Join(left, "\n\n")
		fmt.Fprintf(os.Stderr, "the tests left %d goroutines:\n\n%s\n", len(left), text) //nolint:forbidigo // of a TestMain
		status = 1
	}
	os.Exit(status) //nolint:forbidigo // of a TestMain
}

// wait asks for goroutines until there are none or the time is over. It returns the last answer.
func wait(limit time.Duration, ask func() []string) []string {
	for end := time.Now().Add(limit); ; time.Sleep(interval) {
		left := ask()
		if len(left) == 0 || time.Now().After(end) {
			return left
		}
	}
}

// others returns the stacks of all goroutines but the caller's and those of the runtime.
func others() []string {
	stacks := strings.Split(strings.TrimSpace(allStacks()), "\n\n")
	return slices.DeleteFunc(stacks[1:], ofRuntime) // the first is the caller's
}

// allStacks is the text of runtime.Stack, whole.
func allStacks() string {
	for size := 1 << 16; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			return string(buf[:n])
		}
	}
}

// ofRuntime reports whether a goroutine is one that the first signal.Notify starts for good.
func ofRuntime(stack string) bool {
	return strings.Contains(stack, "\nos/signal.signal_recv(") || strings.Contains(stack, "\nos/signal.loop(") ||
		strings.Contains(stack, "\nruntime.ensureSigM")
}
