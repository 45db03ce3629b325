package owntype_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/owntype"
	"github.com/wcskit/resthook/internal/redact"
)

type (
	inner struct {
		Name string `json:"name"`
	}
	texts struct {
		embedded

		Inner  []inner           `json:"inner,omitempty"`
		ByName map[string]*int   `json:"byName,omitempty"`
		Keyed  map[asText]string `json:"keyed,omitempty"`
		Own    *asJSON           `json:"own,omitempty"`
		Any    any               `json:"any,omitempty"`
		Skip   string            `json:"-"`
		unseen string
		Bytes  []byte `json:"bytes,omitempty"`
	}
	asText float32 // encoded as a string
	asJSON struct{ text string }
	panics struct{}
)

func (k asText) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "key %v", float32(k)), nil }

func (j *asJSON) MarshalJSON() ([]byte, error) { return []byte(j.text), nil }

func (panics) MarshalJSON() ([]byte, error) { panic("S3CRET") }

// Invalid UTF-8 is refused with its path. A string may contain U+FFFD itself.
func TestInvalidUTF8(t *testing.T) {
	t.Parallel()
	const bad, fine = "a\xffb", "a\ufffdb"
	for says, v := range map[string]any{
		`field "deep"`:                 texts{embedded: embedded{Deep: bad}},
		`field "inner.1.name"`:         &texts{Inner: []inner{{fine}, {bad}}},
		`field "byName.a\xffb"`:        texts{ByName: map[string]*int{bad: nil}},
		`field "keyed.key 1.5"`:        texts{Keyed: map[asText]string{1.5: bad}},
		`field "any.x"`:                texts{Any: map[string]string{"x": bad}},
		`field "any.0.name"`:           texts{Any: []any{&inner{bad}}},
		`field "0.7"`:                  []any{map[int]string{7: bad}},
		`field ""`:                     bad,
		"not valid UTF-8":              map[string]any{"raw": json.RawMessage(`"` + bad + `"`)},
		`field "any": not valid UTF-8`: texts{Any: bad, Inner: []inner{{fine}}},
	} {
		_, err := owntype.Marshal(v)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "not valid UTF-8")
	}
	for _, v := range []any{
		texts{embedded: embedded{Deep: fine}, Skip: bad, unseen: bad, Bytes: []byte(bad)},
		texts{Inner: []inner{{fine}}, Own: &asJSON{`"\ufffd"`}, Keyed: map[asText]string{1: fine}},
		map[string]any{"a": fine, "raw": json.RawMessage(`"\ufffd"`)},
	} {
		_, err := owntype.Marshal(v)
		require.NoError(t, err)
	}
}

// Marshal writes what encoding/json writes without escapes for HTML.
func TestMarshalAsEncodingJSON(t *testing.T) {
	t.Parallel()
	require.NoError(t, quick.Check(func(a map[string]string, b []int16, c *bool, d float64) bool {
		for name, text := range a {
			delete(a, name)
			a[strings.ToValidUTF8(name, "<")] = strings.ToValidUTF8(text, "&")
		}
		v := map[string]any{"a": a, "b": b, "c": c, "d": d}
		got, err := owntype.Marshal(v)
		var want strings.Builder
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		return err == nil && encoder.Encode(v) == nil && string(got)+"\n" == want.String()
	}, nil))
}

func TestMarshalReturnsPanics(t *testing.T) {
	t.Parallel()
	for says, v := range map[string]any{
		"a method of panics, or of a value in it: panic: a string":         &panics{},
		"a method of map[string]any, or of a value in it: panic: a string": map[string]any{"a": []any{panics{}}},
	} {
		_, err := owntype.Marshal(v)
		require.EqualError(t, err, says)
		var panicked *redact.PanicError
		require.ErrorAs(t, err, &panicked)
		assert.Contains(t, panicked.Stack, "panics.MarshalJSON")
	}
	for _, v := range []any{make(chan int), func() {}, json.Number("1x")} {
		_, err := owntype.Marshal(v)
		require.Error(t, err)
	}
}
