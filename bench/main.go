// Command bench sets resthook beside what a media server would use instead, and
// measures how its cost grows. README.md says how to read what it prints.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/wcskit/resthook/bench/internal/backend"
	"github.com/wcskit/resthook/bench/internal/measure"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) //nolint:forbidigo // a program
}

// run returns the exit code: 0 also where a target was missed, 1 where something
// could not be measured, 2 on wrong usage.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	if len(args) == 1 && args[0] == backend.Subcommand {
		return report(errs, backend.Serve(in, out))
	}
	p, err := parse(args, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(errs, "bench:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return report(errs, p.run(ctx, out, errs))
}

func report(errs io.Writer, err error) int {
	if err != nil {
		fmt.Fprintln(errs, "bench:", err)
		return 1
	}
	return 0
}

// run measures what the plan says, prints it, and writes it where that was
// asked for.
func (p plan) run(ctx context.Context, out, errs io.Writer) error {
	cores := measure.Anywhere()
	if p.pin {
		var err error
		if cores, err = measure.Pin(p.apart); err != nil {
			return fmt.Errorf("pin to a core (-pin=false does without): %w", err)
		}
	}
	server, err := backend.Start(ctx, cores.Launch)
	if err != nil {
		return err
	}
	r, err := p.measure(ctx, server, cores, errs)
	fmt.Fprintln(out, r.markdown()) // what there is, also after an error
	if err := errors.Join(err, server.Close()); err != nil {
		return err
	}
	return r.save(p, errs)
}

// measure does what the mode asks for.
func (p plan) measure(ctx context.Context, server *backend.Process, cores measure.Cores, errs io.Writer) (findings, error) {
	r := findings{}
	r.add("machine", machine(cores))
	if p.contest() {
		if err := p.compete(ctx, server, &r, errs); err != nil {
			return r, err
		}
	}
	if p.growth() {
		return r, p.grow(ctx, server, &r, errs)
	}
	return r, nil
}

// compete runs the rounds and the counting of connections, and judges.
func (p plan) compete(ctx context.Context, server *backend.Process, r *findings, errs io.Writer) error {
	scores, err := p.rounds(ctx, server, errs)
	if err != nil {
		return err
	}
	used, err := p.connections(ctx, server, errs)
	if err != nil {
		return err
	}
	idle, err := p.idleSessions(ctx, server.URL)
	if err != nil {
		return err
	}
	r.add("verdict", verdictTable(judge(scores, used, idle)))
	r.add("peers", scores.tables())
	r.add("does", legend(p.entries))
	r.add("connections", used.table())
	r.chart("cpu", scores.chart())
	return nil
}
