package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// block is a fenced block of a page.
type block struct {
	page string
	line int    // of the fence, from 1
	kind string // the first word behind the fence: "go", "sh", "json"
	file string // the second word, where there is one: what the block is saved as
	text string
}

func (b block) String() string { return fmt.Sprintf("%s:%d (%s)", b.page, b.line, b.kind) }

// pages are the names of all pages in this folder.
func pages(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.md")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	return names
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// blocks returns the fenced blocks of a page, in order. In a list they are
// indented; their text is not.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	var found []block
	var open *block
	indent := ""
	for i, line := range strings.Split(readPage(t, page), "\n") {
		info, fence := fenceOf(line)
		switch {
		case fence && open == nil:
			kind, file, _ := strings.Cut(info, " ")
			open = &block{page: page, line: i + 1, kind: kind, file: file}
			indent, _, _ = strings.Cut(line, "`")
			require.NotEmpty(t, kind, "%s: a block without a kind", *open)
		case fence:
			require.Empty(t, info, "%s: a fence inside a block", *open)
			found = append(found, *open)
			open = nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	require.Nil(t, open, "%s: a block without an end", page)
	return found
}

// fenceOf returns what stands behind a fence, and whether the line is one.
func fenceOf(line string) (info string, fence bool) {
	return strings.CutPrefix(strings.TrimLeft(line, " "), "```")
}

// namedBlock returns the block of a page that is to be saved as file.
func namedBlock(t *testing.T, page, file string) block {
	t.Helper()
	for _, b := range blocks(t, page) {
		if b.file == file {
			return b
		}
	}
	require.FailNow(t, "no such block", "%s in %s", file, page)
	return block{}
}

// saveBlocks writes the blocks of a page that have a file's name into a folder.
func saveBlocks(t *testing.T, page, dir string) {
	t.Helper()
	for _, b := range blocks(t, page) {
		if b.file != "" {
			path := filepath.Join(dir, filepath.FromSlash(b.file))
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
			require.NoError(t, os.WriteFile(path, []byte(b.text), 0o600))
		}
	}
}

// prose is a page without its fenced blocks.
func prose(t *testing.T, path string) string {
	t.Helper()
	var text strings.Builder
	fenced := false
	for line := range strings.Lines(readPage(t, path)) {
		if _, fence := fenceOf(line); fence {
			fenced = !fenced
			continue
		}
		if !fenced {
			text.WriteString(line)
		}
	}
	return text.String()
}

// table returns the cells of the table below a heading, its head and rule
// excepted.
func table(t *testing.T, page, heading string) [][]string {
	t.Helper()
	_, below, ok := strings.Cut(readPage(t, page), "\n"+heading+"\n")
	require.True(t, ok, "%s has no %q", page, heading)
	var rows [][]string
	for line := range strings.SplitSeq(below, "\n") {
		switch {
		case strings.HasPrefix(line, "|"):
			rows = append(rows, cells(line))
		case len(rows) > 0:
			return rows[2:]
		}
	}
	require.NotEmpty(t, rows, "%s has no table below %q", page, heading)
	return rows[2:]
}

func cells(line string) []string {
	parts := strings.Split(strings.Trim(line, "| "), " | ")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// code returns what stands between backquotes.
func code(cell string) []string {
	var words []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			words = append(words, part)
		}
	}
	return words
}
