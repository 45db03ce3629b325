package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/flags"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/replay"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/cmd/resthook/internal/wire"
)

// replayCommand sends a recording again and compares the answers.
type replayCommand struct {
	File string `arg:"" name:"FILE" help:"A recording, of record or of the page of serve; - reads stdin."`

	flags.Target

	Speed       float64       `placeholder:"N" default:"1" help:"How many times faster than recorded; 0: without gaps. Default: ${default}"`
	MaxGap      time.Duration `placeholder:"DURATION" default:"0" help:"Longer gaps between hooks are cut to this; 0: none is. Default: ${default}"`
	Concurrency int           `placeholder:"N" default:"64" help:"Sessions with a hook in flight at once; with 1, hooks go out strictly one by one. Default: ${default}"`
	Ignore      []string      `placeholder:"FIELD" help:"Fields of answers that may differ, such as custom.time; repeatable."`
	Show        string        `placeholder:"WHAT" default:"sum" enum:"sum,all" help:"sum: what differs, by method and field; all: each difference when it is found, with its values but for those that may be secrets. Default: ${default}"`
	JSON        bool          `name:"json" help:"Print one JSON object for each difference, and one for the summary."`
}

// Help is shown below the flags.
func (*replayCommand) Help() string {
	return `Every hook is sent again as it was recorded, to the byte: in the order in which they came in and with
their gaps, those of a session one after the other. A slow answer holds up its own session only. FILE is read
whole before the first is sent; a last line that was cut short, as by a full disk, is left out with a
warning. The ids, times and signatures in the headers are new, and Resthook-Sequence is left out. A hook whose
connection was dropped is sent once and should be dropped again; others are tried again as the properties say.

Answers are compared by status and by value: the order of fields and the spelling of numbers do not matter.
What differs is summed up in a line for each method and field, which begins with the place in FILE where it
came first. Requests that are no hooks, as their body is no JSON object, are left out and counted.

The exit code is 0 where all answers are the same, 1 where some differ, hooks failed or a signal ended it early,
2 where FILE does not read or holds no hook; then nothing is sent.

With --json, a line of the sum, one of --show all, and the summary at the end are

  {"line":3,"method":"connect","what":"field","field":"custom.plan","was":"number","is":"missing","count":7}
  {"line":3,"method":"connect","session":"…","was":200,"is":200,"error":"",
   "fields":[{"field":"custom.plan","was":"number","is":"missing","was_value":"1"}]}
  {"hooks":9,"same":8,"different":1,"failed":0,"left_out":0,"interrupted":false,"duration":1.5,"late":0.001,
   "latency":{"p50":0.001,"p90":0.002,"p99":0.003,"p999":0.003,"max":0.003}}

what is field, status or failed; was and is are then types, statuses (0: a dropped connection) or, for failed,
is the error_kind as in send. late is how much later than due a hook went out at most; times are in seconds.`
}

// Run replays the file.
func (c *replayCommand) Run(ctx context.Context, std *terminal.Streams) error {
	hooks, sender, err := c.prepare(ctx, std)
	if err != nil {
		return err
	}
	var line *terminal.Progress
	plan := replay.Plan{Speed: c.Speed, MaxGap: c.MaxGap, Concurrency: c.Concurrency, Ignore: c.Ignore}
	if c.Show == "all" {
		plan.Found = func(d *replay.Difference) error { return line.Above(func() error { return c.print(std, d) }) }
	}
	r := replay.New(plan, hooks, sender)
	line = std.Progress(r.Progress)
	report, err := r.Run(ctx)
	line.Stop()
	if err != nil {
		return err
	}
	return c.report(std, report)
}

// prepare checks the flags and the file before anything is sent.
func (c *replayCommand) prepare(ctx context.Context, std *terminal.Streams) (*replay.Hooks, *replay.Sender, error) {
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	cfg, err := input.Within(ctx, c.EnabledSettings)
	if err != nil {
		return nil, nil, err
	}
	config, err := c.TLS()
	if err != nil {
		return nil, nil, err
	}
	sender, err := replay.NewSender(cfg, c.Concurrency, wire.TCP(), config, c.NewClient)
	if err != nil {
		return nil, nil, err
	}
	hooks, err := input.Within(ctx, func() (*replay.Hooks, error) { return replay.Read(c.File, std.In) })
	if err != nil {
		sender.Close(ctx)
		return nil, nil, err
	}
	if hooks.Unended > 0 {
		std.Say(fmt.Sprintf("warning: %s:%d: the last line was cut short, and is left out", hooks.Name, hooks.Unended))
	}
	return hooks, sender, nil
}

func (c *replayCommand) check() error {
	const slowest = 1e-6
	switch {
	case math.IsNaN(c.Speed), math.IsInf(c.Speed, 0), c.Speed != 0 && c.Speed < slowest:
		return fmt.Errorf("--speed %v is no speed", c.Speed)
	case c.MaxGap < 0:
		return fmt.Errorf("--max-gap %v is negative", c.MaxGap)
	case c.Concurrency < 1 || c.Concurrency > mostAtOnce:
		return fmt.Errorf("--concurrency %d is not 1 to %d", c.Concurrency, mostAtOnce)
	}
	for i, field := range c.Ignore {
		if c.Ignore[i] = strings.TrimSpace(field); c.Ignore[i] == "" {
			return errors.New("--ignore: a field without a name")
		}
	}
	return nil
}

// report prints the differences that were not printed during the run, and the summary.
func (c *replayCommand) report(std *terminal.Streams, r replay.Report) error {
	for _, sum := range r.Sums {
		if err := c.print(std, sum); err != nil {
			return err
		}
	}
	if r.Unsaid > 0 {
		std.Say(fmt.Sprintf("warning: %s more, which --show all prints", terminal.Counted(r.Unsaid, "difference")))
	}
	if err := c.print(std, r); err != nil {
		return err
	}
	if !r.AllSame() {
		return errRefused
	}
	return nil
}

// print prints a result as JSON or as text.
func (c *replayCommand) print(std *terminal.Streams, result interface{ Text() string }) error {
	if c.JSON {
		return std.PrintJSON(result)
	}
	return std.Print(result.Text())
}
