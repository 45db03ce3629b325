package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wcskit/resthook"
)

// sendCommand sends one hook as the library would.
type sendCommand struct {
	Method string `arg:"" name:"METHOD" help:"The method, such as publishStream; see 'resthook methods'."`

	target

	Data       string        `placeholder:"JSON" default:"{}" help:"The payload, a JSON object; @FILE reads a file, - reads stdin. Default: ${default}"`
	Policy     *string       `placeholder:"JSON" help:"A restClientConfig object, as an answer to connect would carry it; @FILE reads a file. It does not govern connect, playHLS and playRTSP. Default: none."`
	Deadline   time.Duration `placeholder:"DURATION" help:"Bounds all attempts together, such as 2s; 0 is none. Default: none."`
	MethodKind resthook.Kind `placeholder:"KIND" default:"direct" enum:"direct,event,incoming" help:"The kind of a METHOD that the catalogue does not know: direct, event or incoming. Default: ${default}"`
	JSON       bool          `name:"json" help:"Print the outcome as one JSON object, not just the payload."`
}

// Help is shown below the flags.
func (*sendCommand) Help() string {
	return `Without --json, stdout is the payload that the media server goes on with, and
stderr says why it would refuse. The exit code is 0 where it would go on, 1 where it would refuse, 2
for wrong usage.

Examples:

  resthook send connect --url http://localhost:8080/rest --data @connect.json
  resthook send publishStream --data '{"name":"s1"}' --policy '{"publishStream":{"restOnError":"FAIL"}}' --json`
}

// dispatch is a hook that is ready to be sent.
type dispatch struct {
	method   resthook.Method
	data     []byte
	client   *resthook.Client
	sender   resthook.Target // the client, or a session under the policy
	warnings []string
}

// Run sends the hook and prints what came of it.
func (c *sendCommand) Run(ctx context.Context, std *streams) error {
	d, err := interruptible(ctx, func() (*dispatch, error) { return c.prepare(std) })
	if err != nil {
		return err
	}
	defer d.client.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the hook is over by then
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	outcome, err := d.method.SendJSON(ctx, d.sender, d.data)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	// Not before: with wrong usage stderr is a single line.
	for _, warning := range append(d.warnings, answerWarnings(outcome)...) {
		std.say("warning: " + warning)
	}
	return newReport(outcome).print(std, c.JSON)
}

func (c *sendCommand) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Deadline == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, c.Deadline, fmt.Errorf("--deadline %v is over", c.Deadline))
}

// answerWarnings is what an answer to connect says in its restClientConfig
// that nobody will heed.
func answerWarnings(o resthook.Outcome) []string {
	if o.Kind != resthook.KindConnect || o.Err != nil {
		return nil
	}
	var accepted resthook.Connection
	if err := json.Unmarshal(o.Payload, &accepted); err != nil {
		return nil // the hook has succeeded, so its payload reads
	}
	return policyWarnings("the answer's restClientConfig", accepted.RestClientConfig)
}

func policyWarnings(source string, policy *resthook.Policy) []string {
	warnings := policy.Warnings()
	for i := range warnings {
		warnings[i] = source + ": " + warnings[i]
	}
	return warnings
}

// report is the outcome as --json prints it: exactly these fields, in this
// order.
type report struct {
	Method    string             `json:"method"`
	Kind      resthook.Kind      `json:"kind"`
	Action    resthook.Action    `json:"action"`
	Sent      bool               `json:"sent"`
	Attempts  int                `json:"attempts"`
	Status    int                `json:"status"`
	Error     string             `json:"error"`
	ErrorKind resthook.ErrorKind `json:"error_kind,omitempty"`
	Payload   json.RawMessage    `json:"payload"`
	Client    json.RawMessage    `json:"client"`
}

func newReport(o resthook.Outcome) report {
	r := report{
		Method: o.Hook, Kind: o.Kind, Action: o.Action,
		Sent: o.Sent, Attempts: o.Attempts, Status: o.Status,
		Payload: o.Payload, Client: o.Client,
	}
	if o.Err != nil {
		r.Error = oneLine(o.Err.Error())
	}
	if failed, ok := errors.AsType[*resthook.Error](o.Err); ok {
		r.ErrorKind = failed.Kind
	}
	if o.Action == resthook.ActionBreak {
		r.Client = r.Payload // nobody goes on: both are the request's
	}
	return r
}

func (r report) print(std *streams, asJSON bool) error {
	err := r.printText(std, asJSON)
	if err == nil && r.Action == resthook.ActionBreak {
		return errRefused
	}
	return err
}

// printText prints the outcome. As JSON it holds the error, so that stderr
// need not.
func (r report) printText(std *streams, asJSON bool) error {
	if asJSON {
		return std.printJSON(r)
	}
	if r.Error != "" {
		std.say(string(r.Action) + ": " + r.Error)
	}
	if r.Action == resthook.ActionBreak {
		return nil
	}
	return std.printJSON(r.Payload)
}
