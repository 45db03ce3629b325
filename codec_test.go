package resthook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/jsontext"
)

// notRead marks a value that does not convert: the error names the field, and
// the value stays as it is.
const notRead = "not read"

// TestConversions: what each type of field makes of each JSON value, written as
// it is sent on (docs/protocol.md, 0.3). null and what converts to the same
// text are not listed.
func TestConversions(t *testing.T) {
	t.Parallel()
	values := []string{
		`5060`, `"5060"`, `5060.0`, `5.06e3`, `"5.06E+3"`, `506000e-2`, `-0`, `-0.0`, `0e999999999999999999999`, `0`, `"0"`,
		`-7`, `"-7.0"`, `"+5"`, `"007"`, `5060.5`, `"0x10"`, `"1_000"`, `"Inf"`, `"NaN"`, `""`, `" 5"`, `"5 "`, `"\t5.0"`, `"5.0\n"`,
		`"\"5\""`, `"null"`, `"5060a"`, `"５"`, `1e400`, `1e-400`, `"1e-400"`, `1e999999999999999999999`, `1e9000000000000000`,
		`"0e1 "`, `"05.0"`, `"0e1x5"`, `"5."`, `9223372036854775808`,
		`-9223372036854775809`, `9007199254740993.0`, `9223372036854775807e0`, `92233720368547758070e-1`, `0.1e1`, `0.99999999999999999999`,
		`true`, `false`, `"true"`, `"false"`, `"True"`, `"1"`, `1`, `"yes"`, `"\u0035"`,
		`[]`, `[ ]`, `["a","b"]`, `["a",1]`, `["a",null]`, `[[]]`, `[{}]`, `{}`, `{"muted":true}`, `{"muted":"true","x":[null]}`, `{"muted":1}`,
		`{"muted":null}`, `{"call":{"restOnError":"FAIL"}}`, `{"call":{"restOnError":"fail"}}`, `{"call":1}`, `"text"`,
	}
	whole := map[string]string{
		`"5060"`: `5060`, `5060.0`: `5060`, `5.06e3`: `5060`, `"5.06E+3"`: `5060`, `506000e-2`: `5060`,
		`-0`: `0`, `-0.0`: `0`, `0e999999999999999999999`: `0`, `"0"`: `0`, `"-7.0"`: `-7`, `"+5"`: `5`, `"007"`: `7`,
		`5060`: `5060`, `0`: `0`, `-7`: `-7`, `1`: `1`, `"1"`: `1`, `0.1e1`: `1`, `"\u0035"`: `5`,
	}
	moment := maps.Clone(whole)
	maps.Copy(moment, map[string]string{
		`9223372036854775807e0`: `9223372036854775807`, `92233720368547758070e-1`: `9223372036854775807`,
		`9007199254740993.0`: `9007199254740993`,
	})
	port := whole
	if strconv.IntSize == 64 {
		port = moment
	}
	boolean := map[string]string{`true`: `true`, `false`: `false`, `"true"`: `true`, `"false"`: `false`}
	object := map[string]string{`[]`: `{}`, `[ ]`: `{}`}
	state := map[string]string{`[]`: `{}`, `[ ]`: `{}`, `{"muted":"true","x":[null]}`: `{"muted":true,"x":[null]}`, `{"muted":1}`: notRead}
	policy := map[string]string{`{"muted":true}`: notRead, `{"muted":"true","x":[null]}`: notRead, `{"muted":1}`: notRead}
	for _, value := range values {
		switch {
		case value[0] == '{':
			object[value] = value
			for _, more := range []map[string]string{state, policy} {
				if more[value] == "" {
					more[value] = value
				}
			}
			if strings.Contains(value, "call") {
				policy[value] = map[bool]string{true: value, false: notRead}[strings.Contains(value, "FAIL")]
			}
		case value == `[]` || value == `[ ]`:
			policy[value] = value
		}
	}
	text, texts := map[string]string{}, map[string]string{`[]`: `[]`, `[ ]`: `[]`, `["a","b"]`: `["a","b"]`}
	for _, value := range values {
		if value[0] == '"' {
			text[value] = value
		}
	}
	for _, c := range []struct {
		payload any
		field   string
		takes   string
		want    map[string]string
	}{
		{new(resthook.Connection), "sipLogin", "a string", text},
		{new(resthook.Stream), "status", "a string", text},
		{new(resthook.Connection), "keepAlive", "a boolean", boolean},
		{new(resthook.Stream), "published", "a boolean", boolean},
		{new(resthook.Connection), "sipRegisterRequired", "a boolean", boolean},
		{new(resthook.Connection), "sipPort", "a whole number", port},
		{new(resthook.Stream), "createDate", "a whole number of milliseconds", moment},
		{new(resthook.Connection), "mediaProviders", "an array of strings", texts},
		{new(resthook.Stream), "custom", "an object", object},
		{new(resthook.Stream), "audioState", "an object with a boolean", state},
		{new(resthook.Connection), "restClientConfig", "a restClientConfig", policy},
	} {
		for _, value := range values {
			want, read := c.want[value]
			if !read || want == notRead {
				want, read = value, false
			}
			checkConversion(t, reflect.TypeOf(c.payload).Elem(), c.field, c.takes, value, want, read)
		}
	}
}

