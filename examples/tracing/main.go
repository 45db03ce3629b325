// Tracing shows a trace from a media server over the hook and its attempts into a backend in Go,
// that of an event, and the metrics as Prometheus reads them:
//
//	go run .
//	go run . -metrics
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "tracing:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("wrong usage") // the reason has been printed

// run has a viewer publish, and prints what the exporters have written.
func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	flags := flag.NewFlagSet("tracing", flag.ContinueOnError)
	flags.SetOutput(errOut)
	metrics := flags.Bool("metrics", false, "print the metrics too, as Prometheus reads them, without the buckets of histograms")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	dir, err := os.MkdirTemp("", "resthook-tracing-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "spans.json")
	page, err := live(ctx, file)
	if err != nil {
		return err
	}
	spans, err := readSpans(file)
	if err != nil {
		return err
	}
	printTrees(out, spans)
	if *metrics {
		printMetrics(out, page)
	}
	return nil
}

func printMetrics(out io.Writer, page []byte) {
	fmt.Fprintln(out)
	for line := range strings.Lines(string(page)) {
		if !strings.Contains(line, "_bucket{") {
			_, _ = io.WriteString(out, line)
		}
	}
}

// live starts a backend and a media server, has one publisher come, and stops both. Its spans
// are in the file then; it returns the metrics.
func live(ctx context.Context, file string) ([]byte, error) {
	spans, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = spans.Close() }()
	both := &shared{to: spans}
	atBackend, err := newSide("backend", both)
	if err != nil {
		return nil, err
	}
	defer atBackend.close()
	url, stop, err := serveBackend(ctx, atBackend)
	if err != nil {
		return nil, err
	}
	defer stop()
	atMediaServer, err := newSide("media server", both)
	if err != nil {
		return nil, err
	}
	defer atMediaServer.close()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := publish(ctx, atMediaServer, url); err != nil {
		return nil, err
	}
	return atMediaServer.scrape()
}
