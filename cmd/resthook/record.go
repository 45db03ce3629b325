package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// recordCommand is serve that also writes what it receives.
type recordCommand struct {
	serveCommand
	recordFile

	File string `arg:"" name:"FILE" help:"Where the hooks are written; - is stdout."`
}

// recordHelp is what the help says of the file.
const recordHelp = `FILE has one JSON object a line for each hook that is over: time (when it came in), method, id, sequence and
sent (its headers), request, status (0 where the connection was dropped), answer and duration (in seconds).
See replay. It holds payloads as they came, with the tokens and passwords of clients: it is made for its owner
alone, also where it was there. What did not come whole, or is no UTF-8, is on the page and not in FILE.

A FILE that is there is left alone, unless --append or --force says otherwise.

When FILE cannot be written any more, hooks go on being answered, FILE ends with a whole line, and the exit
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
		r := &recorder{w: std.Out, tell: std.Say}
		s, err := c.prepare(ctx, &terminal.Streams{In: std.In, Out: std.Err, Err: std.Err}, "record")
		if err == nil {
			s.options.Record = r.note
			err = s.serve(ctx)
		}
		return errors.Join(err, r.end())
	}
	return c.recorded(ctx, c.File, std, func() (*server, error) { return c.prepare(ctx, std, "record") })
}

// recordFile is how a file of hooks is opened: the flags that record and forward
// have in common.
type recordFile struct {
	Append bool `xor:"existing" help:"Write at the end of a FILE that is there."`
	Force  bool `xor:"existing" help:"Write over a FILE that is there."`
}

// recorded serves, and records to the file.
func (c *recordFile) recorded(ctx context.Context, name string, std *terminal.Streams, prepare func() (*server, error)) error {
	file, err := input.Within(ctx, func() (*os.File, error) { return c.open(name) })
	if err != nil {
		return err
	}
	r := &recorder{w: wholeLines{file}, file: file, tell: std.Say}
	s, err := prepare()
	if err == nil {
		err = c.serve(ctx, s, r, file)
	}
	if err != nil && !c.Append && !c.Force {
		removeEmpty(file)
	}
	return errors.Join(err, r.end())
}

func (c *recordFile) serve(ctx context.Context, s *server, r *recorder, file *os.File) error {
	defer s.listener.Close()
	if err := c.begin(file, s.std); err != nil {
		return err
	}
	s.options.Record = r.note
	return s.serve(ctx)
}

// open opens the file as it is.
func (c *recordFile) open(name string) (*os.File, error) {
	flags := os.O_RDWR | os.O_CREATE | os.O_EXCL
	switch {
	case c.Append:
		flags = os.O_RDWR | os.O_CREATE | os.O_APPEND
	case c.Force:
		flags = os.O_RDWR | os.O_CREATE
	}
	file, err := os.OpenFile(name, flags, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s is there already: --append or --force is wanted", terminal.Printable(name))
	}
	return file, err
}

// begin makes the file ready for its first line, once there is nothing left that
// could end the command before it. Devices and pipes are taken as they are.
func (c *recordFile) begin(file *os.File, std *terminal.Streams) error {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	if err := file.Chmod(0o600); err != nil {
		return err
	}
	if c.Force {
		return file.Truncate(0)
	}
	return endLine(file, info.Size(), std)
}

// endLine ends the last line of a file. One that was cut short, as by a crash, is
// left out.
func endLine(file *os.File, size int64, std *terminal.Streams) error {
	last, err := lastLine(file, size)
	if err == nil {
		err = checkRecording(file, size, last)
	}
	if err != nil || len(last) == 0 {
		return err
	}
	if _, err := recording.NewReader(bytes.NewReader(append(last, '\n'))).Next(); err == nil {
		_, err := file.WriteString("\n")
		return err
	}
	std.Say(fmt.Sprintf("warning: %s: the last line was cut short, and is left out", terminal.Printable(file.Name())))
	return file.Truncate(size - int64(len(last)))
}

// checkRecording looks at the first line of a file: of another file, not a byte is
// touched.
func checkRecording(file *os.File, size int64, last []byte) error {
	if int64(len(last)) == size { // one line, cut short perhaps
		begin := []byte(`{"time":`)
		if !bytes.HasPrefix(last, begin) && !bytes.HasPrefix(begin, last) {
			return fmt.Errorf("%s is no recording", terminal.Printable(file.Name()))
		}
		return nil
	}
	if _, err := recording.NewReader(io.NewSectionReader(file, 0, size)).Next(); err != nil {
		return fmt.Errorf("%s is no recording: %w", terminal.Printable(file.Name()), err)
	}
	return nil
}

// lastLine is what stands behind the last line end of a file.
func lastLine(file *os.File, size int64) ([]byte, error) {
	tail := make([]byte, min(size, recording.MaxLine+1))
	if _, err := file.ReadAt(tail, size-int64(len(tail))); err != nil && len(tail) > 0 {
		return nil, err
	}
	end := bytes.LastIndexByte(tail, '\n')
	if end < 0 && len(tail) > recording.MaxLine {
		return nil, fmt.Errorf("%s is no recording: its last line is longer than %d bytes", terminal.Printable(file.Name()), recording.MaxLine)
	}
	return tail[end+1:], nil
}
