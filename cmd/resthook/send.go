package main

import (
	"context"
	"fmt"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// sendCommand sends one hook as the library would.
type sendCommand struct {
	Method string `arg:"" name:"METHOD" help:"The method, such as publishStream; see 'resthook methods'."`

	target

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
for wrong usage. Where the backend's answer was no yes, stderr has its first lines too.

Examples:

  resthook send connect --url localhost:8080/rest --data @connect.json
  resthook send publishStream --sample --data '{"name":"s1"}' -v
  resthook send connect > c.json; resthook send publishStream --sample --policy @c.json --json`
}

// dispatch is a hook that is ready to be sent.
type dispatch struct {
	method   resthook.Method
	data     []byte
	client   *resthook.Client
	to       resthook.Target // the client, or a session under the policy
	warnings []string
}

// Run sends the hook and prints what came of it.
func (c *sendCommand) Run(ctx context.Context, std *terminal.Streams) error {
	d, err := input.Within(ctx, func() (*dispatch, error) { return c.prepare(std) })
	if err != nil {
		return err
	}
	defer d.client.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the hook is over by then
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	outcome, err := d.method.SendJSON(ctx, d.to, d.data)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	// Not before: with wrong usage stderr is a single line.
	for _, warning := range append(d.warnings, answerWarnings(outcome)...) {
		std.Say("warning: " + warning)
	}
	return newReport(outcome).print(std, c.JSON)
}

func (c *sendCommand) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Deadline == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, c.Deadline, fmt.Errorf("--deadline %v is over", c.Deadline))
}
