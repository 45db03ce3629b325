package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// recordedHook is an exchange of a recording, and the line where it stands.
type recordedHook struct {
	recording.Exchange

	line   int
	sender string          // the session's id; empty for none
	hook   resthook.Method // nil for what is no hook
}

// readHooks reads a whole recording, in the order in which the hooks came in:
// what is wrong with it is known before the first is sent.
// A last line that was cut short is left out: unended says which, 0 is none.
func readHooks(ctx context.Context, name string, stdin io.Reader) (hooks []recordedHook, unended int, err error) {
	reader, err := input.Within(ctx, func() (*recording.Reader, error) {
		from := stdin
		if name != "-" {
			file, err := os.Open(name)
			if err != nil {
				return nil, err
			}
			defer file.Close() //nolint:errcheck // it was only read
			from = file
		}
		reader := recording.NewReader(from)
		hooks, err = parseHooks(reader)
		return reader, err
	})
	switch {
	case err == nil:
		return hooks, reader.Unended, nil
	case errors.Is(err, input.ErrInterrupted), errors.Is(err, os.ErrNotExist):
		return nil, 0, err
	}
	return nil, 0, fmt.Errorf("%s: %w", sourceName(name), err)
}

func parseHooks(reader *recording.Reader) ([]recordedHook, error) {
	var hooks []recordedHook
	for {
		x, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		hooks = append(hooks, recordedHook{x, reader.Line, identity(x.Request).SessionID, recording.MethodOf(x)})
	}
	if !slices.ContainsFunc(hooks, func(h recordedHook) bool { return h.hook != nil }) {
		if reader.Unended > 0 {
			return nil, fmt.Errorf("no hook in it: line %d was cut short", reader.Unended)
		}
		return nil, errors.New("no hook in it")
	}
	slices.SortStableFunc(hooks, func(a, b recordedHook) int { return a.Time.Compare(b.Time) })
	return hooks, nil
}

// sourceName is the file's name for a person.
func sourceName(name string) string {
	if name == "-" {
		return "stdin"
	}
	return terminal.Printable(name)
}
