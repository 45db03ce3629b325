// Cluster shows that the events of media servers outlive what happens to them. It starts three
// NATS nodes, three media servers that keep their events there, and a backend. It kills a media
// server, kills a NATS node, takes the backend away for a while, and says what the backend saw:
//
//	go run .
//
// The same with one media server, which keeps its events in a directory and is started again:
//
//	go run . -embedded
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if text := os.Getenv(asPart); text != "" {
		if err := runPart(text); err != nil {
			fmt.Fprintln(os.Stderr, "cluster:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

// settings are what the command line says.
type settings struct {
	embedded bool
	away     time.Duration
	sessions int
}

var errUsage = errors.New("wrong usage") // the reason has been printed

func parse(args []string, errOut io.Writer) (s settings, err error) {
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.BoolVar(&s.embedded, "embedded", false, "one media server that keeps its events in a directory, without NATS nodes")
	flags.DurationVar(&s.away, "away", time.Minute, "how long the backend is away")
	flags.IntVar(&s.sessions, "sessions", 20, "sessions that each media server has at once")
	if err := flags.Parse(args); err != nil {
		return s, fmt.Errorf("%w: %w", errUsage, err)
	}
	if s.away <= 0 || s.sessions <= 0 || flags.NArg() > 0 {
		fmt.Fprintln(errOut, "cluster: -away and -sessions are more than 0, and nothing else is given")
		return s, errUsage
	}
	return s, nil
}

// run tells the story. The logs of the parts stay where it fails.
func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	s, err := parse(args, errOut)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "resthook-cluster-")
	if err != nil {
		return err
	}
	if err := tell(ctx, s, dir, out); err != nil {
		return fmt.Errorf("%w; the logs are in %s", err, dir)
	}
	return os.RemoveAll(dir)
}
