package main

import (
	"context"
	"fmt"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/cmd/resthook/internal/wire"
	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/names"
)

// prepare reads everything that the flags name and finds what is wrong with it
// before anything is sent.
func (c *sendCommand) prepare(std *terminal.Streams) (*dispatch, error) {
	method, err := c.method()
	if err != nil {
		return nil, err
	}
	data, err := c.payload(std)
	if err != nil {
		return nil, err
	}
	policy, doubts, err := c.policy()
	if err != nil {
		return nil, fmt.Errorf("--policy: %w", err)
	}
	cfg, err := c.settings()
	if err != nil {
		return nil, err
	}
	client, err := c.connect(cfg, std)
	if err != nil {
		return nil, err
	}
	d := &dispatch{method: method, data: data, client: client, to: client}
	d.warnings = append(d.warnings, c.doubtMethod()...)
	for _, warning := range cfg.Warnings {
		d.warnings = append(d.warnings, warning.String())
	}
	d.warnings = append(d.warnings, doubts...)
	if err := d.govern(policy); err != nil {
		_ = client.Close(context.Background()) // nothing was sent
		return nil, err
	}
	return d, nil
}

// method is the catalogue's, or one of the media server's own.
func (c *sendCommand) method() (resthook.Method, error) {
	if c.Deadline < 0 {
		return nil, fmt.Errorf("--deadline %v is negative", c.Deadline)
	}
	if method, ok := resthook.FindMethod(c.Method); ok {
		return method, nil
	}
	return resthook.NewHook[map[string]any](c.Method, c.MethodKind)
}

// doubtMethod warns of a METHOD that is probably a slip of one of the catalogue.
func (c *sendCommand) doubtMethod() []string {
	if _, known := resthook.FindMethod(c.Method); known {
		return nil
	}
	if meant := names.Nearest(c.Method, catalogue.Names()); meant != "" {
		return []string{fmt.Sprintf("%s is not in the catalogue; did you mean %s?", c.Method, meant)}
	}
	return nil
}

// payload is what --data says, over the sample where that is asked for.
func (c *sendCommand) payload(std *terminal.Streams) ([]byte, error) {
	data, err := input.Object(c.Data, std.In)
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	if !c.Sample {
		return data, nil
	}
	sample := catalogue.Sample(c.Method)
	if sample == nil {
		return nil, fmt.Errorf("--sample: the catalogue has no %s%s", c.Method, names.DidYouMean(c.Method, catalogue.Names()))
	}
	return laidOver(sample, data), nil
}

// laidOver is an object with another one's members in it; those that are objects in
// both are laid over one another likewise.
func laidOver(object, over []byte) []byte {
	values := jsontext.Index(over)
	for name, value := range values {
		if below, ok := jsontext.Get(object, name); ok && jsontext.IsObject(below) && jsontext.IsObject(value) {
			values[name] = laidOver(below, value)
		}
	}
	return jsontext.Merge(object, values)
}

// connect makes the client, and has it heard where that is asked for.
func (c *sendCommand) connect(cfg resthook.Config, std *terminal.Streams) (*resthook.Client, error) {
	if !c.Verbose {
		opts, err := c.secured()
		if err != nil {
			return nil, err
		}
		return c.client(cfg, opts...)
	}
	config, err := c.tls()
	if err != nil {
		return nil, err
	}
	tap := wire.NewTap(wire.TCP())
	seen := resthook.Observer{Attempt: func(_ context.Context, a resthook.Attempt) { std.Note(attemptLines(tap, a)) }}
	return c.client(cfg, tap.Option(c.secure(), config), resthook.WithObserver(seen))
}

// attemptLines show an attempt that is over.
func attemptLines(tap *wire.Tap, a resthook.Attempt) []string {
	out, in := tap.Take()
	lines := append(wire.Request(out), wire.Answer(in)...)
	result := fmt.Sprintf("status %d", a.Status)
	if a.Err != nil {
		result = terminal.OneLine(a.Err.Error())
	}
	return append(lines, fmt.Sprintf("* attempt %d: %s, after %v", a.Number, result, a.Duration.Round(10*time.Microsecond)))
}