func checkConversion(t *testing.T, typ reflect.Type, name, takes, value, want string, read bool) {
	t.Helper()
	object := []byte(`{"x":1,"` + name + `":` + value + `,"login":"l"}`)
	p := reflect.New(typ)
	err := json.Unmarshal(object, p.Interface())
	unknown, ok := reflect.TypeAssert[map[string]json.RawMessage](p.Elem().FieldByName("Unknown"))
	require.True(t, ok)
	if read {
		require.NoError(t, err, "%s", object)
		assert.NotContains(t, unknown, name, "%s", object)
	} else {
		var fault *resthook.FieldError
		require.ErrorAs(t, err, &fault, "%s", object)
		assert.Equal(t, resthook.FieldError{Field: name, Want: takes, Found: kindOf(value)}, *fault)
		assert.Equal(t, value, string(unknown[name]), "kept as it is")
		if len(value) > 4 {
			assert.NotContains(t, err.Error(), value, "a value may be secret")
		}
	}
	sent := members(t, wireOf(t, p.Interface()))
	assertSameJSON(t, []byte(want), sent[name])
	assert.Equal(t, `1`, string(sent["x"]), "the others are read all the same")
	assert.Equal(t, `"l"`, string(sent["login"]))
	assert.Len(t, sent, 3)
}

func kindOf(value string) string {
	switch {
	case value[0] == '{':
		return "an object"
	case value[0] == '[':
		return "an array"
	case value[0] == '"':
		return "a string"
	case value == "true", value == "false":
		return "a boolean"
	}
	return "a number"
}

func TestFieldErrorText(t *testing.T) {
	t.Parallel()
	var conn resthook.Connection
	err := json.Unmarshal([]byte(`{"keepAlive":"maybe","sipPort":"x","sipPassword":12345,"login":"l"}`), &conn)
	require.EqualError(t, err, `Connection: field "keepAlive": a string, not a boolean`)
	assert.Equal(t, "l", conn.Login)
	assert.Len(t, conn.Unknown, 3)
	assert.JSONEq(t, `{"keepAlive":"maybe","sipPort":"x","sipPassword":12345,"login":"l"}`, string(wireOf(t, conn)))

	conn.SIPPort, conn.KeepAlive = 5060, true // repaired: what did not convert is no longer sent
	assert.JSONEq(t, `{"keepAlive":true,"sipPort":5060,"sipPassword":12345,"login":"l"}`, string(wireOf(t, conn)))
}

func TestUnmarshalRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `[]`, `"{}"`, `1`, `{`, `{}{}`, `{"name":"a}`, "{\"name\":\"\xff\"}", "{\"custom\":{\"\xff\":1}}",
		`{"custom":` + strings.Repeat(`{"a":`, 200) + `1` + strings.Repeat("}", 200) + `}`,
	} {
		stream := resthook.Stream{Name: "before"}
		err := stream.UnmarshalJSON([]byte(text))
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), "Stream: ")
		assert.Equal(t, resthook.Stream{Name: "before"}, stream, "nothing is read of a text that is no payload")
		if json.Valid([]byte(text)) {
			require.Error(t, json.Unmarshal([]byte(text), &stream), text)
		}
	}
	stream := resthook.Stream{Name: "before"}
	require.NoError(t, json.Unmarshal([]byte(`null`), &stream))
	assert.Equal(t, "before", stream.Name)
}

// Only the exact name is a field's.
func TestNamesAreExact(t *testing.T) {
	t.Parallel()
	const object = `{"NAME":"a","Name":"b","nAme":1,"name ":"c","sessionID":"d","useragent":"e","ſdp":"f"}`
	var stream resthook.Stream
	require.NoError(t, json.Unmarshal([]byte(object), &stream))
	assert.Empty(t, stream.Name+stream.SessionID+stream.SDP)
	assert.Len(t, stream.Unknown, 7)
	assertSameJSON(t, []byte(object), wireOf(t, stream))

	require.NoError(t, json.Unmarshal([]byte(`{"n\u0061me":"a","\u0073dp":"b"}`), &stream), "an escape is another spelling, not another name")
	assert.Equal(t, "a", stream.Name)
	assert.Equal(t, "b", stream.SDP)
}

