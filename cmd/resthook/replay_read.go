package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
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
func readHooks(ctx context.Context, name string, stdin io.Reader) ([]recordedHook, error) {
	hooks, err := interruptible(ctx, func() ([]recordedHook, error) {
		if name == "-" {
			return parseHooks(stdin)
		}
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close() //nolint:errcheck // it was only read
		return parseHooks(file)
	})
	if err != nil && !errors.Is(err, errInterrupted) && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", sourceName(name), err)
	}
	return hooks, err
}

func parseHooks(r io.Reader) ([]recordedHook, error) {
	var hooks []recordedHook
	reader := recording.NewReader(r)
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
	return printable(name)
}
