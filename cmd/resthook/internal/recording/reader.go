package recording

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Reader reads a recording, an exchange at a time.
type Reader struct {
	lines   *bufio.Scanner
	Line    int // that of the exchange read last, from 1
	Unended int // a last line that was cut short, as by a full disk, and is left out; 0: none
	last    bool
}

// NewReader returns a reader of a recording. It reads no more of r than it
// is asked for, but for a buffer.
func NewReader(r io.Reader) *Reader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, MaxLine+1) // and the line end
	reader := &Reader{lines: lines}
	lines.Split(reader.split)
	return reader
}

// split cuts at line ends. What is behind the last is a line too, if it is whole.
func (r *Reader) split(data []byte, atEnd bool) (advance int, line []byte, err error) {
	if end := bytes.IndexByte(data, '\n'); end >= 0 {
		return end + 1, data[:end], nil
	}
	if !atEnd || len(data) == 0 {
		return 0, nil, nil
	}
	r.last = true
	return len(data), data, nil
}

// Next returns the next exchange, and io.EOF after the last. Its errors name
// the line. Empty lines are passed over.
func (r *Reader) Next() (Exchange, error) {
	for r.lines.Scan() {
		r.Line++
		line := r.lines.Bytes()
		if r.Line == 1 {
			line = bytes.TrimPrefix(line, []byte("\uFEFF"))
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if r.last && !json.Valid(line) {
			r.Unended = r.Line
			break
		}
		x, err := parseExchange(line)
		if err != nil {
			return Exchange{}, fmt.Errorf("line %d: %w", r.Line, err)
		}
		return x, nil
	}
	switch err := r.lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return Exchange{}, fmt.Errorf("line %d: more than %d bytes", r.Line+1, MaxLine)
	case err != nil:
		return Exchange{}, fmt.Errorf("line %d: %w", r.Line+1, err)
	}
	return Exchange{}, io.EOF
}
