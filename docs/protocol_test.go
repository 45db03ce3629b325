package docs

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

var (
	pagePattern    = regexp.MustCompile(`[\w./-]*\w\.md\b`)
	sectionPattern = regexp.MustCompile(`docs/protocol\.md((?:, \d(?:\.\d)?(?: and \d(?:\.\d)?)*)?)`)
	numberPattern  = regexp.MustCompile(`\d(?:\.\d)?`)
	sourcePattern  = regexp.MustCompile(`\bS\d+[a-z]?\b`)
	blanksPattern  = regexp.MustCompile(`\s+`)
)

// A comment that cites the protocol names a section of its page, and no comment
// points to a page that is not in the repository.
func TestCommentsPointIntoTheRepository(t *testing.T) {
	t.Parallel()
	sections := sectionsOf(t, "protocol.md")
	cited := 0
	for file, comments := range allComments(t) {
		for _, comment := range comments {
			for _, page := range pagePattern.FindAllString(comment, -1) {
				assert.True(t, exists(filepath.Join("..", page)) || exists(filepath.Join(filepath.Dir(file), page)), "%s: no page %s", file, page)
			}
			for _, found := range sectionPattern.FindAllStringSubmatch(comment, -1) {
				numbers := numberPattern.FindAllString(found[1], -1)
				assert.NotEmpty(t, numbers, "%s cites no section of the protocol: %s", file, comment)
				assert.Subset(t, sections, numbers, file)
				cited++
			}
			assert.NotContains(t, comment, "protocol.md section", file)
		}
	}
	assert.Greater(t, cited, 50)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// sectionsOf are the numbers of a page's headings.
func sectionsOf(t *testing.T, page string) []string {
	t.Helper()
	var numbers []string
	for _, heading := range headingPattern.FindAllStringSubmatch(prose(t, page), -1) {
		if number := numberPattern.FindString(heading[1]); number != "" && strings.HasPrefix(heading[1], number) {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// allComments are the comments of all Go files of the repository, each on one line.
func allComments(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..":
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, group := range file.Comments {
			all[path] = append(all[path], blanksPattern.ReplaceAllString(group.Text(), " "))
		}
		return nil
	}))
	require.NotEmpty(t, all)
	return all
}

// Every source that the page cites is in its list, and every one in the list is cited.
func TestSourcesOfTheProtocol(t *testing.T) {
	t.Parallel()
	text, list, found := strings.Cut(readPage(t, "protocol.md"), "\n## 9. Sources\n")
	require.True(t, found)
	cited := sourcePattern.FindAllString(text, -1)
	listed := sourcePattern.FindAllString(regexp.MustCompile(`\(https://[^)]*\)`).ReplaceAllString(list, ""), -1)
	assert.ElementsMatch(t, distinct(cited), listed)
}

func distinct(words []string) []string {
	sorted := slices.Sorted(slices.Values(words))
	return slices.Compact(sorted)
}

// The page's catalogue is the library's, in its order.
func TestCatalogueOnThePage(t *testing.T) {
	t.Parallel()
	var want, got [][]string
	for _, method := range resthook.Methods() {
		want = append(want, []string{method.Name(), method.Kind().String(), method.PayloadType()})
	}
	for _, row := range table(t, "protocol.md", "### 2.2 The catalogue") {
		got = append(got, []string{code(row[0])[0], row[1], code(row[2])[0]})
	}
	assert.Equal(t, want, got)
}

// The page has the fields of every payload, and the values of every status.
func TestPayloadsOnThePage(t *testing.T) {
	t.Parallel()
	fields, values := map[string][]string{}, map[string][]string{}
	for _, row := range table(t, "protocol.md", "### 2.3 Payloads") {
		fields[code(row[0])[0]] = code(row[1])
	}
	assert.Equal(t, payloadFields(t), fields)
	statuses := table(t, "protocol.md", "#### Statuses and types")
	for _, row := range statuses {
		name := code(row[0])[0]
		values[name] = code(row[1])
		assert.Equal(t, constants(t, name), values[name], name)
	}
	assert.Len(t, statuses, 8)
}

var (
	layoutPattern = regexp.MustCompile(`(?s)newLayout\("(\w+)",(.*?)\n\)`)
	fieldPattern  = regexp.MustCompile(`(?m)^\t[\w.]+\("([^"]+)", (?:\w+, |\w+\(\), )?func`)
)

// payloadFields are the fields of the library's payloads, but for those that all have.
func payloadFields(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "payload_*.go"))
	require.NoError(t, err)
	all := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, layout := range layoutPattern.FindAllStringSubmatch(string(text), -1) {
			for _, name := range fieldPattern.FindAllStringSubmatch(layout[2], -1) {
				if !slices.Contains([]string{"nodeId", "appKey", "sessionId", "custom"}, name[1]) {
					all[layout[1]] = append(all[layout[1]], name[1])
				}
			}
			if all[layout[1]] == nil {
				all[layout[1]] = nil
			}
		}
	}
	require.NotEmpty(t, all)
	return all
}

// The page has the properties that the library reads.
func TestPropertiesOfTheProtocol(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, setting := range resthook.DefaultConfig().Settings() {
		want = append(want, setting.Key)
	}
	for _, row := range table(t, "protocol.md", "## 5. Properties") {
		got = append(got, code(row[0])[0])
	}
	assert.Equal(t, want, got)
}

// The test vectors are right. What the library sends is held against the same ones.
func TestVectors(t *testing.T) {
	t.Parallel()
	rows := table(t, "protocol.md", "## 7. Test vectors")
	require.Len(t, rows, 4)
	for _, row := range rows {
		mac := hmac.New(md5.New, []byte("1234567890"))
		mac.Write([]byte(strings.Join(code(row[0]), "")))
		assert.Equal(t, hex.EncodeToString(mac.Sum(nil)), code(row[1])[0], row[0])
	}
}
