package layout_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
)

// FuzzLayout decodes any object and encodes it again: nothing is lost, and the meaning is
// the same except for the documented conversions.
func FuzzLayout(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"id":"a","lit":false,"watts":"5060","made":5.06e3,"notes":[],"x":9223372036854775808,"y":null}`,
		`{"watts":1e400,"made":9223372036854775808,"lit":0.1,"dimmed":1e-400,"owner":"0x10"}`, `{"watts":"+5","made":" 5"}`,
		`{"watts":"x","watts":5060,"lit":"true","rooms":["a",1],"dimmed":null,"notes":{"a":{"a":[]}}}`,
		`{"bulb":{"warm":"true","x":1},"bulb":[],"bulb":{"warm":2},"ID":1,"i\u0064":"b","":[]}`,
		`{"price":"7 ct","price":"7","price":[],"made":1664260776957,"notes":null,"notes":{"a":1.50,"a":1e400}}`,
		`{"watts":"9007199254740993.0","made":"-0","id":"\ud800","code":"\u2028\/","watts":0e99999}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		l, p := lamps(), new(lamp)
		err := l.Unmarshal(p, object)
		if jsontext.Check(object) != nil {
			require.True(t, err != nil || string(object) == "null")
			return
		}
		want := modelOf(t, has(), object)
		var misfit *misfitError
		if require.Equal(t, len(want.wrong) > 0, errors.As(err, &misfit), "%v, %v", want.wrong, err); misfit != nil {
			require.True(t, want.wrong[misfit.field], misfit.field)
		} else {
			require.NoError(t, err)
		}
		text, err := l.Marshal(p)
		require.NoError(t, err)
		require.NoError(t, jsontext.Check(text))
		require.Equal(t, want.written, valueOf(t, text))
		require.Len(t, members(string(text)), len(want.written), "each name once")

		again := new(lamp)
		if l.Unmarshal(again, text) == nil {
			twice, err := l.Marshal(again)
			require.NoError(t, err)
			require.Equal(t, string(text), string(twice), "the same after one round")
			require.True(t, misfit != nil || l.Equal(p, again))
		}
		require.NotPanics(t, func() { _ = l.Print(p) })
	})
}

// model is the expected result for an object, computed with encoding/json.
type model struct {
	written map[string]any
	zero    map[string]bool // which field holds its zero
	wrong   map[string]bool // fields with a value that did not fit, also a duplicate
}

func modelOf(t *testing.T, fields map[string]string, object []byte) model {
	t.Helper()
	m := model{map[string]any{}, map[string]bool{}, map[string]bool{}}
	decoder := json.NewDecoder(bytes.NewReader(object))
	_, err := decoder.Token()
	require.NoError(t, err)
	for decoder.More() {
		token, err := decoder.Token()
		require.NoError(t, err)
		var raw json.RawMessage
		require.NoError(t, decoder.Decode(&raw))
		name, value := fmt.Sprint(token), valueOf(t, raw)
		want, known := fields[name]
		switch {
		case !known:
			m.written[name] = value
		case value == nil:
			m.written[name], m.zero[name] = nil, true
		default:
			converted, ok := convert(t, name, want, raw, value)
			if !ok {
				m.wrong[name] = true
				if zero, set := m.zero[name]; !set || zero {
					m.written[name] = value // else the field keeps its former value
				}
				continue
			}
			m.written[name] = converted
			m.zero[name] = name != "dimmed" && (converted == "" || converted == false || converted == json.Number("0"))
		}
	}
	return m
}

// convert is what a value becomes in a field that takes want.
func convert(t *testing.T, name, want string, raw []byte, value any) (any, bool) {
	t.Helper()
	list, isList := value.([]any)
	object, isObject := value.(map[string]any)
	text, isText := value.(string)
	switch want {
	case "a string":
		return text, isText
	case "a boolean":
		if on := string(raw) == `true` || string(raw) == `"true"`; on || string(raw) == `false` || string(raw) == `"false"` {
			return on, true
		}
		return nil, false
	case "a whole number":
		return wholeOf(value, strconv.IntSize)
	case "a moment":
		return wholeOf(value, 64)
	case "an array of strings":
		return list, isList && !slices.ContainsFunc(list, func(e any) bool { _, text := e.(string); return !text })
	case "a price":
		cents, err := strconv.Atoi(strings.TrimSuffix(text, " ct"))
		return text, err == nil && string(raw) == fmt.Sprintf(`"%d ct"`, cents)
	}
	switch {
	case isList && len(list) == 0:
		return map[string]any{}, true
	case !isObject || name == "notes":
		return object, isObject
	}
	inner := modelOf(t, map[string]string{"warm": "a boolean"}, raw)
	return inner.written, len(inner.wrong) == 0
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$|^[+-]?[0-9]+$`)

// wholeOf reads a number with exact fractions.
func wholeOf(value any, bits int) (any, bool) {
	text := ""
	switch v := value.(type) {
	case string:
		text = v
	case json.Number:
		text = string(v)
	}
	if !decimal.MatchString(text) {
		return nil, false
	}
	if digits, exponent, _ := strings.Cut(strings.ToLower(text), "e"); strings.Trim(digits, "+-.0") == "" {
		return json.Number("0"), true
	} else if n, err := strconv.Atoi("0" + strings.TrimLeft(exponent, "+-")); err != nil || n > 10_000 {
		return nil, false // the fraction would not fit in memory; nor would its digits in a test's input
	}
	fraction, ok := new(big.Rat).SetString(text)
	if !ok || !fraction.IsInt() || !fraction.Num().IsInt64() {
		return nil, false
	}
	n := fraction.Num().Int64()
	return json.Number(strconv.FormatInt(n, 10)), bits == 64 || int64(int32(n)) == n
}

func valueOf(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value), "%s", text)
	return value
}
