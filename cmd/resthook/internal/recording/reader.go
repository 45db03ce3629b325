package recording

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Reader reads a recording, one exchange at a time.
type Reader struct {
	lines   *bufio.Scanner
	Line    int // the line of the exchange read last, from 1
	Unended int // the number of the last line if it was cut short and is left out, else 0
	last    bool
}

// NewReader returns a reader of a recording.
func NewReader(r io.Reader) *Reader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, MaxLine+1) // and the line end
	reader := &Reader{lines: lines}
	lines.Split(reader.split)
	return reader
}

// split is a bufio.SplitFunc for lines. It notes when the last one has no line end.
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

// Next returns the next exchange, and io.EOF after the last. Its errors name the line.
// Empty lines are skipped.
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
