package jsontext_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
)

func TestAppendString(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                           `""`,
		`abc`:                        `"abc"`,
		`a"b\c/d`:                    `"a\"b\\c/d"`,
		"\x00\x01\b\t\n\v\f\r\x1f":   `"\u0000\u0001\b\t\n\u000b\f\r\u001f"`,
		"<script>&'\x7f":             "\"<script>&'\x7f\"",
		"поток é 😀":                  `"поток é 😀"`,
		"a\u2028b\u2029c\u2027":      `"a\u2028b\u2029c` + "\u2027" + `"`,
		"a\xffb\xc3":                 `"a\ufffdb\ufffd"`,
		"\xed\xa0\x80":               `"\ufffd\ufffd\ufffd"`,
		"\xf0\x9f\x98":               `"\ufffd\ufffd\ufffd"`,
		"real \ufffd":                "\"real \ufffd\"",
		"v=0\r\no=- 1 1 IN IP4 ::\n": `"v=0\r\no=- 1 1 IN IP4 ::\n"`,
	} {
		assert.Equal(t, want, string(jsontext.AppendString(nil, text)), "%q", text)
		assert.Equal(t, want, string(jsontext.AppendString(nil, []byte(text))), "%q", text)
		assert.Equal(t, "x:"+want, string(jsontext.AppendString([]byte("x:"), text)), "%q", text)
		assert.Equal(t, want, encoded(t, text), "the table is wrong")
	}
}

// encoded is what encoding/json writes for a string.
func encoded(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(text))
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func TestUnquote(t *testing.T) {
	t.Parallel()
	for quoted, want := range map[string]string{
		`""`:                         "",
		`"abc"`:                      "abc",
		`"\"\\\/\b\f\n\r\t"`:         "\"\\/\b\f\n\r\t",
		`"\u0041\u00e9\u4e16\u0000"`: "Aé世\x00",
		`"\u00E9\uABCD\uabcd"`:       "é\uabcd\uabcd",
		`"\ud83d\ude00"`:             "😀",
		`"x\uD83D\uDE00y"`:           "x😀y",
		`"\ud83d"`:                   "\ufffd",
		`"\ude00\ud83d"`:             "\ufffd\ufffd",
		`"\ud83d\ud83d\ude00"`:       "\ufffd😀",
		`"\ud83dxx\ude00"`:           "\ufffdxx\ufffd",
		`"\ud83d\n"`:                 "\ufffd\n",
		`"\ud83dxude00"`:             "\ufffdxude00",
		`"\ud83d\u0041"`:             "\ufffdA",
		`"\ud83d\\ude00"`:            "\ufffd\\ude00",
		`"поток 😀"`:                  "поток 😀",
		`"\\u0041"`:                  `\u0041`,
		`"\\\\"`:                     `\\`,
		`"\u005c\u0022"`:             `\"`,
	} {
		assert.Equal(t, want, jsontext.Unquote([]byte(quoted)), quoted)
		var oracle string
		require.NoError(t, json.Unmarshal([]byte(quoted), &oracle))
		assert.Equal(t, want, oracle, "the table is wrong")
	}
}

// Lone surrogates are found with their offset.
func TestCheckCharacters(t *testing.T) {
	t.Parallel()
	for text, at := range map[string]int{
		`{}`: -1,
		`{"a":"😀 \\ud800 \u005cud800 \ufffd \ud83d\ude00 \uDBFF\uDFFF"}`: -1,
		`{"a":"` + strings.Repeat(`\ud83d\ude00\n`, 1000) + `"}`:         -1,
		`{"a":"\ud800"}`:                    6,
		`{"a":"\\\uDFFF"}`:                  8,
		`{"a":"\ud83d\ude00\ude00"}`:        18,
		`{"a":"\ud83d\ud83d\ude00"}`:        6,
		`{"a":"\ud83dxude00"}`:              6,
		`{"a":"\ud83d\\ude00"}`:             6,
		`{"a":"\ud83d\u0041"}`:              6,
		`{"\udc00":1}`:                      2,
		`{"a":[{"b":1.5},"\"",["\ud800"]]}`: 23,
	} {
		require.NoError(t, jsontext.Check([]byte(text)), text)
		err := jsontext.CheckCharacters([]byte(text))
		if at < 0 {
			require.NoError(t, err, text)
			continue
		}
		assert.EqualError(t, err, fmt.Sprintf(`\u escape of half a character (a lone surrogate) at byte %d`, at), text)
	}
}

// FuzzString: a text is encoded as encoding/json does and decoded to the same text. A string
// that Check accepts is decoded as encoding/json does.
func FuzzString(f *testing.F) {
	for _, seed := range []string{
		"", "abc", "a\"b\\c/d", "\x00\b\f\n\r\t\x1f\x7f", "<&>", "поток 😀", "\u2028\u2029\ufffd", "a\xff\xc3",
		`\ud83d\ude00`, `\ud83d`, `\u0041\/\"\\`, `\ude00\ud83d\n`, "\xed\xa0\x80", "\xf0\x9f\x98",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted := jsontext.AppendString(nil, text)
		require.Equal(t, encoded(t, text), string(quoted))
		require.Equal(t, string(quoted), string(jsontext.AppendString(nil, []byte(text))))
		var oracle string
		require.NoError(t, json.Unmarshal(quoted, &oracle))
		require.Equal(t, oracle, jsontext.Unquote(quoted))
		if utf8.ValidString(text) {
			require.Equal(t, text, jsontext.Unquote(quoted))
		}

		raw := []byte(`"` + text + `"`) // the text with its own escapes
		if jsontext.Check(append(append([]byte(`{"a":`), raw...), '}')) != nil || !json.Valid(raw) {
			return
		}
		require.NoError(t, json.Unmarshal(raw, &oracle))
		require.Equal(t, oracle, jsontext.Unquote(raw))
		require.Equal(t, oracle, jsontext.Unquote(raw))
	})
}

// Encoding and decoding a plain text allocates only the result.
func TestStringAllocations(t *testing.T) { //nolint:paralleltest // AllocsPerRun measures the whole process
	quoted := []byte(`"/192.168.1.38:52791/192.168.1.59:8443"`)
	b := make([]byte, 0, 256)
	text := "/192.168.1.38:52791/192.168.1.59:8443 é\n"
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { b = jsontext.AppendString(b[:0], text) }), 0.0)
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { text = jsontext.Unquote(quoted) }), 1.0)
}
