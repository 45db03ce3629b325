package catalogue_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
)

func payloadTypes() map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for _, p := range []any{
		resthook.Connection{},
		resthook.Registration{},
		resthook.Call{},
		resthook.DTMF{},
		resthook.Message{},
		resthook.Subscription{},
		resthook.XCAP{},
		resthook.Stream{},
		resthook.Playback{},
		resthook.StreamSignal{},
		resthook.Recording{},
		resthook.Data{},
		resthook.BugReport{},
		resthook.DebugSession{},
		resthook.ErrorReport{},
		resthook.Report{},
	} {
		types[reflect.TypeOf(p).Name()] = reflect.TypeOf(p)
	}
	return types
}

// filled is the JSON of a payload with a value in each field.
func filled(t *testing.T, typ reflect.Type) map[string]any {
	t.Helper()
	policy, err := resthook.ParsePolicy([]byte(`{"call":{"restOnError":"FAIL"}}`))
	require.NoError(t, err)
	yes := true
	payload := reflect.New(typ).Elem()
	for i := range typ.NumField() {
		field := payload.Field(i)
		switch {
		case !typ.Field(i).IsExported(), typ.Field(i).Name == "Unknown":
		case field.Kind() == reflect.String:
			field.SetString("x")
		case field.Kind() == reflect.Bool:
			field.SetBool(true)
		case field.CanInt():
			field.SetInt(1)
		case field.Kind() == reflect.Slice:
			field.Set(reflect.ValueOf([]string{"x"}))
		case field.Kind() == reflect.Map:
			field.Set(reflect.ValueOf(map[string]any{"x": 1}))
		case field.Type() == reflect.TypeFor[*bool]():
			field.Set(reflect.ValueOf(&yes))
		case field.Type() == reflect.TypeFor[*resthook.Policy]():
			field.Set(reflect.ValueOf(policy))
		case field.Type() == reflect.TypeFor[*resthook.MediaState]():
			field.Set(reflect.ValueOf(&resthook.MediaState{Muted: true}))
		default:
			t.Fatalf("%s.%s: what is a %v?", typ.Name(), typ.Field(i).Name, field.Type())
		}
	}
	text, err := json.Marshal(payload.Interface())
	require.NoError(t, err)
	var members map[string]any
	require.NoError(t, json.Unmarshal(text, &members))
	return members
}

func typeOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "integer"
	case []any:
		return "array of strings"
	}
	return "object"
}

// Each field of each payload is documented, and nothing else is.
func Example() {
	method, _ := resthook.FindMethod("call")
	field := catalogue.Fields(method.PayloadType())[0]
	fmt.Println(field.Name, field.Type, "-", field.Doc)
	fmt.Println(len(catalogue.Sample("call")) > 0, catalogue.Sample("no method") == nil)
	// Output:
	// nodeId string - the media server's id: 32 characters @ its address
	// true true
}

func TestFieldsAreThoseOfThePayloads(t *testing.T) {
	t.Parallel()
	for name, typ := range payloadTypes() {
		want := map[string]string{}
		for field, value := range filled(t, typ) {
			want[field] = typeOf(value)
		}
		got := map[string]string{}
		for _, field := range catalogue.Fields(name) {
			assert.NotContains(t, got, field.Name, "%s has it twice", name)
			got[field.Name] = field.Type
			assert.NotEmpty(t, strings.TrimSpace(field.Doc), "%s.%s", name, field.Name)
			assert.NotRegexp(t, `[.\n]$`, field.Doc)
		}
		assert.Equal(t, want, got, name)
	}
	assert.Nil(t, catalogue.Fields("Own"))
	for _, method := range resthook.Methods() {
		assert.NotEmpty(t, catalogue.Fields(method.PayloadType()), method.Name())
	}
}

// The documentation of every time and size names its unit.
func TestFieldsHaveTheirUnit(t *testing.T) {
	t.Parallel()
	units := map[string]string{
		"width": "pixels", "height": "pixels", "bitrate": "kbit/s", "minBitrate": "kbit/s", "maxBitrate": "kbit/s", "audioBitrate": "kbit/s",
		"fps": "frames per second", "gop": "frames", "createDate": "milliseconds since 1970", "expires": "seconds",
	}
	for name := range payloadTypes() {
		for _, field := range catalogue.Fields(name) {
			assert.Contains(t, field.Doc, units[field.Name], "%s.%s", name, field.Name)
		}
	}
}

// Each method has a sample. Its fields are documented and have the right types.
func TestSamples(t *testing.T) {
	t.Parallel()
	types := payloadTypes()
	for _, method := range resthook.Methods() {
		sample := catalogue.Sample(method.Name())
		require.NotNil(t, sample, method.Name())
		assert.NotContains(t, string(sample), "\n")
		payload := reflect.New(types[method.PayloadType()])
		require.NoError(t, json.Unmarshal(sample, payload.Interface()), method.Name())
		assert.Empty(t, payload.Elem().FieldByName("Unknown").Interface(), "%s has what no field is for", method.Name())
		again, err := json.Marshal(payload.Interface())
		require.NoError(t, err)
		assert.JSONEq(t, string(sample), string(again), method.Name())
		for _, id := range []string{"NodeID", "AppKey", "SessionID"} {
			assert.NotEmpty(t, payload.Elem().FieldByName(id).String(), "%s.%s", method.Name(), id)
		}
		if method.Kind() == resthook.KindEvent && payload.Elem().FieldByName("Status").IsValid() {
			assert.NotEmpty(t, payload.Elem().FieldByName("Status").String(), "%s: an event has a status", method.Name())
		}
	}
	assert.Nil(t, catalogue.Sample("own"))
	assert.Nil(t, catalogue.Sample(""))
}
