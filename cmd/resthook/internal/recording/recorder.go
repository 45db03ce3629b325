package recording

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// ErrIncomplete is a recording that lacks hooks, as they could not be written. Why was
// said when the first was not.
var ErrIncomplete = errors.New("the recording is incomplete")

// Recorder writes exchanges, until the first that cannot be written. It is safe for
// concurrent use.
type Recorder struct {
	file     *os.File // nil where there is none to close
	existing Existing
	warn     func(string)

	mu    sync.Mutex
	w     io.Writer
	fault error
	over  bool
}

// NewRecorder returns a recorder that writes to w, and warns of what goes wrong.
func NewRecorder(w io.Writer, warn func(string)) *Recorder { return &Recorder{w: w, warn: warn} }

// Note writes an exchange.
func (r *Recorder) Note(x Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault != nil || r.over {
		return
	}
	if r.fault = Write(r.w, x); r.fault != nil {
		r.warn("cannot record any more: " + r.fault.Error() + "; hooks are still answered")
	}
}

// Close ends the recording. It returns [ErrIncomplete] where hooks are missing, and
// [terminal.ErrOutput] where the file does not close.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	var err error
	if r.file != nil {
		err = r.file.Close()
	}
	switch {
	case r.fault != nil:
		return ErrIncomplete
	case err != nil:
		return fmt.Errorf("%w: %w", terminal.ErrOutput, err)
	}
	return nil
}

// fileToWrite is a file that hooks are written to.
type fileToWrite interface {
	io.Writer
	Stat() (os.FileInfo, error)
	Truncate(size int64) error
}

// wholeLines writes lines whole, or not at all: of one that does not fit on the disk
// nothing stays. In devices and pipes what was written stays.
type wholeLines struct{ file fileToWrite }

// Write writes a line.
func (l wholeLines) Write(line []byte) (int, error) {
	n, err := l.file.Write(line)
	if err == nil || n == 0 {
		return n, err
	}
	if info, unknown := l.file.Stat(); unknown == nil && info.Mode().IsRegular() {
		_ = l.file.Truncate(info.Size() - int64(n)) // what failed before is what counts
	}
	return n, err
}
