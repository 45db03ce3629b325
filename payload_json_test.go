package resthook_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

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

// Fields of types that this package declares.
func TestOwnFieldTypes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		payload      json.Unmarshaler
		field, value string
		want         string // "": as it is
		misfit       string
	}{
		{new(resthook.Connection), "restClientConfig", `{"call":{"restOnError":"FAIL","mine":1}}`, "", ""},
		{new(resthook.Connection), "restClientConfig", `[ ]`, "", ""},
		{new(resthook.Connection), "restClientConfig", `{"call":{"restOnError":"fail"}}`, "", "an object, not a restClientConfig"},
		{new(resthook.Connection), "restClientConfig", `"call"`, "", "a string, not a restClientConfig"},
		{new(resthook.Stream), "audioState", `{"muted":"true","x":[null]}`, `{"muted":true,"x":[null]}`, ""},
		{new(resthook.Stream), "videoState", `[]`, `{}`, ""},
		{new(resthook.Stream), "videoState", `{"muted":1}`, "", "an object, not an object with a boolean"},
		{new(resthook.Stream), "createDate", `"1664260776957"`, `1664260776957`, ""},
		{new(resthook.Stream), "createDate", `0.5`, "", "a number, not a whole number of milliseconds"},
		{new(resthook.Stream), "status", `"MINE"`, "", ""},
		{new(resthook.Stream), "status", `7`, "", "a number, not a string"},
		{new(resthook.Connection), "sipRegisterRequired", `"false"`, `false`, ""},
		{new(resthook.Connection), "mediaProviders", `["a",1]`, "", "an array, not an array of strings"},
		{new(resthook.Data), "payload", `[]`, `{}`, ""},
	} {
		err := row.payload.UnmarshalJSON([]byte(`{"` + row.field + `":` + row.value + `}`))
		if row.misfit == "" {
			require.NoError(t, err)
		} else {
			var fault *resthook.FieldError
			require.ErrorAs(t, err, &fault)
			assert.Equal(t, `field "`+row.field+`": `+row.misfit, fault.Error())
		}
		assert.Equal(t, cmp.Or(row.want, row.value), string(members(t, wireOf(t, row.payload))[row.field]))
	}
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

// An empty array or object is not an absent one.
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

// TestDecodeOracle compares with what encoding/json reads into a struct of the same fields.
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

// TestPublishedPayloads: recorded hooks are read, and written with the same meaning.
func TestPublishedPayloads(t *testing.T) {
	t.Parallel()
	eachPayload(t, func(t *testing.T, given realPayload) {
		p := reflect.New(reflect.TypeOf(payloadTypes()[given.hook.PayloadType()]).Elem())
		err := json.Unmarshal(given.data, p.Interface())
		if strings.Contains(given.file, "connect-4.") || strings.Contains(given.file, "port-no-number") {
			var fault *resthook.FieldError
			require.ErrorAs(t, err, &fault)
			assert.Equal(t, "sipPort", fault.Field)
		} else {
			require.NoError(t, err)
		}
		assertSameJSON(t, given.data, wireOf(t, p.Interface()))
	})
}

// A hook that PHP has decoded and encoded: [] for {}, \/ and \u escapes, a big number as a
// float, an empty key.
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

// wireStream is a typical hook of about 600 bytes.
const wireStream = `{"nodeId":"Yk7vWm2QdT0sLr9BxJc4Ge6uHa1ZfPn8@10.20.0.5","appKey":"defaultApp",` +
	`"sessionId":"/203.0.113.24:50122/10.20.0.5:8443","mediaSessionId":"b1f6a7d2-0c1e-4a77-8c55-3d2c19e0f4aa","name":"ward-7",` +
	`"published":true,"hasVideo":true,"hasAudio":true,"status":"PUBLISHING","record":false,"width":1280,"height":720,"bitrate":1200,` +
	`"minBitrate":0,"maxBitrate":0,"quality":0,"mediaProvider":"WebRTC","mediaType":"publish","audioCodec":"opus","videoCodec":"H264",` +
	`"codecImpl":"","gop":60,"fps":30,"audioBitrate":64,"audioState":{"muted":false},"videoState":{"muted":false},"transport":"UDP",` +
	`"cvoExtension":false,"history":false,"createDate":1664260776957}`

// plainWire is the same payload for encoding/json.
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
