package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// recordCommand is serve that also writes what it receives.
type recordCommand struct {
	serveCommand

	File   string `arg:"" name:"FILE" help:"Where the hooks are written; - is stdout."`
	Append bool   `xor:"existing" help:"Write at the end of a FILE that is there."`
	Force  bool   `xor:"existing" help:"Write over a FILE that is there."`
}

// Help is shown below the flags.
func (c *recordCommand) Help() string {
	return `The hooks are answered as serve answers them, and each is written to FILE when it is over, one JSON
object a line: time (when it came in), method, id, sequence and sent (its headers), request, status (0 where
the connection was dropped), answer and duration (in seconds). See replay.

FILE holds payloads as they came, with the tokens and passwords of clients: it is made for its owner alone, also
where it was there. A FILE that is there is left alone, unless --append or --force says otherwise. With - the URL is printed to
stderr.

When FILE cannot be written any more, hooks go on being answered, and the exit code is 1.

` + c.serveCommand.Help()
}

// Run serves until ctx ends, and records.
func (c *recordCommand) Run(ctx context.Context, std *streams) error {
	if c.File == "-" {
		r := &recorder{w: std.out, tell: std.say}
		err := c.record(ctx, &streams{in: std.in, out: std.err, err: std.err}, r, func() error { return nil })
		return errors.Join(err, r.end())
	}
	file, err := interruptible(ctx, c.open)
	if err != nil {
		return err
	}
	r := &recorder{w: file, file: file, tell: std.say}
	err = c.record(ctx, std, r, func() error { return c.begin(file) })
	if err != nil && !c.Append && !c.Force {
		removeEmpty(file)
	}
	return errors.Join(err, r.end())
}

// record serves and records. It calls begin once it listens.
func (c *recordCommand) record(ctx context.Context, std *streams, r *recorder, begin func() error) error {
	s, err := c.prepare(ctx, std, "record")
	if err != nil {
		return err
	}
	defer s.listener.Close()
	if err := begin(); err != nil {
		return err
	}
	s.options.Record = r.note
	return s.serve(ctx)
}

// open opens the file as it is.
func (c *recordCommand) open() (*os.File, error) {
	flags := os.O_RDWR | os.O_CREATE | os.O_EXCL
	switch {
	case c.Append:
		flags = os.O_RDWR | os.O_CREATE | os.O_APPEND
	case c.Force:
		flags = os.O_RDWR | os.O_CREATE
	}
	file, err := os.OpenFile(c.File, flags, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s is there already: --append or --force is wanted", printable(c.File))
	}
	return file, err
}

// begin makes the file ready for its first line, once there is nothing left that
// could end the command before it. Devices and pipes are taken as they are.
func (c *recordCommand) begin(file *os.File) error {
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
	return endLine(file, info.Size())
}

// endLine ends a line that a crash has left without an end.
func endLine(file *os.File, size int64) error {
	if size == 0 {
		return nil
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, size-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err := file.WriteString("\n")
	return err
}

// removeEmpty removes a file that no hook was written to.
func removeEmpty(file *os.File) {
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		_ = os.Remove(file.Name())
	}
}

// recorder writes exchanges, until the first that cannot be written. It is safe
// for concurrent use.
type recorder struct {
	file io.Closer // nil for stdout
	tell func(string)

	mu    sync.Mutex
	w     io.Writer
	fault error
	over  bool
}

// note is the sink.
func (r *recorder) note(x recording.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault != nil || r.over {
		return
	}
	if r.fault = recording.Write(r.w, x); r.fault != nil {
		r.tell("cannot record any more: " + r.fault.Error() + "; hooks are still answered")
	}
}

// end closes the file. A fault that was told is not told again.
func (r *recorder) end() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	var err error
	if r.file != nil {
		err = r.file.Close()
	}
	switch {
	case r.fault != nil:
		return errRefused
	case err != nil:
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return nil
}
