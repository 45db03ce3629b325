package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// streams are what the command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	terminal bool // err is one
}

// print writes a result and a line end to stdout.
func (s *streams) print(text string) error {
	if _, err := io.WriteString(s.out, text+"\n"); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return nil
}

// printJSON writes a value as one line of JSON to stdout.
func (s *streams) printJSON(value any) error {
	text, err := oneLineJSON(value)
	if err != nil {
		return err
	}
	return s.print(text)
}

// say writes one line to stderr. That there may be nobody to read it is no
// reason to fail.
func (s *streams) say(text string) {
	_, _ = fmt.Fprintf(s.err, "resthook: %s\n", oneLine(text))
}

// note writes lines to stderr as they are.
func (s *streams) note(lines []string) {
	_, _ = io.WriteString(s.err, strings.Join(lines, "\n")+"\n")
}

// end reports how a command ended, and returns the exit code.
func (s *streams) end(err error) int {
	switch {
	case err == nil, errors.Is(err, errDone):
		return exitFine
	case errors.Is(err, errRefused):
		return exitRefused
	}
	s.say(err.Error())
	if errors.Is(err, errInterrupted) || errors.Is(err, errOutput) {
		return exitRefused
	}
	return exitUsage
}

func oneLine(text string) string { return terminal.OneLine(text) }

func printable(text string) string { return terminal.Printable(text) }

func oneLineJSON(value any) (string, error) { return terminal.JSON(value) }

func counted(n int, what string) string { return terminal.Counted(n, what) }

func brief(seconds float64) string { return terminal.Brief(seconds) }

func bar(part float64) string { return terminal.Bar(part) }
