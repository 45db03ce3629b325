package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

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
		return fmt.Errorf("%w: %w", terminal.ErrOutput, err)
	}
	return nil
}

// recordedTo is a file that hooks are written to.
type recordedTo interface {
	io.Writer
	Stat() (os.FileInfo, error)
	Truncate(size int64) error
}

// wholeLines writes lines whole, or not at all: of one that does not fit on the disk
// nothing stays. In devices and pipes what was written stays.
type wholeLines struct{ file recordedTo }

// Write writes a line.
func (l wholeLines) Write(line []byte) (int, error) {
	n, err := l.file.Write(line)
	if err == nil || n == 0 {
		return n, err
	}
	if info, unknown := l.file.Stat(); unknown == nil && info.Mode().IsRegular() {
		_ = l.file.Truncate(info.Size() - int64(n)) // what failed before is told
	}
	return n, err
}

// removeEmpty removes a file that no hook was written to.
func removeEmpty(file *os.File) {
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		_ = os.Remove(file.Name())
	}
}
