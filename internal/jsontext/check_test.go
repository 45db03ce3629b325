package jsontext_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) { leak.Exit(m) }

func TestCheckAccepts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, " {\t}\r\n", `{"":0}`, `{"a":-0}`, `{"a":0.10e+05,"b":1E-2,"c":-12.5}`,
		`{"a":1e400,"b":9223372036854775808}`,
		`{"a":[],"b":[ ],"c":[1 , [2]],"d":{"e":{}}}`,
		`{"a":true,"a":false,"a":null}`,
		`{"a":"\"\\\/\b\f\n\r\t\u0041\uD83D\ude00 é 😀 ` + "\u2028\x7f" + `"}`,
		`{"lone":"\ud800","low":"\udc00"}`,
		`{"\u006eame":1}`,
		nested(`{"a":`, jsontext.MaxDepth-1, `{}`, `}`),
		nested(`{"a":`, jsontext.MaxDepth, `1`, `}`),
		`{"a":` + nested(`[`, jsontext.MaxDepth-1, ``, `]`) + `}`,
	} {
		require.NoError(t, jsontext.Check([]byte(text)), text)
		require.True(t, json.Valid([]byte(text)), "the table is wrong: %s", text)
	}
}

func nested(open string, times int, core, end string) string {
	return strings.Repeat(open, times) + core + strings.Repeat(end, times)
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		offset int
		reason string
	}{
		{``, 0, "expected an object, found the end"},
		{" \n\t", 3, "expected an object, found the end"},
		{`null`, 0, "expected an object, found 'n'"},
		{`[]`, 0, "expected an object, found '['"},
		{`"a"`, 0, `expected an object, found '"'`},
		{"\ufeff{}", 0, `expected an object, found '\ufeff'`},
		{"\xff", 0, "expected an object, found '\ufffd'"},
		{"\x00{}", 0, `expected an object, found '\x00'`},
		{`<br />`, 0, "expected an object, found '<'"},
		{`{}{}`, 2, "text after the object, found '{'"},
		{`{} null`, 3, "text after the object, found 'n'"},
		{"{}\x00", 2, `text after the object, found '\x00'`},
		{"{}\xff", 2, "text after the object, found '\ufffd'"},
		{"{}\v", 2, `text after the object, found '\v'`},
		{`{`, 1, "expected a name, found the end"},
		{`{,}`, 1, "expected a name, found ','"},
		{`{a:1}`, 1, "expected a name, found 'a'"},
		{`{"a":1,}`, 7, "expected a name, found '}'"},
		{`{"a"}`, 4, "expected ':', found '}'"},
		{`{"a" 1}`, 5, "expected ':', found '1'"},
		{`{"a":}`, 5, "expected a value, found '}'"},
		{`{"a":`, 5, "expected a value, found the end"},
		{`{"a":+1}`, 5, "expected a value, found '+'"},
		{`{"a":.5}`, 5, "expected a value, found '.'"},
		{`{"a":NaN}`, 5, "expected a value, found 'N'"},
		{`{"a":tru}`, 5, "expected a value, found 't'"},
		{`{"a":nul`, 5, "expected a value, found 'n'"},
		{`{"a":False}`, 5, "expected a value, found 'F'"},
		{`{"a":'b'}`, 5, `expected a value, found '\''`},
		{`{"a":truex}`, 9, "expected ',' or '}', found 'x'"},
		{`{"a":1 "b":2}`, 7, `expected ',' or '}', found '"'`},
		{`{"a":1;}`, 6, "expected ',' or '}', found ';'"},
		{`{"a":1`, 6, "expected ',' or '}', found the end"},
		{`{"a":1]`, 6, "expected ',' or '}', found ']'"},
		{`{"a":01}`, 6, "expected ',' or '}', found '1'"},
		{`{"a":0x10}`, 6, "expected ',' or '}', found 'x'"},
		{`{"a":[1}`, 7, "expected ',' or ']', found '}'"},
		{`{"a":[1,]}`, 8, "expected a value, found ']'"},
		{`{"a":[1 2]}`, 8, "expected ',' or ']', found '2'"},
		{`{"a":-}`, 6, "expected a digit, found '}'"},
		{`{"a":-a}`, 6, "expected a digit, found 'a'"},
		{`{"a":1.}`, 7, "expected a digit, found '}'"},
		{`{"a":1.e5}`, 7, "expected a digit, found 'e'"},
		{`{"a":1e}`, 7, "expected a digit, found '}'"},
		{`{"a":1e+}`, 8, "expected a digit, found '}'"},
		{`{"a":"b`, 7, "string without an end"},
		{`{"a`, 3, "string without an end"},
		{`{"a":"b\"`, 9, "string without an end"},
		{`{"a":"b\`, 8, "bad escape"},
		{`{"a":"\x41"}`, 7, "bad escape"},
		{`{"a":"\u00g0"}`, 7, `bad \u escape`},
		{`{"a":"\u00"}`, 7, `bad \u escape`},
		{`{"a":"\u`, 7, `bad \u escape`},
		{"{\"a\":\"\n\"}", 6, "control character in a string"},
		{"{\"a\":\"\x00\"}", 6, "control character in a string"},
		{"{\"a\x1f\":1}", 3, "control character in a string"},
		{"{\"a\":\"b\xff\"}", 7, "invalid UTF-8"},
		{"{\"\xc3\":1}", 2, "invalid UTF-8"},
		{"{\"a\":\"\xed\xa0\x80\"}", 6, "invalid UTF-8"}, // a surrogate
		{"{\"a\":\"\ufffd\xf8\"}", 9, "invalid UTF-8"},   // after a real U+FFFD
		{nested(`{"a":`, jsontext.MaxDepth, `{}`, `}`), 5 * jsontext.MaxDepth, "nested deeper than 200"},
		{nested(`{"a":`, jsontext.MaxDepth, `[]`, `}`), 5 * jsontext.MaxDepth, "nested deeper than 200"},
	} {
		err := jsontext.Check([]byte(c.text))
		var syntax *jsontext.SyntaxError
		require.ErrorAs(t, err, &syntax, "%.60q", c.text)
		assert.Equal(t, c.offset, syntax.Offset, "%.60q", c.text)
		assert.Equal(t, c.reason, syntax.Reason, "%.60q", c.text)
	}
	err := &jsontext.SyntaxError{Offset: 7, Reason: "bad escape"}
	assert.EqualError(t, err, "bad escape at byte 7")
}

// A text that is cut off at any point is refused.
func TestCheckRefusesEveryPart(t *testing.T) {
	t.Parallel()
	const text = `{"a":[1.5e+3,{"b":"\u00e9\n"},true,null],"c":"ü"}`
	require.NoError(t, jsontext.Check([]byte(text)))
	for i := range len(text) {
		require.Error(t, jsontext.Check([]byte(text[:i])), "%q", text[:i])
	}
}

// hostile are texts of about 1 MiB that cost a careless parser much stack or time.
func hostile() map[string][]byte {
	const size = 1 << 20
	members := func(each string) []byte {
		return []byte("{" + strings.Repeat(each+",", size/(len(each)+1)) + each + "}")
	}
	return map[string][]byte{
		"brackets":        []byte(`{"a":` + strings.Repeat("[", size)),
		"closed brackets": []byte(`{"a":` + nested("[", size/2, "", "]") + `}`),
		"objects":         []byte(nested(`{"a":`, size/6, "1", "}")),
		"open objects":    []byte(strings.Repeat(`{"a":`, size/5)),
		"bare brackets":   []byte(strings.Repeat("[", size)),
		"many members":    members(`"":0`),
		"many escaped":    members(`"\u0061":""`),
		"many elements":   []byte(`{"a":[` + strings.Repeat("0,", size/2) + `0]}`),
		"long string":     []byte(`{"a":"` + strings.Repeat("x", size) + `"}`),
		"long escapes":    []byte(`{"a":"` + strings.Repeat(`\ud83d\ude00`, size/12) + `"}`),
		"long lone":       []byte(`{"a":"` + strings.Repeat(`\ud83d`, size/6) + `"}`),
		"open string":     []byte(`{"a":"` + strings.Repeat(`\"`, size/2)),
		"long name":       []byte(`{"` + strings.Repeat(`\\`, size/2) + `":1}`),
		"long number":     []byte(`{"a":` + strings.Repeat("9", size) + `}`),
		"white space":     []byte("{" + strings.Repeat(" \r\n\t", size/4) + "}"),
		"commas":          []byte("{" + strings.Repeat(",", size) + "}"),
		"bad UTF-8":       []byte(`{"a":"` + strings.Repeat("\xff", size) + `"}`),
	}
}

// Reading a hostile text takes a moment. All walks are linear; the bound is a thousand times
// what they take, and a quadratic walk would exceed it a thousand times.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	const bound = 10 * time.Second
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			err := jsontext.Check(text)
			assert.Equal(t, isObject(text), err == nil, "%v", err)
			n := 0
			for m := jsontext.Open(text); err == nil && m.Next(); n++ {
				if value := m.Value(); value[0] == '"' {
					jsontext.Unquote(value)
				}
				for e := jsontext.OpenArray(m.Value()); e.Next(); {
					n++
				}
			}
			if err == nil {
				jsontext.Get(text, "b")
				jsontext.Drop(text, strings.Repeat("a.", len(text)/2)+"a")
				jsontext.Drop(text, "a")
				jsontext.Merge(text, map[string][]byte{"b": []byte("1")})
				jsontext.Resolve(text, text)
				jsontext.Value(text)
			}
			assert.Less(t, time.Since(begun), bound)
		})
	}
}

