// Command resthook sends hooks, serves a backend to develop against, records and
// replays what comes in, loads a backend, checks properties files and lists the
// methods. Scripts depend on its output and its
// exit codes: 0 the media server would go on, 1 it would refuse, 2 wrong usage
// or configuration. Everything it does is a call of the library's public API.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// grace is how long a command has after a signal before the process ends
// whatever it is doing, such as writing to a pipe that nobody reads.
const grace = 900 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the process at once
		time.Sleep(grace)
		os.Exit(exitRefused)
	})
	os.Exit(run(ctx, os.Args[1:], &terminal.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Terminal: isTerminal(os.Stderr)}))
}

// isTerminal reports whether there is somebody to watch a line that is drawn
// again and again.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
