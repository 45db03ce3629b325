package redact_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/redact"
)

func ExampleLine() {
	fmt.Println(redact.Line("Post http://user:password@backend/rest?token=1:\n\tconnection refused", 100))
	// Output: Post http://backend/rest connection refused
}

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "",
		"connection refused":         "connection refused",
		" a \r\n\tb\u2028c ":         "a b c",
		"\x1b[2Ja\x00\u202eb\xffc":   "[2Jabc",
		`Post "http://u:p@h/x?t=1":`: `Post "http://h/x":`,
		"http://u:p@h http://v:q@i":  "http://h http://i",
		"to http://h:80/x: refused":  "to http://h:80/x: refused",
		"http://u:p%w@h/ refused":    "(unparsable URL) refused",
		"://":                        "(unparsable URL)",
		"a?b=c":                      "a?b=c",
		"rtsp://u:1'2<3`4@h/x":       "(unparsable URL)",
		"rtsp://u:1 2@h/x":           "(unparsable URL)",
		"rtsp:/u:p@h to //v:q@i":     "***@h to ***@i",
		`rtsp:\\u:p@h`:               "***@h",
		"u:p@h, a@b, sip:100@pbx":    "***@h, a@b, sip:100@pbx",
		"sip:100:p@pbx":              "sip:***@pbx",
		"http://h/x says 'a@b'":      "http://h/x says 'a@b'",
		strings.Repeat("я", 60):      strings.Repeat("я", 48) + "...",
		strings.Repeat(" ", 500) + "x" + strings.Repeat("\n", 500): "x",
	} {
		assert.Equal(t, want, redact.Line(text, 100), "%q", text)
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	require.NoError(t, redact.Error(nil, 10))
	assert.Equal(t, io.EOF, redact.Error(io.EOF, 10), "nothing to change")
	long := errors.Join(io.EOF, errors.New("two\nlines"))
	err := redact.Error(long, 10)
	require.EqualError(t, err, "EOF two...")
	require.ErrorIs(t, err, io.EOF)
	require.ErrorIs(t, err, long)
}

func FuzzLine(f *testing.F) {
	for _, text := range []string{"a\nb", "http://u:p@h/x?y", "://://", "a:///@", "\xff\u202e"} {
		f.Add(text, 100)
	}
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = 3 + max(most, -most)%1000
		if most < 3 {
			return
		}
		line := redact.Line(text, most)
		assert.LessOrEqual(t, len(line), most)
		assert.True(t, utf8.ValidString(line))
		assert.False(t, strings.ContainsFunc(line, func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.IsSpace(r) && r != ' '
		}), "%q", line)
		secret := redact.Line("x http://u:s3cret@h/?s3cret "+strings.ReplaceAll(text, "s3cret", ""), 1000)
		assert.NotContains(t, secret, "s3cret")
	})
}
