package layout

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// errUTF8 is the error for a string that JSON cannot hold.
var errUTF8 = errors.New("not valid UTF-8")

func appendText(b []byte, text string) ([]byte, error) {
	b, valid := jsontext.AppendText(b, text)
	if !valid {
		return b, errUTF8
	}
	return b, nil
}

func readText(value []byte) (string, bool) {
	if value[0] != '"' {
		return "", false
	}
	return jsontext.Unquote(value), true
}

func appendTexts(b []byte, texts []string) (_ []byte, err error) {
	b = append(b, '[')
	for i, text := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendText(b, text); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func readTexts(value []byte) ([]string, bool) {
	if value[0] != '[' {
		return nil, false
	}
	texts := []string{}
	for e := jsontext.OpenArray(value); e.Next(); {
		text, ok := readText(e.Value())
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

func appendBool(b []byte, v bool) ([]byte, error) { return strconv.AppendBool(b, v), nil }

func readBool(value []byte) (v, ok bool) {
	switch string(value) {
	case `true`, `"true"`:
		return true, true
	case `false`, `"false"`:
		return false, true
	}
	return false, false
}

func readObject(value []byte) (map[string]any, bool) {
	value, ok := objectIn(value)
	if !ok {
		return nil, false
	}
	object, ok := jsontext.Value(value).(map[string]any)
	return object, ok
}

func (l *Layout[P]) readNew(value []byte) (*P, bool) {
	value, ok := objectIn(value)
	if !ok {
		return nil, false
	}
	p := new(P)
	return p, l.Decode(p, value) == nil
}

// objectIn returns a value that is an object. It converts [] to the empty object.
func objectIn(value []byte) (object []byte, ok bool) {
	if jsontext.IsEmptyArray(value) {
		return []byte("{}"), true
	}
	return value, jsontext.IsObject(value)
}

// readWhole decodes a whole number, or a string with one, that T holds exactly: 5060,
// "5060", 5060.0 and 5.06e3 are the same number.
func readWhole[T ~int | ~int64](value []byte) (T, bool) {
	text := string(value)
	if value[0] == '"' {
		text = jsontext.Unquote(value)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		n, err = strconv.ParseInt(shifted(text), 10, 64)
	}
	return T(n), err == nil && int64(T(n)) == n
}

// shifted returns a JSON number as digits, without a point and an exponent. It returns ""
// for a number that is not whole or too large, and for a text that is not a JSON number,
// such as "0x1F". It does not use float64, which would round 1e-400 and 9007199254740993.0.
func shifted(text string) string {
	if !isNumber(text) {
		return ""
	}
	number, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		number, exponent = text[:i], atoi(text[i+1:])
	}
	whole, fraction, _ := strings.Cut(number, ".")
	digits := strings.TrimRight(whole+fraction, "0")
	if strings.Trim(digits, "-0") == "" {
		return "0"
	}
	const longest = 19 // digits of an int64
	zeros := len(whole) + exponent - len(digits)
	if zeros < 0 || zeros > longest {
		return ""
	}
	return digits + strings.Repeat("0", zeros)
}

// atoi reads an exponent. One that does not fit an int makes the number not whole.
func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return math.MinInt32
	}
	return n
}

func isNumber(text string) bool {
	return json.Valid([]byte(text)) && (text[0] == '-' || isDigit(text[0])) && isDigit(text[len(text)-1])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
