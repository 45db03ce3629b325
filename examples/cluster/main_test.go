package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) {
	if os.Getenv(asPart) != "" {
		main()
		return
	}
	leak.Exit(m)
}

// stories are the two stories, as short as they can be.
var stories = map[string][]string{
	"cluster":  {"-away", "3s", "-sessions", "8"},
	"embedded": {"-away", "3s", "-sessions", "8", "-embedded"},
}

func TestStory(t *testing.T) {
	t.Parallel()
	for name, args := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			require.NoError(t, run(t.Context(), args, &out, io.Discard), "%s", &out)
			assert.Contains(t, shapes(t), shape(out.String()), "README shows something else: %s", &out)
		})
	}
}

// shapes are those of the outputs in the README.
func shapes(t *testing.T) (shapes []string) {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, block := range regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		shapes = append(shapes, shape(block[1]))
	}
	return shapes
}

// shape is a text without its numbers, which differ, but for those that must be 0.
func shape(text string) string {
	head, verdict, _ := strings.Cut(text, "out of order")
	head = regexp.MustCompile(` *(\d+m)?\d+(\.\d+)?`).ReplaceAllString(head, " #")
	return head + "out of order" + verdict
}

// An interrupt ends the story and its parts.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	over := make(chan error, 1)
	go func() { over <- run(ctx, []string{"-embedded", "-sessions", "2"}, writer, io.Discard) }()
	_, err := reader.Read(make([]byte, 1000)) // the title: it has begun
	require.NoError(t, err)
	cancel()
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	err = <-over
	require.NoError(t, writer.Close())
	require.ErrorIs(t, err, context.Canceled)
	_, dir, _ := strings.Cut(err.Error(), "the logs are in ")
	require.DirExists(t, dir)
	require.NoError(t, os.RemoveAll(dir))
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-nodes", "1"}, {"-away", "-1s"}, {"-sessions", "0"}, {"now"}} {
		var errOut bytes.Buffer
		require.ErrorIs(t, run(t.Context(), args, io.Discard, &errOut), errUsage)
		assert.NotEmpty(t, errOut.String())
	}
}
