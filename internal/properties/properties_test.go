package properties_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/leak"
	"github.com/wcskit/resthook/internal/properties"
)

// TestMain fails if a test leaves a goroutine of magiconair/properties behind.
func TestMain(m *testing.M) { leak.Exit(m) }

// javaCase is what java.util.Properties made of a text.
type javaCase struct {
	Name  string            `json:"name"`
	File  string            `json:"file"`
	Text  string            `json:"text"`
	Props map[string]string `json:"props"`
	Error any               `json:"error"`
}

func readCases(t *testing.T, path string) []javaCase {
	t.Helper()
	file, err := os.Open(filepath.FromSlash(path))
	require.NoError(t, err)
	defer file.Close()
	var cases []javaCase
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var c javaCase
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		cases = append(cases, c)
	}
	require.NotEmpty(t, cases)
	return cases
}

// java.jsonl was written by Java 17 from texts of our own.
func TestParseReadsAsJava(t *testing.T) {
	t.Parallel()
	for _, c := range readCases(t, "../../testdata/properties/java.jsonl") {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			assertReads(t, c, []byte(c.Text))
		})
	}
}

// unlikeJava are the only fixtures that we read in another way than Java.
var unlikeJava = map[string]map[string]string{
	// Java takes a byte order mark for a part of the first key; we skip it.
	"extra21.properties": {"k": "v"},
}

func TestParseFixtures(t *testing.T) {
	t.Parallel()
	const folder = "../../../shared/fixtures/properties"
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no %s here: testdata/properties/java.jsonl covers the same ground", folder)
	}
	cases := readCases(t, folder+"/expected-utf8.jsonl")
	assert.Len(t, cases, 101)
	for _, c := range cases {
		if ours, ok := unlikeJava[c.File]; ok {
			c.Props = ours
		}
		data, err := os.ReadFile(filepath.Join(folder, "cases", c.File))
		require.NoError(t, err)
		t.Run(c.File, func(t *testing.T) {
			t.Parallel()
			assertReads(t, c, data)
		})
	}
}

func assertReads(t *testing.T, c javaCase, data []byte) {
	t.Helper()
	props, faulty := asMap(properties.Parse(data))
	assert.Equal(t, c.Error != nil, faulty)
	if c.Error == nil {
		assert.Equal(t, c.Props, props)
	}
}

func asMap(entries []properties.Entry) (props map[string]string, faulty bool) {
	props = map[string]string{}
	for _, e := range entries {
		props[e.Key] = e.Value
		faulty = faulty || e.Fault != nil
	}
	return props, faulty
}

func TestParseKeepsOrderDuplicatesAndLines(t *testing.T) {
	t.Parallel()
	text := strings.Join([]string{
		"# one", // line 1
		"a=1",
		"",
		"  b = x\\", // line 4
		"    y",
		"\\", // line 6: joins nothing
		"a=2",
		"long\\", // line 8
		"\\",
		"  key=3",
	}, "\n")
	want := []properties.Entry{
		{Key: "a", Value: "1", Line: 2},
		{Key: "b", Value: "xy", Line: 4},
		{Key: "a", Value: "2", Line: 7},
		{Key: "longkey", Value: "3", Line: 8},
	}
	for name, end := range map[string]string{"LF": "\n", "CRLF": "\r\n", "CR": "\r"} {
		assert.Equal(t, want, properties.Parse([]byte(strings.ReplaceAll(text, "\n", end))), name)
	}
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	const malformed, half = `malformed \uXXXX escape`, `\uXXXX escape for half a character (a lone surrogate)`
	tests := []struct {
		name, text string
		want       properties.Entry
	}{
		{"value", `k=a\u12`, properties.Entry{Key: "k", Value: `a\u12`, Line: 1, Fault: &properties.Fault{Line: 1, Reason: malformed}}},
		{"key", `k\u12=v\u`, properties.Entry{Key: `k\u12`, Value: `v\u`, Line: 1, Fault: &properties.Fault{Line: 1, InKey: true, Reason: malformed}}},
		{"the key is decoded", `\u006b=\ux`, properties.Entry{Key: "k", Value: `\ux`, Line: 1, Fault: &properties.Fault{Line: 1, Reason: malformed}}},
		{"third line", "k=a,\\\n\\\n  b\\u00zz", properties.Entry{Key: "k", Value: `a,b\u00zz`, Line: 1, Fault: &properties.Fault{Line: 3, Reason: malformed}}},
		{"after a line with only a backslash", "k=a\\\n\\\n  \\uzzzz", properties.Entry{Key: "k", Value: `a\uzzzz`, Line: 1, Fault: &properties.Fault{Line: 3, Reason: malformed}}},
		{"surrogate pair in the key", `\ud83d\ude00=\u1`, properties.Entry{Key: "😀", Value: `\u1`, Line: 1, Fault: &properties.Fault{Line: 1, Reason: malformed}}},
		{"start of third line", "k=a\\\n  b\\\n  \\uzzzz", properties.Entry{Key: "k", Value: `ab\uzzzz`, Line: 1, Fault: &properties.Fault{Line: 3, Reason: malformed}}},
		{"value and key on second line", "\nk\\\n  ey = \\u1", properties.Entry{Key: "key", Value: `\u1`, Line: 2, Fault: &properties.Fault{Line: 3, Reason: malformed}}},
		{"high half", `k=\ud83d`, properties.Entry{Key: "k", Value: `\ud83d`, Line: 1, Fault: &properties.Fault{Line: 1, Reason: half}}},
		{"low half", `k=\ude00`, properties.Entry{Key: "k", Value: `\ude00`, Line: 1, Fault: &properties.Fault{Line: 1, Reason: half}}},
		{"halves in the wrong order", `k=\ude00\ud83d`, properties.Entry{Key: "k", Value: `\ude00\ud83d`, Line: 1, Fault: &properties.Fault{Line: 1, Reason: half}}},
		{"halves apart", `k=\ud83d \ude00`, properties.Entry{Key: "k", Value: `\ud83d \ude00`, Line: 1, Fault: &properties.Fault{Line: 1, Reason: half}}},
		{"second half malformed", `k=\ud83d\ude0`, properties.Entry{Key: "k", Value: `\ud83d\ude0`, Line: 1, Fault: &properties.Fault{Line: 1, Reason: half}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, []properties.Entry{test.want}, properties.Parse([]byte(test.text)))
		})
	}
}

