package hooktest

import (
	"bytes"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// window is how many bytes a flow buffers before its writer has to wait. It is smaller than
// a real socket's, so that there is backpressure soon.
const window = 64 << 10

// flow is one direction of a memoryConn. It only waits on a sync.Cond, which is durably
// blocking in synctest.
type flow struct {
	mu    sync.Mutex
	moved *sync.Cond
	data  bytes.Buffer

	ended     error // what the reader gets after the data
	finished  error // what the writer gets after it has closed
	refused   error // what the writer gets after the reader has closed
	abandoned bool  // the reader has closed

	readBy, writeBy deadline
}

func newFlow() *flow {
	f := &flow{}
	f.moved = sync.NewCond(&f.mu)
	return f
}

func (f *flow) read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(p) > 0 {
		switch {
		case f.abandoned:
			return 0, net.ErrClosed
		case f.readBy.passed:
			return 0, os.ErrDeadlineExceeded
		case f.data.Len() > 0:
			f.moved.Broadcast()
			return f.data.Read(p)
		case f.ended != nil:
			return 0, f.ended
		}
		f.moved.Wait()
	}
	return 0, nil
}

func (f *flow) write(p []byte) (written int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for written < len(p) {
		if err := f.writable(); err != nil {
			return written, err
		}
		n := min(window-f.data.Len(), len(p)-written)
		if n == 0 {
			f.moved.Wait()
			continue
		}
		f.data.Write(p[written : written+n])
		written += n
		f.moved.Broadcast()
	}
	return written, nil
}

func (f *flow) writable() error {
	switch {
	case f.finished != nil:
		return f.finished
	case f.refused != nil:
		return f.refused
	case f.writeBy.passed:
		return os.ErrDeadlineExceeded
	}
	return nil
}

func (f *flow) pending() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.data.Len() > 0
}

// finish closes the writing end: the reader gets ended after the data, the writer gets
// finished. A reset replaces an earlier FIN, and nothing replaces a reset.
func (f *flow) finish(ended, finished error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.finished = finished
	if f.ended != syscall.ECONNRESET { //nolint:errorlint // only set here, never wrapped
		f.ended = ended
	}
	f.writeBy.stop()
	f.moved.Broadcast()
}

// abandon closes the reading end; from now on writes fail with refused.
func (f *flow) abandon(refused error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.abandoned, f.refused = true, refused
	f.readBy.stop()
	f.moved.Broadcast()
}

func (f *flow) expireRead(at time.Time)  { f.expire(&f.readBy, at) }
func (f *flow) expireWrite(at time.Time) { f.expire(&f.writeBy, at) }

func (f *flow) expire(d *deadline, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d.stop()
	d.passed = !at.IsZero() && !time.Now().Before(at)
	if !at.IsZero() && !d.passed {
		d.start(f, time.Until(at))
	}
	f.moved.Broadcast()
}

// deadline is guarded by the mutex of its flow.
type deadline struct {
	timer  *time.Timer
	passed bool
}

func (d *deadline) start(f *flow, wait time.Duration) {
	var own *time.Timer
	own = time.AfterFunc(wait, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if d.timer != own { // it was stopped or replaced while it fired
			return
		}
		d.passed = true
		f.moved.Broadcast()
	})
	d.timer = own
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer = nil
}
