package backend

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Process is a backend that runs in a process of its own. Its methods are not
// safe for concurrent use.
type Process struct {
	URL string

	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// Count is what a backend has seen since it was started.
type Count struct {
	Connections int64
	Requests    int64
}

// Start starts this program again as a backend, as launch sees fit: on another
// core. Nil launches it as it is. The process ends with Close, with ctx, and
// when this one ends.
func Start(ctx context.Context, launch func(*exec.Cmd) error) (*Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &Process{command: exec.CommandContext(ctx, program, Subcommand)} //nolint:gosec // this program itself
	p.command.Stderr = os.Stderr                                          //nolint:forbidigo // what the child has to say goes where ours does
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if launch == nil {
		launch = (*exec.Cmd).Start
	}
	if err := launch(p.command); err != nil {
		return nil, fmt.Errorf("start the backend: %w", err)
	}
	address, err := p.line()
	p.URL = "http://" + address
	return p, err
}

func (p *Process) line() (string, error) {
	text, err := p.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the backend's process has ended: %w", err)
	}
	return strings.TrimSpace(text), nil
}

func (p *Process) ask(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		return "", fmt.Errorf("the backend's process: %w", err)
	}
	reply, err := p.line()
	if fault, failed := strings.CutPrefix(reply, "error "); failed {
		return "", errors.New("backend: " + fault)
	}
	return reply, err
}

// Answer sets what is answered from now on: one of [Answers].
func (p *Process) Answer(name string) error {
	_, err := p.ask("answer %s", name)
	return err
}

// Delay sets how long a hook waits for its answer.
func (p *Process) Delay(delay time.Duration) error {
	_, err := p.ask("delay %v", delay)
	return err
}

// Count returns what the backend has seen.
func (p *Process) Count() (Count, error) {
	reply, err := p.ask("count")
	if err != nil {
		return Count{}, err
	}
	var c Count
	_, err = fmt.Sscanf(reply, "count %d %d", &c.Connections, &c.Requests)
	return c, err
}

// Close ends the process and waits for it.
func (p *Process) Close() error {
	return errors.Join(p.in.Close(), p.command.Wait())
}
