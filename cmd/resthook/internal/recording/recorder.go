package recording

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// ErrIncomplete means that hooks could not be written. The recorder has warned why.
var ErrIncomplete = errors.New("the recording is incomplete")

// Recorder writes exchanges. It stops at the first one that cannot be written. It is safe
// for concurrent use.
type Recorder struct {
	file     *os.File // nil if the recorder does not own a file
	existing Existing
	warn     func(string)

	mu    sync.Mutex
	w     io.Writer
	fault error
	over  bool
}

// NewRecorder returns a recorder that writes to w. It calls warn if it fails.
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

// Close ends the recording. It returns [ErrIncomplete] if hooks are missing, and
// [terminal.ErrOutput] if closing the file fails.
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

// recordingFile is what wholeLines needs of a file.
type recordingFile interface {
	io.Writer
	Stat() (os.FileInfo, error)
	Truncate(size int64) error
}

// wholeLines writes a line completely or not at all: if the disk is full, the written part
// is removed. In devices and pipes it stays.
type wholeLines struct{ file recordingFile }

// Write writes a line.
func (l wholeLines) Write(line []byte) (int, error) {
	n, err := l.file.Write(line)
	if err == nil || n == 0 {
		return n, err
	}
	if info, unknown := l.file.Stat(); unknown == nil && info.Mode().IsRegular() {
		_ = l.file.Truncate(info.Size() - int64(n)) // the first error is the one to return
	}
	return n, err
}