// An object of a client can have any number of names, and an answer as many nulls.
func TestResolveIsLinear(t *testing.T) {
	t.Parallel()
	var old, answer strings.Builder
	for i := range 100_000 {
		name := jsontext.AppendString(nil, strings.Repeat("k", 1+i%3)+strings.Repeat("é", 1+i%2)+string(rune('A'+i)))
		old.WriteString("," + string(name) + ":1")
		answer.WriteString("," + string(name) + ":null")
	}
	begun := time.Now()
	got := jsontext.Resolve([]byte("{"+answer.String()[1:]+"}"), []byte("{"+old.String()[1:]+"}"))
	assert.Less(t, time.Since(begun), 10*time.Second)
	assert.NoError(t, jsontext.Check(got))
}

// Check uses no more stack than MaxDepth needs: a very deep text costs no more than one that
// is just too deep.
func TestCheckDepthCostsNothing(t *testing.T) { //nolint:paralleltest // AllocsPerRun measures the whole process
	deep := []byte(`{"a":` + strings.Repeat("[", 1<<20))
	shallow := []byte(`{"a":` + strings.Repeat("[", jsontext.MaxDepth))
	var fault error
	cost := func(text []byte) float64 {
		return testing.AllocsPerRun(10, func() { fault = jsontext.Check(text) })
	}
	assert.InDelta(t, cost(shallow), cost(deep), 1)
	var syntax *jsontext.SyntaxError
	require.ErrorAs(t, fault, &syntax)
	assert.Equal(t, 5+jsontext.MaxDepth-1, syntax.Offset)
}

