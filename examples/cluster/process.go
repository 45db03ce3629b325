package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// processes are the parts that run, each in a process of its own, so that one can be killed.
type processes struct {
	dir    string // of their logs
	failed func(error)

	mu  sync.Mutex
	all []*process
}

// process is a part that runs.
type process struct {
	name  string
	cmd   *exec.Cmd
	input io.Closer
	ready chan string // the rest of the line
	ended chan struct{}
	err   error // of Wait, once it has ended

	mu       sync.Mutex
	expected bool // to end
}

// start starts a part, and returns what it says when it is ready. recorded is called for each
// event that the part says to have recorded, with the session.
func (ps *processes) start(ctx context.Context, p part, recorded func(session string)) (*process, string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, "", err
	}
	own, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	log, err := openLog(ps.dir, p.Name)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = log.Close() }()                          // the process has its own
	cmd := exec.CommandContext(context.WithoutCancel(ctx), own) //nolint:gosec // this program, which ends in order
	cmd.Env, cmd.Stderr = append(os.Environ(), asPart+"="+string(text)), log
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("start %s: %w", p.Name, err)
	}
	child := &process{name: p.Name, cmd: cmd, input: input, ready: make(chan string, 1), ended: make(chan struct{})}
	ps.add(child)
	go ps.follow(child, output, recorded)
	select {
	case rest := <-child.ready:
		return child, rest, nil
	case <-child.ended:
		return nil, "", fmt.Errorf("%s has ended: %w", p.Name, child.err)
	case <-ctx.Done():
		return nil, "", context.Cause(ctx)
	}
}

func openLog(dir, name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

func (ps *processes) add(child *process) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.all = append(ps.all, child)
}

// follow hears what a part says until it ends.
func (ps *processes) follow(child *process, output io.Reader, recorded func(session string)) {
	listen(output, func(word, rest string) {
		switch word {
		case saysReady:
			child.ready <- rest
		case saysRecorded:
			recorded(rest)
		}
	})
	child.err = child.cmd.Wait()
	child.mu.Lock()
	expected := child.expected
	child.mu.Unlock()
	close(child.ended)
	if !expected {
		ps.failed(fmt.Errorf("%s has ended: %w", child.name, errors.Join(child.err, errUnexpected)))
	}
}

var errUnexpected = errors.New("nobody has told it to")

// kill ends a part as a crash does: it can say and do nothing any more.
func (p *process) kill() {
	p.expect()
	_ = p.cmd.Process.Kill() // an error means that it has ended
	<-p.ended
}

// end has a part end in order, and kills it when ctx ends first.
func (p *process) end(ctx context.Context) error {
	p.expect()
	_ = p.input.Close()
	select {
	case <-p.ended:
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("end %s: %w", p.name, context.Cause(ctx))
	}
	if p.err != nil {
		return fmt.Errorf("end %s: %w", p.name, p.err)
	}
	return nil
}

func (p *process) expect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = true
}

// killAll leaves no process behind.
func (ps *processes) killAll() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.all {
		p.kill()
	}
}
