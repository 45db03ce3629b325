package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	linkPattern    = regexp.MustCompile(`(?:\]\(|\bsrc="|\bsrcset=")([^)"\s]+)[)"]`)
	headingPattern = regexp.MustCompile(`(?m)^#+ +(.*)$`)
)

// A link that is not to the web leads to a file of the repository, and its
// anchor to a heading of that file.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, page := range append(pages(t), "../README.md", "../CHANGELOG.md", "../CONTRIBUTING.md", "../SECURITY.md", architecture) {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			for _, found := range linkPattern.FindAllStringSubmatch(prose(t, page), -1) {
				if link := found[1]; !strings.Contains(link, "://") {
					checkLink(t, page, link)
				}
			}
		})
	}
}

func checkLink(t *testing.T, page, link string) {
	t.Helper()
	file, anchor, anchored := strings.Cut(link, "#")
	target := page
	if file != "" {
		target = filepath.Join(filepath.Dir(page), filepath.FromSlash(file))
	}
	_, err := os.Stat(target)
	require.NoError(t, err, "%s links to %s", page, link)
	if anchored {
		assert.Contains(t, anchors(t, target), anchor, "%s links to %s", page, link)
	}
}

// anchors are the headings of a page as links have them.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	var all []string
	for _, heading := range headingPattern.FindAllStringSubmatch(prose(t, page), -1) {
		all = append(all, anchorOf(heading[1]))
	}
	return all
}

func anchorOf(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, heading)
}

// The index names every other page.
func TestIndexIsComplete(t *testing.T) {
	t.Parallel()
	index := readPage(t, "README.md")
	for _, page := range pages(t) {
		if page != "README.md" {
			assert.Contains(t, index, "]("+page+")")
		}
	}
}