func TestParseReportsEveryFaultAndEveryGoodEntry(t *testing.T) {
	t.Parallel()
	entries := properties.Parse([]byte("a=\\u1\nb=2\nc\\u=3\nd=4\n"))
	require.Len(t, entries, 4)
	assert.NotNil(t, entries[0].Fault)
	assert.Equal(t, properties.Entry{Key: "b", Value: "2", Line: 2}, entries[1])
	assert.NotNil(t, entries[2].Fault)
	assert.Equal(t, properties.Entry{Key: "d", Value: "4", Line: 4}, entries[3])
}

func TestParseEncoding(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, bytes, key, value string }{
		{"UTF-8", "k=\xc3\xa9\xe2\x82\xac", "k", "é€"},
		{"ISO-8859-1", "k=caf\xe9\x80\xff", "k", "café\u0080ÿ"},
		{"all of a mixed file is ISO-8859-1", "k=\xc3\xa9\xe9", "k", "Ã©é"},
		{"ISO-8859-1 key", "cl\xe9=v", "clé", "v"},
		{"no surrogates in UTF-8", "k=\xed\xa0\x80", "k", "í\u00a0\u0080"},
		{"byte order mark", "\xef\xbb\xbfk=\xc3\xa9", "k", "é"},
		{"byte order mark before ISO-8859-1", "\xef\xbb\xbfk=\xe9", "k", "é"},
		{"only the first mark is one", "\xef\xbb\xbf\xef\xbb\xbfk=v", "\ufeffk", "v"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := []properties.Entry{{Key: test.key, Value: test.value, Line: 1}}
			assert.Equal(t, want, properties.Parse([]byte(test.bytes)))
		})
	}
}

// magiconair/properties hangs on each of these files, refuses it or misreads it.
func TestParseHostileText(t *testing.T) {
	t.Parallel()
	tests := map[string]int{
		"=v":                              1,
		":v":                              1,
		strings.Repeat("=v\n", 100):       100,
		"k=v\n=v\nj=w":                    3,
		"k=\\":                            1,
		"\\":                              0,
		"\\\n":                            0,
		"k\\u":                            1,
		"k=\\ud83d":                       1,
		"k=${k}":                          1,
		"k=${":                            1,
		"k=%d%s%!":                        1,
		"%d\\u%s":                         1,
		"0=1\n1=0\n2=\n":                  3,
		"k=a\\\r\n b":                     1,
		"\x00":                            1,
		"\xff\xfe=\x00":                   1,
		strings.Repeat("k=a\\\n", 10_000): 1,
		strings.Repeat("\\\n", 10_000):    0,
	}
	for text, want := range tests {
		assert.Len(t, properties.Parse([]byte(text)), want, "%.40q", text)
	}
}
