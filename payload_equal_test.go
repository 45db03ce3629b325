package resthook_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/hooktest"
)

// equal asks the Equal method of a payload.
func equal(t *testing.T, p, q any) bool {
	t.Helper()
	method := reflect.Indirect(reflect.ValueOf(p)).MethodByName("Equal")
	require.True(t, method.IsValid(), "%T has no Equal", p)
	return method.Call([]reflect.Value{reflect.Indirect(reflect.ValueOf(q))})[0].Bool()
}

// A payload made in Go is equal to the same payload read from JSON, and to no other.
func TestPayloadsAreEqual(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		text, err := json.Marshal(s.payload)
		require.NoError(t, err)
		read := func(text []byte) any {
			q := reflect.New(reflect.Indirect(reflect.ValueOf(s.payload)).Type()).Interface()
			require.NoError(t, json.Unmarshal(text, q))
			return q
		}
		assert.True(t, equal(t, s.payload, read(text)), s.file())
		assert.True(t, equal(t, read(text), s.payload), s.file())
		for i := range reflect.Indirect(reflect.ValueOf(s.payload)).NumField() {
			other := read(text)
			if change(reflect.ValueOf(other).Elem().Field(i)) {
				assert.False(t, equal(t, s.payload, other), "%s: field %d", s.file(), i)
				assert.False(t, equal(t, other, s.payload), "%s: field %d", s.file(), i)
			}
		}
	}
}

// change gives an exported field another value.
func change(field reflect.Value) bool {
	if !field.CanSet() {
		return false
	}
	switch field.Interface().(type) {
	case *resthook.Policy:
		policy, _ := resthook.ParsePolicy([]byte(`{"a":{"restOnError":"FAIL"}}`))
		field.Set(reflect.ValueOf(policy))
		return true
	case *resthook.MediaState:
		field.Set(reflect.ValueOf(&resthook.MediaState{Unknown: map[string]json.RawMessage{"a": []byte(`1`)}}))
		return true
	case *bool:
		if !field.IsNil() {
			field.SetZero()
			return true
		}
		field.Set(reflect.ValueOf(new(bool)))
		return true
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(field.String() + "x")
	case reflect.Bool:
		field.SetBool(!field.Bool())
	case reflect.Int, reflect.Int64:
		field.SetInt(field.Int() + 1)
	case reflect.Slice:
		field.Set(reflect.Append(field, reflect.ValueOf("x")))
	case reflect.Map:
		if field.IsNil() {
			field.Set(reflect.MakeMap(field.Type()))
		}
		value := reflect.ValueOf(any("x"))
		if field.Type().Elem() == reflect.TypeFor[json.RawMessage]() {
			value = reflect.ValueOf(json.RawMessage(`"x"`))
		}
		field.SetMapIndex(reflect.ValueOf("x"), value)
	default:
		return false
	}
	return true
}

func TestEqualOfPoliciesAndHooks(t *testing.T) {
	t.Parallel()
	assert.True(t, (*resthook.Policy)(nil).Equal(nil))
	assert.False(t, new(resthook.Policy).Equal(nil))
	assert.True(t, resthook.Connect.Equal(resthook.Connect))
	assert.False(t, resthook.PlayStream.Equal(resthook.PublishStream))
}

// go-cmp panics at an unexported field, unless the type has a method (T) Equal(T) bool.
// Types that a user's test compares have that method, or no such field.
func TestWhatTestsCompareHasEqual(t *testing.T) {
	t.Parallel()
	all := []any{
		resthook.Config{},
		resthook.App{},
		resthook.Rule{},
		resthook.Outcome{},
		resthook.EventOutcome{},
		resthook.Attempt{},
		resthook.Stats{},
		&resthook.Policy{}, resthook.Connect,
		backend.Session{},
		backend.Delivery{},
		hooktest.Request{},
		hooktest.Received[resthook.Stream]{},
	}
	for _, s := range samples(t) {
		all = append(all, s.payload)
	}
	for _, value := range all {
		assert.Empty(t, hidden(reflect.TypeOf(value), nil), "%T", value)
	}
}

// hidden is the first field at which go-cmp would panic.
func hidden(typ reflect.Type, above []reflect.Type) string {
	if slices.Contains(above, typ) || typ == reflect.TypeFor[time.Time]() || hasEqual(typ) {
		return ""
	}
	above = append(above, typ)
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return hidden(typ.Elem(), above)
	case reflect.Struct:
		for field := range typ.Fields() {
			if !field.IsExported() {
				return typ.String() + "." + field.Name
			} else if at := hidden(field.Type, above); at != "" {
				return at
			}
		}
	}
	return ""
}

func hasEqual(typ reflect.Type) bool {
	method, ok := typ.MethodByName("Equal")
	return ok && method.Type.NumIn() == 2 && method.Type.In(1) == typ &&
		method.Type.NumOut() == 1 && method.Type.Out(0).Kind() == reflect.Bool
}