// Of duplicates the last counts, whatever came before.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	for object, want := range map[string]string{
		`{"name":"a","name":"b"}`:                                 `{"name":"b"}`,
		`{"name":"a","n\u0061me":"b"}`:                            `{"name":"b"}`,
		`{"name":"a","name":null}`:                                `{"name":null}`,
		`{"name":null,"name":"b"}`:                                `{"name":"b"}`,
		`{"name":"a","name":""}`:                                  `{"name":""}`,
		`{"name":"","name":null}`:                                 `{"name":null}`,
		`{"name":null,"name":""}`:                                 `{"name":""}`,
		`{"width":1,"width":0}`:                                   `{"width":0}`,
		`{"width":0,"width":2}`:                                   `{"width":2}`,
		`{"x":1,"x":[2]}`:                                         `{"x":[2]}`,
		`{"custom":{"a":1,"b":2},"custom":{"c":3}}`:               `{"custom":{"c":3}}`,
		`{"custom":{"a":1,"a":{"b":1,"b":2}}}`:                    `{"custom":{"a":{"b":2}}}`,
		`{"audioState":{"muted":true,"x":1},"audioState":{}}`:     `{"audioState":{}}`,
		`{"audioState":{"muted":true,"muted":false}}`:             `{"audioState":{"muted":false}}`,
		`{"audioState":{"muted":true},"audioState":null}`:         `{"audioState":null}`,
		`{"published":true,"published":false,"published":"true"}`: `{"published":true}`,
	} {
		var stream resthook.Stream
		require.NoError(t, json.Unmarshal([]byte(object), &stream), object)
		assert.Equal(t, want, string(wireOf(t, stream)), object)
	}
	for object, want := range map[string]string{
		`{"width":"x","width":2}`:    `{"width":2}`,
		`{"width":"x","width":0}`:    `{"width":0}`,
		`{"width":"x","width":null}`: `{"width":null}`,
		`{"width":0,"width":"x"}`:    `{"width":"x"}`,
		`{"width":null,"width":"x"}`: `{"width":"x"}`,
		`{"width":"y","width":"x"}`:  `{"width":"x"}`,
	} {
		var stream resthook.Stream
		var fault *resthook.FieldError
		require.ErrorAs(t, json.Unmarshal([]byte(object), &stream), &fault, object)
		assert.Equal(t, want, string(wireOf(t, stream)), object)
		if !strings.HasSuffix(want, `"x"}`) {
			assert.Empty(t, stream.Unknown, object)
		}
	}
}

// A second text adds to what the first gave, as encoding/json does.
func TestUnmarshalTwice(t *testing.T) {
	t.Parallel()
	var stream resthook.Stream
	require.NoError(t, json.Unmarshal([]byte(`{"name":"a","width":0,"sdp":null,"x":1,"custom":{"a":1}}`), &stream))
	require.NoError(t, json.Unmarshal([]byte(`{"name":"","height":0,"y":2,"x":null,"custom":{"b":2}}`), &stream))
	assert.Equal(t, `{"name":"","sdp":null,"width":0,"height":0,"custom":{"b":2},"x":null,"y":2}`, string(wireOf(t, stream)))
}

func TestCreateDate(t *testing.T) {
	t.Parallel()
	var stream resthook.Stream
	require.NoError(t, json.Unmarshal([]byte(`{"createDate":1664260776957}`), &stream))
	assert.True(t, stream.CreateDate.Time().Equal(time.Date(2022, 9, 27, 6, 39, 36, 957e6, time.UTC)))
	assert.Equal(t, stream.CreateDate, resthook.UnixMilliOf(stream.CreateDate.Time().Add(999*time.Microsecond)))
	assert.Equal(t, `{"createDate":1664260776957}`, string(wireOf(t, stream)))
	assert.Equal(t, resthook.UnixMilli(-1), resthook.UnixMilliOf(time.UnixMilli(-1)))
}

// An array of a payload is no field less than an absent one: [] is not null.
func TestEmptyIsNotAbsent(t *testing.T) {
	t.Parallel()
	var conn resthook.Connection
	require.NoError(t, json.Unmarshal([]byte(`{"mediaProviders":[],"custom":[],"restClientConfig":[]}`), &conn))
	assert.Equal(t, []string{}, conn.MediaProviders)
	assert.Equal(t, map[string]any{}, conn.Custom)
	assert.NotNil(t, conn.RestClientConfig)
	assert.Equal(t, `{"mediaProviders":[],"custom":{}}`,
		string(wireOf(t, resthook.Connection{MediaProviders: []string{}, Custom: map[string]any{}})))
	no := false
	assert.Equal(t, `{"sipRegisterRequired":false}`, string(wireOf(t, resthook.Connection{SIPRegisterRequired: &no})))
	assert.Equal(t, `{"restClientConfig":{}}`, string(wireOf(t, resthook.Connection{RestClientConfig: new(resthook.Policy)})))
}

