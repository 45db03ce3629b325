//go:build unix

package crash

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The environment of a child.
const (
	roleEnv   = "RESTHOOK_CRASH_ROLE"
	configEnv = "RESTHOOK_CRASH_CONFIG"
)

// Play is the whole of a process that another one has started for a crash test: the test binary calls
// it first. It returns false where this is no such process.
func Play(in io.Reader, out, log io.Writer) (played bool, err error) {
	var part interface {
		Run(in io.Reader, out, log io.Writer) error
	}
	switch os.Getenv(roleEnv) {
	case "media":
		part = new(MediaServer)
	case "nats":
		part = new(NATS)
	default:
		return false, nil
	}
	if err := json.Unmarshal([]byte(os.Getenv(configEnv)), part); err != nil {
		return true, fmt.Errorf("configuration: %w", err)
	}
	return true, part.Run(in, out, log)
}

// process is a child.
type process struct {
	cmd  *exec.Cmd
	in   io.Closer
	heed func(words []string)
	over chan struct{} // it has ended and all that it said was heard
	err  error         // set before over is closed

	mu   sync.Mutex
	said map[string]chan struct{} // lines that were waited for, or have come
}

// startProcess starts a child that plays a role. heed is called with the words of each line it says.
func startProcess(role string, config any, log io.Writer, heed func(words []string)) (*process, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), os.Args[0], "-test.run=^$") //nolint:gosec // this program
	cmd.Env = append(os.Environ(), roleEnv+"="+role, configEnv+"="+string(text))
	cmd.Stderr = log
	endWithParent(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, in: in, heed: heed, over: make(chan struct{}), said: map[string]chan struct{}{}}
	go p.listen(out)
	return p, nil
}

// listen hears what the child says until it has ended, what it said before a kill included.
func (p *process) listen(out io.Reader) {
	defer close(p.over)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		if p.heed != nil {
			p.heed(words)
		}
		if len(words) == 1 {
			p.note(words[0])
		}
	}
	p.err = p.cmd.Wait()
}

func (p *process) note(word string) {
	c := p.heard(word)
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-c:
	default:
		close(c)
	}
}

// heard is closed when the child has said the word.
func (p *process) heard(word string) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.said[word]
	if c == nil {
		c = make(chan struct{})
		p.said[word] = c
	}
	return c
}

// await waits until the child has said the word.
func (p *process) await(word string) error {
	select {
	case <-p.heard(word):
		return nil
	case <-p.over:
		return fmt.Errorf("it ended before it was %s: %w", word, p.err)
	case <-time.After(beginsWithin):
		return fmt.Errorf("it is not %s after %v", word, beginsWithin)
	}
}

// kill ends it without giving it time for anything.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // unless it has ended
	<-p.over
	_ = p.in.Close()
}

// finish has it end in order.
func (p *process) finish(within time.Duration) error {
	_ = p.in.Close()
	select {
	case <-p.over:
		return p.err
	case <-time.After(within):
		p.kill()
		return fmt.Errorf("it has not ended after %v", within)
	}
}

// sleep stops it, and wake has it go on.
func (p *process) sleep() { _ = p.cmd.Process.Signal(syscall.SIGSTOP) }
func (p *process) wake()  { _ = p.cmd.Process.Signal(syscall.SIGCONT) }
