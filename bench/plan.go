package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook/bench/internal/backend"
	"github.com/wcskit/resthook/bench/internal/peer"
)

// plan is what to measure, and how long.
type plan struct {
	mode    string
	pin     bool
	apart   bool   // client and backend on a core each
	write   string // a Markdown file whose sections are written anew
	charts  string // a folder
	answer  string
	entries []peer.Entry
	workers []int
	hooks   int           // in a round
	least   int           // rounds
	budget  time.Duration // for all rounds

	connectionHooks int
	idle            int           // sessions of the target
	sessions        int           // at most
	inFlight        int           // hooks at most
	delay           time.Duration // of the backend, while hooks in flight grow
	latency         time.Duration // at most
}

func (p plan) contest() bool { return p.mode != "growth" }

func (p plan) growth() bool { return p.mode != "quick" }

const usage = `Usage: go run . MODE [FLAGS]

Modes:
  quick    the contestants side by side, under a minute
  full     the same for longer, and the growth
  growth   cost over sessions, hooks in flight and the backend's latency

Flags:
`

// parse reads the arguments. What is wrong with a flag's syntax is told to errs
// with the usage.
func parse(args []string, errs io.Writer) (plan, error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprint(errs, usage) //nolint:errcheck // to the terminal
		flags.PrintDefaults()
	}
	if len(args) == 0 {
		flags.Usage()
		return plan{}, errors.New("no mode: quick, full or growth")
	}
	p, err := planOf(args[0])
	if err != nil {
		if slices.Contains(args, "-h") || slices.Contains(args, "--help") {
			flags.Usage()
			return p, flag.ErrHelp
		}
		return p, err
	}
	names, workers := p.define(flags)
	if err := flags.Parse(args[1:]); err != nil {
		return p, err
	}
	if flags.NArg() > 0 {
		return p, fmt.Errorf("an argument too many: %q", flags.Arg(0))
	}
	return p, p.complete(*names, *workers)
}

// planOf is what a mode measures where no flag says otherwise.
func planOf(mode string) (plan, error) {
	p := plan{mode: mode, hooks: 2000, least: 5, budget: 5 * time.Minute, idle: 100_000}
	switch mode {
	case "quick":
		p.hooks, p.least, p.budget, p.idle = 300, 3, 25*time.Second, 20_000
	case "full", "growth":
	default:
		return p, fmt.Errorf("mode %q: not quick, full or growth", mode)
	}
	return p, nil
}

func (p *plan) define(flags *flag.FlagSet) (names, workers *string) {
	flags.BoolVar(&p.pin, "pin", true, "keep client and backend on one core")
	flags.BoolVar(&p.apart, "apart", false, "keep them on a core each, where there are two")
	flags.StringVar(&p.write, "write", "", "a Markdown `file` whose marked sections are written anew, with charts beside it")
	flags.StringVar(&p.charts, "charts", "", "the `folder` for the charts; default: charts beside the file of -write, else out")
	flags.StringVar(&p.answer, "answer", backend.Changed, "what the backend answers in the rounds: "+strings.Join(backend.Answers()[:3], "; "))
	flags.IntVar(&p.hooks, "hooks", p.hooks, "hooks in a round")
	flags.IntVar(&p.least, "rounds", p.least, "rounds at least")
	flags.DurationVar(&p.budget, "for", p.budget, "time for all rounds; more than the least are run while it lasts")
	flags.IntVar(&p.connectionHooks, "connection-hooks", 10_000, "hooks for each count of connections")
	flags.IntVar(&p.sessions, "sessions", 1_000_000, "sessions at most, in growth")
	flags.IntVar(&p.inFlight, "in-flight", 10_000, "hooks in flight at most, in growth")
	flags.DurationVar(&p.delay, "delay", 200*time.Millisecond, "the backend's latency while hooks in flight grow")
	flags.DurationVar(&p.latency, "latency", 5*time.Second, "the backend's latency at most, in growth")
	return flags.String("only", "", "contestants of the rounds, separated by semicolons; the floor runs always; default: all"),
		flags.String("c", "1,8,64,256", "how many hooks are under way at once, separated by commas")
}

func (p *plan) complete(names, workers string) error {
	if !slices.Contains(backend.Answers()[:3], p.answer) {
		return fmt.Errorf("-answer %q: not one of %q", p.answer, backend.Answers()[:3])
	}
	if min(p.hooks, p.least, p.connectionHooks, p.sessions, p.inFlight) < 1 || min(p.delay, p.latency) < 0 {
		return errors.New("a count below 1, or a time below 0")
	}
	if err := p.setWorkers(workers); err != nil {
		return err
	}
	return p.setEntries(names)
}

func (p *plan) setWorkers(text string) error {
	for field := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n < 1 || n > 10_000 {
			return fmt.Errorf("-c %q: %q is no number from 1 to 10000", text, field)
		}
		p.workers = append(p.workers, n)
	}
	return nil
}

func (p *plan) setEntries(text string) error {
	if text == "" {
		p.entries = peer.All()
		return nil
	}
	names := []string{peer.Floor}
	for name := range strings.SplitSeq(text, ";") {
		if name = strings.TrimSpace(name); name != peer.Floor {
			names = append(names, name)
		}
	}
	var err error
	p.entries, err = peer.Named(names...)
	return err
}
