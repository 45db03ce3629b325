package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/wcskit/resthook/cmd/resthook/internal/flags"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// recordCommand is serve that also writes the hooks to a file.
type recordCommand struct {
	serveCommand
	recordFile

	File string `arg:"" name:"FILE" help:"Where the hooks are written; - is stdout."`
}

// recordHelp is the part of the help about the file.
const recordHelp = `FILE has one JSON object a line for each hook that is over: time (when it came in), method, id, sequence and
sent (its headers), request, status (0 if the connection was dropped), answer and duration (in seconds).
See replay. It holds payloads as they came, with the tokens and passwords of clients, so only its owner can read
it, also if it existed. A hook that did not come whole, or is not UTF-8, is on the page and not in FILE.

A FILE that exists is not changed, unless --append or --force is given.

When FILE cannot be written any more, hooks are still answered, FILE ends with a whole line, and the exit
code is 1.

`

// Help is shown below the flags.
func (c *recordCommand) Help() string {
	return `The hooks are answered as serve answers them, and each is written to FILE. With - the URL is printed to
stderr.

` + recordHelp + c.serveCommand.Help()
}

// Run serves until ctx ends, and records.
func (c *recordCommand) Run(ctx context.Context, std *terminal.Streams) error {
	if c.File == "-" {
		return c.toStdout(ctx, std)
	}
	return c.recorded(ctx, c.File, std, func() (*flags.Server, error) { return c.prepare(ctx, std, "record") })
}

// toStdout writes the hooks to stdout, and everything else to stderr.
func (c *recordCommand) toStdout(ctx context.Context, std *terminal.Streams) error {
	r := recording.NewRecorder(std.Out, std.Say)
	s, err := c.prepare(ctx, &terminal.Streams{In: std.In, Out: std.Err, Err: std.Err}, "record")
	if err == nil {
		s.Options.Record = r.Note
		err = s.Serve(ctx)
	}
	return errors.Join(err, r.Close())
}

// recordFile has the flags for the file of hooks, which record and forward share.
type recordFile struct {
	Append bool `xor:"existing" help:"Write at the end of a FILE that exists."`
	Force  bool `xor:"existing" help:"Write over a FILE that exists."`
}

// recorded serves what prepare returns, and records the hooks to the file.
func (c *recordFile) recorded(ctx context.Context, name string, std *terminal.Streams, prepare func() (*flags.Server, error)) error {
	r, err := input.Within(ctx, func() (*recording.Recorder, error) { return c.open(name, std) })
	if err != nil {
		return err
	}
	s, err := prepare()
	if err == nil {
		err = serveTo(ctx, s, r)
	}
	if err != nil {
		r.Discard()
	}
	return errors.Join(err, r.Close())
}

// open opens the file and does not change it yet.
func (c *recordFile) open(name string, std *terminal.Streams) (*recording.Recorder, error) {
	existing := recording.Keep
	switch {
	case c.Append:
		existing = recording.Append
	case c.Force:
		existing = recording.Replace
	}
	r, err := recording.Open(name, existing, std.Say)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s is there already: --append or --force is wanted", terminal.Printable(name))
	}
	return r, err
}

// serveTo serves, and records the hooks.
func serveTo(ctx context.Context, s *flags.Server, r *recording.Recorder) error {
	defer s.Close()
	if err := r.Begin(); err != nil {
		return err
	}
	s.Options.Record = r.Note
	return s.Serve(ctx)
}
