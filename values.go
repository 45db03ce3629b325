package resthook

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// The functions below are all that a field of a payload can do: be zero, be
// written, be read, be cleared. at is a pointer to the field.

func isZero(at any) bool {
	switch v := at.(type) {
	case *string:
		return *v == ""
	case *bool:
		return !*v
	case *int:
		return *v == 0
	case *UnixMilli:
		return *v == 0
	case *[]string:
		return *v == nil
	case *map[string]any:
		return *v == nil
	case **bool:
		return *v == nil
	case **MediaState:
		return *v == nil
	case **Policy:
		return *v == nil
	}
	return true
}

func clearValue(at any) {
	switch v := at.(type) {
	case *string:
		*v = ""
	case *bool:
		*v = false
	case *int:
		*v = 0
	case *UnixMilli:
		*v = 0
	case *[]string:
		*v = nil
	case *map[string]any:
		*v = nil
	case **bool:
		*v = nil
	case **MediaState:
		*v = nil
	case **Policy:
		*v = nil
	}
}

func appendValue(b []byte, at any) ([]byte, error) {
	switch v := at.(type) {
	case *string:
		return appendText(b, *v)
	case *bool:
		return strconv.AppendBool(b, *v), nil
	case *int:
		return strconv.AppendInt(b, int64(*v), 10), nil
	case *UnixMilli:
		return strconv.AppendInt(b, int64(*v), 10), nil
	case *[]string:
		return appendTexts(b, *v)
	case **bool:
		return strconv.AppendBool(b, **v), nil
	case **MediaState:
		return mediaStateLayout.encode(b, *v)
	case **Policy:
		return (*v).append(b), nil
	}
	text, err := marshal(at)
	return append(b, text...), err
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

// errUTF8 is a string that JSON cannot carry as it is.
var errUTF8 = errors.New("not valid UTF-8")

func appendText(b []byte, text string) ([]byte, error) {
	b, valid := jsontext.AppendText(b, text)
	if !valid {
		return b, errUTF8
	}
	return b, nil
}

// setValue reads the field from JSON. It returns what the field would have
// taken where the value does not convert exactly, and then leaves the field
// alone (docs/protocol.md, 0.3).
func setValue(at any, value []byte) (want string) {
	ok := false
	switch v := at.(type) {
	case *string:
		want, ok = "a string", set(v, value, readText)
	case *bool:
		want, ok = "a boolean", set(v, value, readBool)
	case *int:
		want, ok = "a whole number", set(v, value, readWhole[int])
	case *UnixMilli:
		want, ok = "a whole number of milliseconds", set(v, value, readWhole[UnixMilli])
	case *[]string:
		want, ok = "an array of strings", set(v, value, readTexts)
	case *map[string]any:
		want, ok = "an object", set(v, value, readObject)
	case **bool:
		want, ok = "a boolean", set(v, value, readOptionalBool)
	case **MediaState:
		want, ok = "an object with a boolean", set(v, value, readMediaState)
	case **Policy:
		want, ok = "a restClientConfig", set(v, value, readPolicy)
	}
	if ok {
		return ""
	}
	return want
}

func set[T any](at *T, value []byte, read func([]byte) (T, bool)) bool {
	v, ok := read(value)
	if ok {
		*at = v
	}
	return ok
}

func readText(value []byte) (string, bool) {
	if value[0] != '"' {
		return "", false
	}
	return jsontext.Unquote(value), true
}

func readBool(value []byte) (bool, bool) {
	switch string(value) {
	case `true`, `"true"`:
		return true, true
	case `false`, `"false"`:
		return false, true
	}
	return false, false
}

func readOptionalBool(value []byte) (*bool, bool) {
	v, ok := readBool(value)
	return &v, ok
}

// readWhole reads a number, or a string that holds one, where it is whole and
// fits exactly: 5060, "5060", 5060.0 and 5.06e3 are the same number.
func readWhole[T int | UnixMilli](value []byte) (T, bool) {
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

// shifted writes a JSON number without its point and exponent. It returns ""
// for a number that is not whole, or surely too big, and for what is none: only
// Go reads "0x1F", "1_000" and "Inf". A float64 would round 1e-400 and
// 9007199254740993.0 to other numbers.
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

// atoi reads an exponent; one that does not fit shifts out any digit.
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

func readObject(value []byte) (map[string]any, bool) {
	if jsontext.IsEmptyArray(value) {
		value = []byte("{}")
	}
	if !jsontext.IsObject(value) {
		return nil, false
	}
	object, ok := jsontext.Value(value).(map[string]any)
	return object, ok
}

func readMediaState(value []byte) (*MediaState, bool) {
	if jsontext.IsEmptyArray(value) {
		value = []byte("{}")
	}
	state := new(MediaState)
	if !jsontext.IsObject(value) || mediaStateLayout.decode(state, value) != nil {
		return nil, false
	}
	return state, true
}

func readPolicy(value []byte) (*Policy, bool) {
	policy, err := ParsePolicy(value)
	return policy, err == nil
}

// typeOf names the JSON type of a value.
func typeOf(value []byte) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}
