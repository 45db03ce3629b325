package docs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Go code in a page is code of this folder, which compiles and whose examples
// run: each block stands, but for its indentation, in a file here. A block that is to
// be saved as a file is a program that the page's commands run.
func TestGoBlocksAreRealCode(t *testing.T) {
	t.Parallel()
	sources := goSources(t)
	var strange []string
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			if b.kind == "go" && b.file == "" && !strings.Contains(sources, unindented(b.text)) {
				strange = append(strange, b.String())
			}
		}
	}
	assert.Empty(t, strange, "blocks that are in no Go file here")
}

func goSources(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all.WriteString(unindented(string(text)))
	}
	return all.String()
}

// unindented takes the blanks at the beginning of each line away.
func unindented(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimLeft(lines[i], "\t ")
	}
	return "\n" + strings.Join(lines, "\n") + "\n"
}

// JSON in a page is JSON: one value in a block of the kind json, one a line in
// one of the kind jsonl.
func TestJSONBlocksParse(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			texts := []string{b.text}
			switch b.kind {
			case "json":
			case "jsonl":
				texts = strings.Split(strings.TrimSpace(b.text), "\n")
			default:
				continue
			}
			for _, text := range texts {
				assert.NoError(t, json.Unmarshal([]byte(text), new(any)), "%v: %s", b, text)
			}
		}
	}
}

// Every kind of block is checked by a test here, or is plain text. The blocks of the kind console are of
// resthook-queue, whose tests run them.
func TestKindsOfBlocks(t *testing.T) {
	t.Parallel()
	known := []string{"go", "json", "jsonl", "sh", "output", "php", "js", "python", "properties", "http", "text", "console"}
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			assert.Contains(t, known, b.kind, "%v", b)
		}
	}
}