// Unknown can hold whatever its owner puts there; what is sent is JSON, with
// each name once.
func TestUnknown(t *testing.T) {
	t.Parallel()
	stream := resthook.Stream{Name: "a", Unknown: map[string]json.RawMessage{
		"b": json.RawMessage(`{"x": 9223372036854775808}`), "a\n": nil, "c": {}, "name": json.RawMessage(`"hidden"`),
		"published": json.RawMessage("true"), "sdp": json.RawMessage(`"shown"`),
	}}
	assert.Equal(t, `{"name":"a","published":false,"hasVideo":false,"hasAudio":false,"record":false,"a\n":null,"b":{"x": 9223372036854775808},"c":null,"sdp":"shown"}`,
		string(wireOf(t, stream)))
	for _, value := range []string{"{", `{"a":1,}`, "x", " ", `1,"injected":2`, `"a" "b"`, "{}}"} {
		stream.Unknown = map[string]json.RawMessage{"b": json.RawMessage(value)}
		_, err := stream.MarshalJSON()
		require.ErrorContains(t, err, `"b"`, value)
	}
	source := []byte(`{"x":"before"}`)
	require.NoError(t, stream.UnmarshalJSON(source))
	copy(source, `{"x":"after!"}`)
	assert.Equal(t, `"before"`, string(stream.Unknown["x"]), "the text that was read belongs to the caller")
}

func TestMarshalRefuses(t *testing.T) {
	t.Parallel()
	for _, value := range []any{make(chan int), math.NaN(), func() {}, json.Number("1x")} {
		stream := resthook.Stream{Custom: map[string]any{"a": value}}
		_, err := stream.MarshalJSON()
		require.ErrorContains(t, err, `field "custom"`)
		assert.NotPanics(t, func() { _ = stream.String() })
	}
}

// TestEncodeOracle: what a payload is sent as, is what encoding/json makes of a
// map with the same values, byte for byte where it is a string.
func TestEncodeOracle(t *testing.T) {
	t.Parallel()
	nasty := "a\"\\/\b\f\n\r\t\x00\x1f\x7f é\u2028\u2029 😀 <&>' \ufffd"
	stream := resthook.Stream{
		Name: nasty, Status: resthook.StreamStatus(nasty), Width: -1, CreateDate: math.MinInt64, Bitrate: math.MaxInt,
		Published: true, Custom: map[string]any{nasty: []any{nasty, nil, 1.5, json.Number("1e400")}},
		AudioState: &resthook.MediaState{Muted: true, Unknown: map[string]json.RawMessage{"x": json.RawMessage(`[1, 2]`)}},
		Unknown:    map[string]json.RawMessage{nasty: json.RawMessage(`1.50`)},
	}
	oracle := map[string]any{
		"name": nasty, "status": nasty, "width": -1, "createDate": int64(math.MinInt64), "bitrate": math.MaxInt,
		"published": true, "hasVideo": false, "hasAudio": false, "record": false,
		"custom":     map[string]any{nasty: []any{nasty, nil, 1.5, json.Number("1e400")}},
		"audioState": map[string]any{"muted": true, "x": []int{1, 2}}, nasty: json.Number("1.50"),
	}
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(oracle))
	wire := wireOf(t, stream)
	assertSameJSON(t, want.Bytes(), wire)
	got, expected := members(t, wire), members(t, want.Bytes())
	for _, name := range []string{"name", "status", "custom"} {
		assert.Equal(t, string(expected[name]), string(got[name]))
	}
	assert.NoError(t, jsontext.Check(wire))
}

// TestDecodeOracle: what is read is what encoding/json reads into a struct of
// the same fields.
func TestDecodeOracle(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		wire := wireOf(t, s.payload)
		p := reflect.New(reflect.TypeOf(s.payload))
		require.NoError(t, json.Unmarshal(wire, p.Interface()))
		decoder := json.NewDecoder(bytes.NewReader(wire))
		decoder.UseNumber()
		plain := reflect.New(plainOf(p.Elem().Type()))
		require.NoError(t, decoder.Decode(plain.Interface()), "%s", wire)
		for i := range plain.Elem().NumField() {
			name := plain.Elem().Type().Field(i).Name
			assert.Equal(t, plain.Elem().Field(i).Interface(), p.Elem().FieldByName(name).Interface(), "%s.%s", s.method.Name(), name)
		}
	}
}

