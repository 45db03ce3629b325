// Package input reads the arguments of the command: a text, @ with a file's name, or - for
// stdin. Sizes are bounded. Its errors name file, line and column, but never quote what may
// be a secret.
package input

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/internal/jsontext"
)

// Max is how much of a file or of stdin is read, in bytes: far more than a backend takes.
const Max = 16 << 20

// Object reads a JSON object from an argument; see [Text]. Its errors name line and column.
func Object(argument string, stdin io.Reader) ([]byte, error) {
	text, source, err := Text(argument, stdin)
	if err != nil {
		return nil, err
	}
	err = jsontext.Check(text)
	if err == nil {
		err = jsontext.CheckCharacters(text)
	}
	if err != nil {
		return nil, Placed(err, source, text)
	}
	return text, nil
}

// Text reads a text from an argument: the file after @, stdin for -, or else the argument
// itself. The source is the file's name, stdin, or empty. If stdin is nil, - is a text like
// any other. A byte order mark is removed.
func Text(argument string, stdin io.Reader) (text []byte, source string, err error) {
	text = []byte(argument)
	if name, ok := strings.CutPrefix(argument, "@"); ok {
		source = terminal.Printable(name)
		text, err = File(name)
	} else if argument == "-" && stdin != nil {
		source = "stdin"
		text, err = readAll(source, stdin)
	}
	return jsontext.TrimBOM(text), source, err
}

// Placed adds source, line and column to an error about a text, as far as they are known.
func Placed(err error, source string, text []byte) error {
	syntax, known := errors.AsType[*jsontext.SyntaxError](err)
	if known {
		before := text[:min(syntax.Offset, len(text))]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
		if source == "" {
			return fmt.Errorf("line %d, column %d: %s", line, column, syntax.Reason)
		}
		return fmt.Errorf("%s:%d:%d: %s", source, line, column, syntax.Reason)
	}
	if source == "" {
		return err
	}
	return fmt.Errorf("%s: %w", source, err)
}

// File reads a file.
func File(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	return readAll(name, file)
}

func readAll(name string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, Max+1))
	if err != nil {
		return nil, err
	}
	if len(data) > Max {
		return nil, fmt.Errorf("%s: more than %d bytes", name, Max)
	}
	return data, nil
}

// ErrInterrupted means that a signal came before everything was read.
var ErrInterrupted = errors.New("interrupted")

// Within returns what read returns, or [ErrInterrupted] if ctx ends first: reading a
// terminal or a pipe may block for ever.
func Within[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return *new(T), ErrInterrupted
	}
}
