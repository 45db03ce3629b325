package main

import (
	"io"
	"sync"
	"time"
)

// progress is a line on a terminal that is drawn again and again, and erased at
// the end.
type progress struct {
	w    io.Writer
	line func() string
	over chan struct{}
	done sync.WaitGroup

	mu    sync.Mutex // one writes at a time
	drawn bool
}

const (
	progressTick = 200 * time.Millisecond
	eraseLine    = "\r\x1b[K"
)

// startProgress shows line on stderr where that is a terminal; else it does
// nothing.
func (s *streams) startProgress(line func() string) *progress {
	p := &progress{w: s.err, line: line, over: make(chan struct{})}
	if s.terminal {
		p.done.Go(p.run)
	}
	return p
}

// stop erases the line.
func (p *progress) stop() {
	close(p.over)
	p.done.Wait()
}

func (p *progress) run() {
	tick := time.NewTicker(progressTick)
	defer tick.Stop()
	for {
		p.draw()
		select {
		case <-tick.C:
		case <-p.over:
			_ = p.above(func() error { return nil })
			return
		}
	}
}

func (p *progress) draw() {
	const most = 79 // a line that the terminal breaks cannot be erased
	line := p.line()
	line = line[:min(len(line), most)]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drawn = true
	_, _ = io.WriteString(p.w, eraseLine+line)
}

// above writes something else to the terminal, where the line was; it is drawn
// again below.
func (p *progress) above(write func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		_, _ = io.WriteString(p.w, eraseLine)
		p.drawn = false
	}
	return write()
}
