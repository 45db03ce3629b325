package main

import (
	"context"
	"fmt"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/flags"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/send"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/cmd/resthook/internal/wire"
)

// sendCommand sends one hook as the library would.
type sendCommand struct {
	Method string `arg:"" name:"METHOD" help:"The method, such as publishStream; see 'resthook methods'."`

	flags.Target

	Data       string        `placeholder:"JSON" default:"{}" help:"The payload, a JSON object; @FILE reads a file, - reads stdin. Default: ${default}"`
	Sample     bool          `help:"Send the sample of METHOD that 'resthook methods METHOD' shows, with --data laid over it."`
	Policy     *string       `placeholder:"JSON" help:"A restClientConfig object, as an answer to connect would carry it, or what 'send connect' printed; @FILE reads a file. It does not govern connect, playHLS and playRTSP. Default: none."`
	Deadline   time.Duration `placeholder:"DURATION" help:"Bounds all attempts together, such as 2s; 0 is none. Default: none."`
	MethodKind resthook.Kind `placeholder:"KIND" default:"direct" enum:"direct,event,incoming" help:"The kind of a METHOD that the catalogue does not know: direct, event or incoming. Default: ${default}"`
	JSON       bool          `name:"json" help:"Print the outcome as one JSON object, not just the payload."`
	Verbose    bool          `short:"v" help:"Show each attempt on stderr as it went: what went out and what came back, secrets masked."`
}

// Help is shown below the flags.
func (*sendCommand) Help() string {
	return `Without --json, stdout is the payload that the media server goes on with, and
stderr says why it would refuse. The exit code is 0 where it would go on, 1 where it would refuse, 2
for wrong usage. Where the backend denied the hook or its answer was a fault, stderr has the answer's
first lines too. Where nobody was asked, since hooks are disabled or the policy says DISABLE, stderr
says so.

Examples:

  resthook send connect --url localhost:8080/rest --data @connect.json
  resthook send publishStream --sample --data '{"name":"s1"}' -v
  resthook send connect > c.json; resthook send publishStream --sample --policy @c.json --json`
}

// dispatch is a hook, and the client that sends it.
type dispatch struct {
	send.Hook

	client   *resthook.Client
	disabled bool // no hook is sent
	warnings []string
}

// unasked says why the backend was not asked.
func (d *dispatch) unasked() string {
	if d.disabled {
		return "nobody was asked: disable_rest_requests is true"
	}
	return "nobody was asked: the policy says DISABLE"
}

// Run sends the hook and prints its outcome.
func (c *sendCommand) Run(ctx context.Context, std *terminal.Streams) error {
	d, err := input.Within(ctx, func() (*dispatch, error) { return c.prepare(std) })
	if err != nil {
		return err
	}
	defer d.client.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the hook is over by then
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	report, err := d.Send(ctx, d.client)
	if err != nil {
		return err
	}
	// The warnings come last: with wrong usage stderr is a single line.
	for _, warning := range append(d.warnings, report.Warnings...) {
		std.Say("warning: " + warning)
	}
	if c.notesUnasked(report) {
		std.Say(string(report.Action) + ": " + d.unasked())
	}
	return c.print(std, report)
}

// notesUnasked reports whether to print that the backend was not asked: the hook was not
// sent, and there was no error. With --json the outcome says so already.
func (c *sendCommand) notesUnasked(r send.Report) bool {
	return !r.Sent && r.Error == "" && (c.Verbose || !c.JSON)
}

func (c *sendCommand) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Deadline == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, c.Deadline, fmt.Errorf("--deadline %v is over", c.Deadline))
}

// prepare reads and checks everything that the flags name before anything is sent.
func (c *sendCommand) prepare(std *terminal.Streams) (*dispatch, error) {
	if c.Deadline < 0 {
		return nil, fmt.Errorf("--deadline %v is negative", c.Deadline)
	}
	method, warnings, err := send.Method(c.Method, c.MethodKind)
	if err != nil {
		return nil, err
	}
	payload, err := c.payload(std)
	if err != nil {
		return nil, err
	}
	policy, policyWarnings, err := c.policy()
	if err != nil {
		return nil, fmt.Errorf("--policy: %w", err)
	}
	cfg, err := c.Settings()
	if err != nil {
		return nil, err
	}
	client, err := c.connect(cfg, std)
	if err != nil {
		return nil, err
	}
	for _, warning := range cfg.Warnings {
		warnings = append(warnings, warning.String())
	}
	hook := send.Hook{Method: method, Payload: payload, Policy: policy}
	return &dispatch{hook, client, cfg.DisableRestRequests, append(warnings, policyWarnings...)}, nil
}

// payload is --data, merged over the sample if --sample is set.
func (c *sendCommand) payload(std *terminal.Streams) ([]byte, error) {
	data, err := input.Object(c.Data, std.In)
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	if !c.Sample {
		return data, nil
	}
	return send.OverSample(c.Method, data)
}

// policy reads --policy, and returns warnings about it.
func (c *sendCommand) policy() (*resthook.Policy, []string, error) {
	if c.Policy == nil {
		return nil, nil, nil
	}
	text, source, err := input.Text(*c.Policy, nil)
	if err != nil {
		return nil, nil, err
	}
	return send.Policy(c.Method, text, source)
}

// connect makes the client; with --verbose each attempt is shown.
func (c *sendCommand) connect(cfg resthook.Config, std *terminal.Streams) (*resthook.Client, error) {
	if !c.Verbose {
		opts, err := c.Secured()
		if err != nil {
			return nil, err
		}
		return c.NewClient(cfg, opts...)
	}
	config, err := c.TLS()
	if err != nil {
		return nil, err
	}
	tap := wire.NewTap(wire.TCP())
	seen := resthook.Observer{Attempt: func(_ context.Context, a resthook.Attempt) { std.Note(tap.Lines(a)) }}
	return c.NewClient(cfg, tap.Option(c.IsTLS(), config), resthook.WithObserver(seen))
}

func (c *sendCommand) print(std *terminal.Streams, r send.Report) error {
	err := c.printOutcome(std, r)
	for _, line := range r.Said {
		std.Say("backend: " + line)
	}
	if err == nil && r.Action == resthook.ActionBreak {
		return errRefused
	}
	return err
}

// printOutcome prints the outcome. With --json it contains the error, so stderr does
// not repeat it.
func (c *sendCommand) printOutcome(std *terminal.Streams, r send.Report) error {
	if c.JSON {
		return std.PrintJSON(r)
	}
	if r.Error != "" {
		std.Say(string(r.Action) + ": " + r.Error)
	}
	if r.Action == resthook.ActionBreak {
		return nil
	}
	return std.PrintJSON(r.Payload)
}
