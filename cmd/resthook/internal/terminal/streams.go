// Package terminal writes the command's output, for people and for tools: results,
// messages, tables and the progress line.
package terminal

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrOutput means that a result could not be written.
var ErrOutput = errors.New("cannot write the result")

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Terminal bool // Err is a terminal: see [Streams.Progress]
}

// Print writes a result and a line end to stdout. Its errors are [ErrOutput].
func (s *Streams) Print(text string) error {
	if _, err := io.WriteString(s.Out, text+"\n"); err != nil {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	return nil
}

// PrintJSON writes a value as one line of JSON to stdout.
func (s *Streams) PrintJSON(value any) error {
	text, err := JSON(value)
	if err != nil {
		return err
	}
	return s.Print(text)
}

// Say writes one line to stderr, and ignores errors.
func (s *Streams) Say(text string) {
	_, _ = fmt.Fprintf(s.Err, "resthook: %s\n", OneLine(text))
}

// Note writes lines to stderr as they are.
func (s *Streams) Note(lines []string) {
	_, _ = io.WriteString(s.Err, strings.Join(lines, "\n")+"\n")
}