func isObject(text []byte) bool {
	return json.Valid(text) && utf8.Valid(text) && bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) &&
		depthOf(text) <= jsontext.MaxDepth
}

// depthOf is the greatest number of open brackets in a valid text.
func depthOf(text []byte) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

func seeds(f *testing.F) {
	f.Helper()
	for _, text := range []string{
		`{}`, ` { "a" : 1 , "b" : [ ] } `, `{"a":{"b":{"c":null}},"a":[1,"x",{"y":[]}]}`,
		`{"n\u0061me":"\ud83d\ude00\ud800\u2028\/","":-0.0e+10}`, `{"a":1e400,"b":9223372036854775808,"c":0.1}`,
		`{"a.b":1,"a":{"b":2,"b":3}}`, `{"a":"\\\"}","b":"]"}`, `[]`, `null`, `{"a":01}`, "{\"a\":\"\xff\"}", "{}\x00",
		`{"a":` + nested("[", jsontext.MaxDepth-1, "", "]") + `}`, `{"a":` + nested("[", jsontext.MaxDepth, "", "]") + `}`,
		nested(`{"a":`, jsontext.MaxDepth, "1", "}"),
	} {
		f.Add([]byte(text))
	}
}

// FuzzCheck: Check accepts what encoding/json accepts, if it is an object in UTF-8 that is
// not too deep. The offsets of its errors are inside the text.
func FuzzCheck(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		err := jsontext.Check(text)
		require.Equal(t, before, text)
		require.Equal(t, isObject(text), err == nil, "%v", err)
		if err == nil {
			return
		}
		var syntax *jsontext.SyntaxError
		require.ErrorAs(t, err, &syntax)
		require.GreaterOrEqual(t, syntax.Offset, 0)
		require.LessOrEqual(t, syntax.Offset, len(text))
		require.NotEmpty(t, syntax.Reason)
	})
}
