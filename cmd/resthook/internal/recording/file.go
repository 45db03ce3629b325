package recording

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Existing says what to do with a file that exists.
type Existing int

// An existing file is kept, appended to, or replaced.
const (
	Keep Existing = iota
	Append
	Replace
)

// Open opens the file of a recording. An existing file is not changed before
// [Recorder.Begin]. If it exists and is to be kept, the error is [fs.ErrExist].
func Open(name string, existing Existing, warn func(string)) (*Recorder, error) {
	flags := map[Existing]int{Keep: os.O_EXCL, Append: os.O_APPEND, Replace: 0}[existing]
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|flags, 0o600)
	if err != nil {
		return nil, err
	}
	return &Recorder{w: wholeLines{file}, file: file, existing: existing, warn: warn}, nil
}

// Begin prepares the file for its first line. It is called when nothing else can fail
// before hooks are served. Only the owner can read the file. A last line that was cut
// short is removed, with a warning. Devices and pipes are not changed.
func (r *Recorder) Begin() error {
	info, err := r.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	if err := r.file.Chmod(0o600); err != nil {
		return err
	}
	if r.existing == Replace {
		return r.file.Truncate(0)
	}
	return r.endLine(info.Size())
}

// Discard removes the file if Open has created it and no hook was written.
func (r *Recorder) Discard() {
	if info, err := r.file.Stat(); r.existing == Keep && err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		_ = os.Remove(r.file.Name())
	}
}

// endLine ends the last line of the file, or removes it if it was cut short, as by a crash.
func (r *Recorder) endLine(size int64) error {
	last, err := lastLine(r.file, size)
	if err == nil {
		err = isRecording(r.file, size, last)
	}
	if err != nil || len(last) == 0 {
		return err
	}
	if _, err := NewReader(bytes.NewReader(append(last, '\n'))).Next(); err == nil {
		_, err := r.file.WriteString("\n")
		return err
	}
	r.warn(fmt.Sprintf("warning: %s: the last line was cut short, and is left out", terminal.Printable(r.file.Name())))
	return r.file.Truncate(size - int64(len(last)))
}

// isRecording checks the first line of a file, so that another file is not changed by
// mistake.
func isRecording(file *os.File, size int64, last []byte) error {
	if int64(len(last)) == size { // one line, perhaps cut short
		begin := []byte(`{"time":`)
		if !bytes.HasPrefix(last, begin) && !bytes.HasPrefix(begin, last) {
			return fmt.Errorf("%s is no recording", terminal.Printable(file.Name()))
		}
		return nil
	}
	if _, err := NewReader(io.NewSectionReader(file, 0, size)).Next(); err != nil {
		return fmt.Errorf("%s is no recording: %w", terminal.Printable(file.Name()), err)
	}
	return nil
}

// lastLine is the text behind the last line end of a file.
func lastLine(file *os.File, size int64) ([]byte, error) {
	tail := make([]byte, min(size, MaxLine+1))
	if _, err := file.ReadAt(tail, size-int64(len(tail))); err != nil && len(tail) > 0 {
		return nil, err
	}
	end := bytes.LastIndexByte(tail, '\n')
	if end < 0 && len(tail) > MaxLine {
		return nil, fmt.Errorf("%s is no recording: its last line is longer than %d bytes", terminal.Printable(file.Name()), MaxLine)
	}
	return tail[end+1:], nil
}
