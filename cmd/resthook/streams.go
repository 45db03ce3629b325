package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
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

// oneLine joins the lines of a text, such as that of joined errors, and takes
// out what a terminal would obey.
func oneLine(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.Join(lines, "; "))
}

// printable is a text for a table or a log, quoted where a terminal would obey
// it.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// oneLineJSON writes a value as JSON without line ends, and with < > & as they
// are: the reader is no browser.
func oneLineJSON(value any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