// plainOf is the payload type as a plain struct that only encoding/json knows,
// without the fields of this package's own types.
func plainOf(typ reflect.Type) reflect.Type {
	wireNames := map[string]string{"olduseragent": "User-Agent"}
	for name := range strings.FieldsSeq(documented[typ.Name()]) {
		wireNames[strings.ToLower(name)] = name
	}
	var fields []reflect.StructField
	for f := range typ.Fields() {
		own := f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct
		if !f.IsExported() || f.Name == "Unknown" || own {
			continue
		}
		fields = append(fields, reflect.StructField{
			Name: f.Name, Type: f.Type, Tag: reflect.StructTag(`json:"` + wireNames[strings.ToLower(f.Name)] + `"`),
		})
	}
	return reflect.StructOf(fields)
}

// TestPublishedPayloads: hooks as servers send them are read, and sent on with
// the same meaning.
func TestPublishedPayloads(t *testing.T) {
	t.Parallel()
	t.Run("own", func(t *testing.T) { publishedPayloads(t, ownPayloads) })
	t.Run("shared", func(t *testing.T) { publishedPayloads(t, filepath.Join(sharedFolder(t), "payloads")) })
}

func publishedPayloads(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		name, _, _ := strings.Cut(filepath.Base(file), "-")
		method, ok := resthook.FindMethod(strings.Replace(name, "restClientConfig", "connect", 1))
		require.True(t, ok, file)
		p := reflect.New(reflect.TypeOf(payloadTypes()[method.PayloadType()]).Elem())
		err = json.Unmarshal(text, p.Interface())
		if strings.Contains(file, "connect-4.") || strings.Contains(file, "port-no-number") {
			var fault *resthook.FieldError
			require.ErrorAs(t, err, &fault, file)
			assert.Equal(t, "sipPort", fault.Field)
		} else {
			require.NoError(t, err, file)
		}
		assertSameJSON(t, text, wireOf(t, p.Interface()))
	}
}

// What PHP made of a hook on its way through: [] for {}, \/ and \u escapes, a
// big number as a float, an empty key.
func TestPublishedAnswer(t *testing.T) {
	t.Parallel()
	text := sharedFile(t, filepath.Join("answers", "php-docs-edge.json"))
	var stream resthook.Stream
	require.NoError(t, json.Unmarshal(text, &stream))
	assert.Equal(t, "поток-1 / é 😀", stream.Name)
	assert.Equal(t, map[string]any{}, stream.Custom)
	assertSameJSON(t, bytes.Replace(text, []byte(`"custom":[]`), []byte(`"custom":{}`), 1), wireOf(t, stream))
}

// TestPrinting: no way of printing a payload shows what may be secret.
func TestPrinting(t *testing.T) {
	t.Parallel()
	const marker = "s3cr3t-marker"
	secret := map[string]bool{
		"SIPPassword": true, "AuthToken": true, "Token": true, "Body": true, "SIPContactParams": true, "RequestBody": true,
		"DTMF": true, "RTMPURL": true, "SDP": true, "SIPSDP": true, "SIPMessageRaw": true, "ResponseBody": true, "Text": true,
	}
	raw := map[string]json.RawMessage{
		marker: json.RawMessage(`"` + marker + `"`), "custom": json.RawMessage(`["` + marker + `"]`), "sipPort": json.RawMessage(`"` + marker + `"`),
	}
	for name, p := range payloadTypes() {
		v := reflect.ValueOf(p).Elem()
		shown := 0
		for f, field := range v.Fields() {
			if !f.IsExported() {
				continue
			}
			switch at := field.Addr().Interface().(type) {
			case *map[string]any:
				*at = map[string]any{"token": marker, marker: 1, "deep": map[string]any{"a": []any{marker}}}
			case *map[string]json.RawMessage:
				*at = maps.Clone(raw)
			case **resthook.MediaState:
				*at = &resthook.MediaState{Muted: true, Unknown: maps.Clone(raw)}
			default:
				if field.Kind() != reflect.String {
					continue
				}
				if field.SetString("shown-" + f.Name); secret[f.Name] {
					field.SetString(marker)
				} else {
					shown++
				}
			}
		}
		for how, text := range printed(t, p, v.Interface()) {
			assert.NotContains(t, text, marker, "%s with %s", name, how)
			assert.Contains(t, text, "(unknown)", "%s with %s", name, how)
			assert.Contains(t, text, name, "%s with %s", name, how)
			assert.Equal(t, shown, strings.Count(text, "shown-"), "%s with %s: %s", name, how, text)
		}
		assert.Contains(t, string(wireOf(t, p)), marker, "printing changes nothing")
	}
}

func TestPrintingMasksURLs(t *testing.T) {
	t.Parallel()
	text := fmt.Sprint(&resthook.Stream{Name: "rtsp://u:s3cret@h/cam?token=s3cret", RTMPURL: "rtmp://h/live/s3cret"})
	assert.NotContains(t, text, "s3cret")
	assert.Contains(t, text, `"rtsp://h/cam"`)
}

