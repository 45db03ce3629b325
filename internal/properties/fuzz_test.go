package properties_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	magiconair "github.com/magiconair/properties"
	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/internal/properties"
)

// FuzzParse compares with two references: Java's algorithm ([java]) for every text, and
// magiconair/properties for the texts that it reads as Java does.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"a=1\n", "a:1\r\nb 2\r", "=x", "a=\\u0041\\n", "a\\=b = c\\\n  d", "#c\\\n!d\na=1",
		"a=\\ud83d\\ude00", "a=\\u12", "\\\n#\\\nk\\\\=\\\\\\", "\ufeffa=1", "a=\xe9", "a=${a}", "\f\t a",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries := properties.Parse(data)
		assertLines(t, entries, data)
		if !utf8.Valid(data) || strings.HasPrefix(string(data), "\ufeff") {
			return // read as ISO-8859-1, or without the byte order mark, unlike Java
		}
		compareWithJava(t, entries, string(data))
		compareWithLibrary(t, entries, string(data))
	})
}

func assertLines(t *testing.T, entries []properties.Entry, data []byte) {
	t.Helper()
	lines := 1 + strings.Count(strings.ReplaceAll(string(data), "\r", "\n"), "\n")
	last := 0
	for _, e := range entries {
		assert.Greater(t, e.Line, last)
		assert.LessOrEqual(t, e.Line, lines)
		assert.True(t, utf8.ValidString(e.Key) && utf8.ValidString(e.Value))
		if last = e.Line; e.Fault != nil {
			assert.GreaterOrEqual(t, e.Fault.Line, e.Line)
			assert.LessOrEqual(t, e.Fault.Line, lines)
		}
	}
}

func compareWithJava(t *testing.T, entries []properties.Entry, text string) {
	t.Helper()
	want, err := java(text)
	got, faulty := asMap(entries)
	if faulty && err == nil {
		assert.True(t, onlySurrogates(entries), "Java reads it")
		return
	}
	assert.Equal(t, err != nil, faulty)
	if err == nil {
		forgetLastBackslash(want, got)
		assert.Equal(t, want, got)
	}
}

// onlySurrogates reports whether all faults are lone surrogates: a Java string can hold
// them, UTF-8 cannot.
func onlySurrogates(entries []properties.Entry) bool {
	for _, e := range entries {
		if e.Fault != nil && !strings.Contains(e.Fault.Reason, "surrogate") {
			return false
		}
	}
	return true
}

// forgetLastBackslash removes the empty entry that Java makes of a backslash alone on the
// last line. On any other line Java skips such a backslash, as we do on all.
func forgetLastBackslash(want, got map[string]string) {
	if value, ok := want[""]; ok && value == "" {
		delete(want, "")
		delete(got, "")
	}
}

// misread matches the texts that magiconair/properties does not read as Java does.
var misread = regexp.MustCompile(`[\r]|\\\n|\\$|\\u[dD][89a-fA-F]`)

func compareWithLibrary(t *testing.T, entries []properties.Entry, text string) {
	t.Helper()
	got, faulty := asMap(entries)
	if _, keyless := got[""]; keyless || misread.MatchString(text) {
		return // on a line without a key it leaves a goroutine behind
	}
	loader := magiconair.Loader{Encoding: magiconair.UTF8, DisableExpansion: true}
	loaded, err := loader.LoadBytes([]byte(text))
	assert.Equal(t, faulty, err != nil, err)
	if err == nil {
		assert.Equal(t, loaded.Map(), got)
	}
}
