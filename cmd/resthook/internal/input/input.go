// Package input reads what the arguments of the command stand for: a text, a file
// after @, or stdin for -. What it reads has a bound in size, and in time where that
// is asked for. Its errors name the place, but never quote what may be a secret.
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

// Max is how much of a file or of stdin is read, in bytes: many times what a backend
// would take.
const Max = 16 << 20

// Object returns the JSON object that an argument stands for; see [Text].
// Its errors say where in it a fault is.
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

// Text returns the text that an argument stands for, and where it comes from:
// the argument itself, from nowhere; the file after @; or stdin for -. Without stdin, -
// is a text like any other. A byte order mark is left out.
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

// Placed is an error about a text with the place in it: file, line and column, as far
// as they are known.
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

// ErrInterrupted is a signal that came before all was read.
var ErrInterrupted = errors.New("interrupted")

// Within waits for read, but no longer than ctx lasts: a terminal or a pipe may never
// end.
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