func printed(t *testing.T, pointer, value any) map[string]string {
	t.Helper()
	all := map[string]string{"errorf": fmt.Errorf("payload %v: %w", value, os.ErrInvalid).Error()}
	for _, verb := range []string{"%v", "%+v", "%s", "%q"} {
		all[verb], all["pointer "+verb] = fmt.Sprintf(verb, value), fmt.Sprintf(verb, pointer)
	}
	var text, object bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("hook", "payload", value, "pointer", pointer)
	slog.New(slog.NewJSONHandler(&object, nil)).Info("hook", slog.Any("payload", value))
	slog.New(slog.NewJSONHandler(&object, nil)).With("payload", pointer).WithGroup("g").Info("hook")
	all["slog text"], all["slog JSON"] = half(text.String(), "pointer="), half(object.String(), "\n")
	return all
}

// half is the first of two equal parts; the second one is checked with it.
func half(text, at string) string {
	first, second, _ := strings.Cut(text, at)
	if strings.Count(first, "shown-") != strings.Count(second, "shown-") || !strings.Contains(second, "(unknown)") {
		return text
	}
	return first + strings.ReplaceAll(second, "shown-", "")
}

func TestPrintingIsReadable(t *testing.T) {
	t.Parallel()
	stream := resthook.Stream{Name: "a", SDP: "v=0", Custom: map[string]any{"token": "t"}, Unknown: map[string]json.RawMessage{"x": nil}}
	assert.Equal(t, `Stream{"name":"a","published":false,"hasVideo":false,"hasAudio":false,"sdp":"***","record":false,"custom":"***","(unknown)":1}`,
		stream.String())
	assert.Equal(t, `Connection{}`, resthook.Connection{}.String())
	assert.Equal(t, "<nil>", fmt.Sprintf("%v", (*resthook.Stream)(nil)))
}

// model says what becomes of an object that a payload was read from, in the
// terms of encoding/json.
type model struct {
	sent  map[string]any  // by name, as trees
	zero  map[string]bool // which field holds its zero
	wrong map[string]bool // which values did not convert, at any time
}

func modelOf(t *testing.T, typ reflect.Type, object []byte) model {
	t.Helper()
	m := model{map[string]any{}, map[string]bool{}, map[string]bool{}}
	decoder := json.NewDecoder(bytes.NewReader(object))
	_, err := decoder.Token()
	require.NoError(t, err)
	fields := fieldTypes(typ)
	for decoder.More() {
		token, err := decoder.Token()
		require.NoError(t, err)
		var raw json.RawMessage
		require.NoError(t, decoder.Decode(&raw))
		name, tree := fmt.Sprint(token), treeOf(t, raw)
		field, known := fields[name]
		switch {
		case !known:
			m.sent[name] = tree
		case tree == nil:
			m.sent[name], m.zero[name] = nil, true
		default:
			converted, ok := convert(t, field, raw, tree)
			if !ok {
				m.wrong[name] = true
				if zero, set := m.zero[name]; !set || zero {
					m.sent[name] = tree // else the field keeps what it had, and is sent
				}
				continue
			}
			m.sent[name], m.zero[name] = converted, isZeroTree(field, converted)
		}
	}
	return m
}

func isZeroTree(typ reflect.Type, tree any) bool {
	if typ.Kind() == reflect.Pointer {
		return false
	}
	return tree == "" || tree == false || tree == json.Number("0")
}

func fieldTypes(typ reflect.Type) map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for f := range typ.Fields() {
		for name := range strings.FieldsSeq(documented[typ.Name()]) {
			if strings.EqualFold(name, f.Name) {
				types[name] = f.Type
			}
		}
	}
	if typ == reflect.TypeFor[resthook.Playback]() {
		types["User-Agent"] = reflect.TypeFor[string]()
	}
	return types
}

