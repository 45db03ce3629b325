package terminal

import (
	"io"
	"sync"
	"time"
)

// Progress is a line on a terminal that is redrawn until it is erased at the end.
type Progress struct {
	w    io.Writer
	line func() string
	over chan struct{}
	done sync.WaitGroup

	mu    sync.Mutex // held while something is written
	drawn bool
}

const (
	progressTick = 200 * time.Millisecond
	eraseLine    = "\r\x1b[K"
)

// Progress shows line on stderr if that is a terminal, else nothing.
func (s *Streams) Progress(line func() string) *Progress {
	p := &Progress{w: s.Err, line: line, over: make(chan struct{})}
	if s.Terminal {
		p.done.Go(p.run)
	}
	return p
}

// Stop erases the line.
func (p *Progress) Stop() {
	close(p.over)
	p.done.Wait()
}

func (p *Progress) run() {
	tick := time.NewTicker(progressTick)
	defer tick.Stop()
	for {
		p.draw()
		select {
		case <-tick.C:
		case <-p.over:
			_ = p.Above(func() error { return nil })
			return
		}
	}
}

func (p *Progress) draw() {
	const most = 79 // a line that the terminal wraps cannot be erased
	line := p.line()
	line = line[:min(len(line), most)]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drawn = true
	_, _ = io.WriteString(p.w, eraseLine+line)
}

// Above erases the line and calls write, which may write to the terminal. The line is
// drawn again below.
func (p *Progress) Above(write func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		_, _ = io.WriteString(p.w, eraseLine)
		p.drawn = false
	}
	return write()
}