// convert is docs/protocol.md, 0.3 for one value, from the ground up.
func convert(t *testing.T, typ reflect.Type, raw []byte, tree any) (any, bool) {
	t.Helper()
	empty, isArray := tree.([]any)
	object, isObject := tree.(map[string]any)
	if isArray && len(empty) == 0 {
		object = map[string]any{}
	}
	switch {
	case typ.Kind() == reflect.String:
		_, ok := tree.(string)
		return tree, ok
	case typ.Kind() == reflect.Bool || typ == reflect.TypeFor[*bool]():
		for text, value := range map[string]bool{`true`: true, `"true"`: true, `false`: false, `"false"`: false} {
			if string(raw) == text {
				return value, true
			}
		}
		return nil, false
	case typ.Kind() == reflect.Int || typ.Kind() == reflect.Int64:
		return wholeOf(tree, typ.Bits())
	case typ.Kind() == reflect.Slice:
		_, ok := tree.([]any)
		return tree, ok && !slices.ContainsFunc(empty, func(e any) bool { _, text := e.(string); return !text })
	case typ.Kind() == reflect.Map:
		return object, object != nil
	case typ == reflect.TypeFor[*resthook.MediaState]():
		if !isObject {
			return object, object != nil
		}
		inner := modelOf(t, typ.Elem(), raw)
		return inner.sent, len(inner.wrong) == 0
	}
	_, err := resthook.ParsePolicy(raw)
	return tree, err == nil
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$|^[+-]?[0-9]+$`)

// wholeOf reads a number with exact fractions.
func wholeOf(tree any, bits int) (any, bool) {
	text := ""
	switch v := tree.(type) {
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

// FuzzPayload: any object is read, nothing of it is lost, and it is sent on
// with the same meaning but for the documented conversions.
func FuzzPayload(f *testing.F) {
	types := slices.Sorted(maps.Keys(payloadTypes()))
	for _, seed := range []string{
		`{}`, `{"name":"a","published":false,"width":"5060","height":5.06e3,"custom":[],"x":9223372036854775808,"y":null}`,
		`{"width":1e400,"height":9223372036854775808,"bitrate":0.1,"quality":1e-400,"gop":"+5","fps":"0x10","createDate":" 5"}`,
		`{"sipPort":"x","sipPort":5060,"keepAlive":"true","mediaProviders":["a",1],"sipRegisterRequired":null,"custom":{"a":{"a":[]}}}`,
		`{"audioState":{"muted":"true","x":1},"videoState":[],"audioState":{"muted":2},"NAME":1,"n\u0061me":"b","":[]}`,
		`{"restClientConfig":{"call":{"restPolicy":"NOTIFY"},"call":{"restPolicy":"x"}},"restClientConfig":[],"createDate":1664260776957}`,
		`{"User-Agent":"a","userAgent":null,"token":1,"custom":null,"custom":{"a":1.50,"a":1e400},"payload":{"":null}}`,
		`{"width":"9007199254740993.0","height":"-0","minBitrate":0e99999,"name":"\ud800","sdp":"\u2028\/"}`,
	} {
		for i := range types {
			f.Add([]byte(seed), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, object []byte, which uint8) {
		typ := reflect.TypeOf(payloadTypes()[types[int(which)%len(types)]]).Elem()
		p := reflect.New(typ)
		err := read(t, p, object)
		if jsontext.Check(object) != nil {
			require.True(t, err != nil || string(object) == "null")
			return
		}
		want := modelOf(t, typ, object)
		var fault *resthook.FieldError
		if require.Equal(t, len(want.wrong) > 0, errors.As(err, &fault), "%v, %v", want.wrong, err); fault != nil {
			require.True(t, want.wrong[fault.Field], fault.Field)
		} else {
			require.NoError(t, err)
		}
		wire := wireOf(t, p.Interface())
		require.NoError(t, jsontext.Check(wire))
		require.Equal(t, want.sent, treeOf(t, wire))
		require.Len(t, members(t, wire), count(wire), "each name once")

		again := reflect.New(typ)
		if err := read(t, again, wire); err == nil {
			require.Equal(t, string(wire), string(wireOf(t, again.Interface())), "settled after one round")
		}
		require.NotPanics(t, func() { _ = fmt.Sprint(p.Interface()) })
	})
}

// read is UnmarshalJSON itself: json.Unmarshal would judge the text first.
func read(t *testing.T, p reflect.Value, text []byte) error {
	t.Helper()
	payload, ok := reflect.TypeAssert[json.Unmarshaler](p)
	require.True(t, ok)
	return payload.UnmarshalJSON(text)
}

// count is how many members an object has, duplicates too.
func count(object []byte) int {
	n := 0
	for m := jsontext.Open(object); m.Next(); {
		n++
	}
	return n
}

// wireStream is a hook of about 600 bytes, as servers send most.
const wireStream = `{"nodeId":"Yk7vWm2QdT0sLr9BxJc4Ge6uHa1ZfPn8@10.20.0.5","appKey":"defaultApp",` +
	`"sessionId":"/203.0.113.24:50122/10.20.0.5:8443","mediaSessionId":"b1f6a7d2-0c1e-4a77-8c55-3d2c19e0f4aa","name":"ward-7",` +
	`"published":true,"hasVideo":true,"hasAudio":true,"status":"PUBLISHING","record":false,"width":1280,"height":720,"bitrate":1200,` +
	`"minBitrate":0,"maxBitrate":0,"quality":0,"mediaProvider":"WebRTC","mediaType":"publish","audioCodec":"opus","videoCodec":"H264",` +
	`"codecImpl":"","gop":60,"fps":30,"audioBitrate":64,"audioState":{"muted":false},"videoState":{"muted":false},"transport":"UDP",` +
	`"cvoExtension":false,"history":false,"createDate":1664260776957}`

// plainWire is what one would write without this package.
type plainWire struct {
	NodeID         string `json:"nodeId"`
	AppKey         string `json:"appKey"`
	SessionID      string `json:"sessionId"`
	MediaSessionID string `json:"mediaSessionId"`
	Name           string `json:"name"`
	Published      bool   `json:"published"`
	HasVideo       bool   `json:"hasVideo"`
	HasAudio       bool   `json:"hasAudio"`
	Status         string `json:"status"`
	Info           string `json:"info,omitempty"`
	SDP            string `json:"sdp,omitempty"`
	Record         bool   `json:"record"`
	RecordName     string `json:"recordName,omitempty"`
	Width          int    `json:"width"`
	Height         int    `json:"height"`
	Bitrate        int    `json:"bitrate"`
	MinBitrate     int    `json:"minBitrate"`
	MaxBitrate     int    `json:"maxBitrate"`
	Quality        int    `json:"quality"`
	MediaProvider  string `json:"mediaProvider"`
	MediaType      string `json:"mediaType"`
	AudioCodec     string `json:"audioCodec"`
	VideoCodec     string `json:"videoCodec"`
	CodecImpl      string `json:"codecImpl"`
	GOP            int    `json:"gop"`
	FPS            int    `json:"fps"`
	AudioBitrate   int    `json:"audioBitrate"`
	AudioState     *struct {
		Muted bool `json:"muted"`
	} `json:"audioState,omitempty"`
	VideoState *struct {
		Muted bool `json:"muted"`
	} `json:"videoState,omitempty"`
	Transport    string         `json:"transport"`
	CVOExtension bool           `json:"cvoExtension"`
	History      bool           `json:"history"`
	CreateDate   int64          `json:"createDate"`
	Custom       map[string]any `json:"custom,omitempty"`
}

func TestWireStream(t *testing.T) {
	t.Parallel()
	var stream resthook.Stream
	var plain plainWire
	require.NoError(t, json.Unmarshal([]byte(wireStream), &stream))
	require.NoError(t, json.Unmarshal([]byte(wireStream), &plain))
	text, err := json.Marshal(plain)
	require.NoError(t, err)
	assert.Equal(t, wireStream, string(text))
	assert.Equal(t, wireStream, string(wireOf(t, stream)))
}

// TestAllocations bounds what a hook costs the garbage collector: the text
// itself; one for each string, and the payload with its two states.
func TestAllocations(t *testing.T) { //nolint:paralleltest // AllocsPerRun measures the whole process
	text := []byte(wireStream)
	var stream resthook.Stream
	require.NoError(t, stream.UnmarshalJSON(text))
	encode := testing.AllocsPerRun(200, func() { _, _ = stream.MarshalJSON() })
	decode := testing.AllocsPerRun(200, func() { stream = resthook.Stream{}; _ = stream.UnmarshalJSON(text) })
	t.Logf("encode %v, decode %v", encode, decode)
	assert.LessOrEqual(t, encode, 3.0)
	assert.LessOrEqual(t, decode, 16.0)
}

func BenchmarkEncode(b *testing.B) {
	var stream resthook.Stream
	var plain plainWire
	require.NoError(b, json.Unmarshal([]byte(wireStream), &stream))
	require.NoError(b, json.Unmarshal([]byte(wireStream), &plain))
	b.Run("resthook", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(wireStream)))
		for b.Loop() {
			if _, err := stream.MarshalJSON(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(wireStream)))
		for b.Loop() {
			if _, err := json.Marshal(&plain); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	text := []byte(wireStream)
	b.Run("resthook", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if err := new(resthook.Stream).UnmarshalJSON(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if err := json.Unmarshal(text, new(plainWire)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// An answer that does not fit a payload type of one's own is named by its field, and
// shown nowhere: it may hold a secret.
func TestOwnTypesQuoteNoValue(t *testing.T) {
	t.Parallel()
	type ownPayload struct {
		When time.Time `json:"when"`
		Size int8      `json:"size"`
	}
	own, err := resthook.NewHook[ownPayload]("own", resthook.KindConnect)
	require.NoError(t, err)
	for _, answer := range []string{`{"when":"S3CRET-TOKEN"}`, `{"size":123456789012}`} {
		client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, answer)).URL())
		_, err := own.Send(t.Context(), client, &ownPayload{})
		require.ErrorIs(t, err, resthook.ErrBody)
		assert.NotContains(t, err.Error(), "S3CRET")
		assert.NotContains(t, err.Error(), "123456789012")
	}
}
