package resthook_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/hooktest"
)

// specimen is a value of an exported type, and what it may show. Each field that can be
// reached has a text of its own.
type specimen struct {
	of    func(t *testing.T, f *filler) any // nil: there is nothing in it to show
	shown string                            // fields that may be seen in all ways
	wire  string                            // fields that its JSON has as well: "*" for all
}

const (
	idFields     = "NodeID AppKey SessionID "
	streamFields = idFields + "MediaSessionID Name MediaProvider Status "
	callFields   = idFields + "CallID Status Info "
)

// zero is a specimen of a type whose fields are all exported.
func zero[T any](shown, wire string) specimen {
	return specimen{func(t *testing.T, f *filler) any {
		t.Helper()
		v := new(T)
		f.fill(reflect.ValueOf(v).Elem(), "")
		return v
	}, shown, wire}
}

func payload[T any](shown string) specimen { return zero[T](shown, "*") }

// nothing is for types that hold no text of others.
var nothing = specimen{}

// specimens has a row for each exported type. A missing row, and a field that is shown and
// not listed here, fail the test.
func specimens() map[string]specimen {
	return map[string]specimen{
		// What only names, counts or does.
		"Action": nothing, "CallStatus": nothing, "Priority": nothing, "ConnectionStatus": nothing, "DTMFType": nothing, "DataStatus": nothing,
		"ErrorKind": nothing, "TLSError": nothing, "TLSFiles": nothing, "HookPolicy": nothing, "Kind": nothing, "MessageStatus": nothing, "UnixMilli": nothing, "OnError": nothing, "RegistrationStatus": nothing,
		"RestPolicy": nothing, "EventResult": nothing, "SignalType": nothing, "StreamStatus": nothing, "Hook": nothing, "HookOption": nothing, "Info": nothing, "Journal": nothing, "Method": nothing,
		"Observer": nothing, "Fallback": nothing, "Option": nothing, "Target": nothing, "QueueLimits": nothing, "Load": nothing, "AdmissionStats": nothing, "ConnectionStats": nothing,
		"backend.Handler": nothing, "backend.Option": nothing, "backend.RepeatLimits": nothing, "backend.SenderConfig": nothing,
		"hooktest.Behaviour": nothing, "hooktest.Ending": nothing, "hooktest.Option": nothing, "hooktest.Route": nothing,
		"hooktest.RouteOf": nothing, "hooktest.Security": nothing, "hooktest.Network": nothing,

		// Settings.
		"Secret":      {of: func(_ *testing.T, f *filler) any { return f.secret("") }},
		"App":         zero[resthook.App]("Key Username Methods", ""),
		"Config":      zero[resthook.Config]("KeepAliveAppKeys ClientACLPropertyName Warnings.File Warnings.Key Warnings.Text", ""),
		"ConfigError": zero[resthook.ConfigError]("File Key Value Reason Err", ""),
		"Warning":     zero[resthook.Warning]("File Key Text", ""),
		"Setting":     {of: settings(func(s resthook.Settings) any { return s[0] }), shown: "KeepAliveAppKeys ClientACLPropertyName"},
		"Settings":    {of: settings(func(s resthook.Settings) any { return s }), shown: "KeepAliveAppKeys ClientACLPropertyName"},
		"Rule":        zero[resthook.Rule]("RestPolicy RestOnError ClientExclude RestExclude RestOverwrite", ""),
		"Policy":      {of: policyOf, shown: "Method", wire: "*"},

		"DataSendConfig": zero[resthook.DataSendConfig]("Username", ""), "DeliverFunc": nothing,

		// The outcome of a hook.
		"Error":         zero[resthook.Error]("Hook App Session ID Kind Action Err", ""),
		"FieldError":    zero[resthook.FieldError]("Field Want Found", ""),
		"Start":         zero[resthook.Start]("Hook App Session ID", ""),
		"AttemptStart":  zero[resthook.AttemptStart]("Hook App Session ID URL", ""),
		"Attempt":       zero[resthook.Attempt]("Hook App Session ID URL Err", ""),
		"Outcome":       zero[resthook.Outcome]("Hook App Session ID Action Err", ""),
		"EventOutcome":  zero[resthook.EventOutcome]("About.MediaSessionID About.Name About.CallID About.EventStatus ID Hook App Session Result Action Err", ""),
		"About":         zero[resthook.About]("MediaSessionID Name CallID EventStatus", ""),
		"Event":         zero[resthook.Event]("ID Hook AppKey Session", "*"),
		"Drop":          zero[resthook.Drop]("Event.ID Event.Hook Event.AppKey Event.Session Result", "*"),
		"EventCount":    zero[resthook.EventCount]("Hook Result", ""),
		"Stats":         zero[resthook.Stats]("Events.Hook Events.Result Backends.App Backends.URL Fallbacks.Hook", ""),
		"FallbackCount": zero[resthook.FallbackCount]("Hook", ""),
		"Credentials":   zero[resthook.Credentials]("Username", ""),
		"BackendStats":  zero[resthook.BackendStats]("App URL", ""),

		// Payloads, whose JSON is what goes over the wire.
		"BugReport": payload[resthook.BugReport](idFields + "Type Filename Status Info"),
		"Call": payload[resthook.Call](callFields +
			"ParentCallID Caller Callee VisibleName Target MediaProvider RTMPStream RTMPStreamStatus"),
		"Connection": payload[resthook.Connection](idFields + "MediaProviders ClientVersion ClientOSVersion ClientBrowserVersion Origin " +
			"Login SIPLogin SIPAuthenticationName SIPVisibleName SIPDomain SIPOutboundProxy SupportedResolutions Status Info"),
		"DTMF":         payload[resthook.DTMF](idFields + "CallID Type"),
		"Data":         payload[resthook.Data](idFields + "OperationID Status Info"),
		"DebugSession": payload[resthook.DebugSession](idFields + "Command Status Info"),
		"ErrorReport":  payload[resthook.ErrorReport](idFields + "APIMethod ID Status Info"),
		"MediaState":   payload[resthook.MediaState](""),
		"Message":      payload[resthook.Message](idFields + "ID From To VisibleName ContentType Status Info"),
		"Playback":     payload[resthook.Playback](streamFields + "UserAgent OldUserAgent"),
		"Recording":    payload[resthook.Recording](streamFields + "Info"),
		"Registration": payload[resthook.Registration](idFields + "Status Info"),
		"Report":       payload[resthook.Report](idFields),
		"Stream": payload[resthook.Stream](streamFields + "Info RecordName MediaType AudioCodec VideoCodec CodecImpl " +
			"Transport"),
		"StreamSignal": payload[resthook.StreamSignal](idFields + "MediaSessionID Type Origin"),
		"Subscription": payload[resthook.Subscription](idFields + "Event Status"),
		"XCAP":         payload[resthook.XCAP](idFields + "Status"),

		// What runs.
		"Client":  {of: func(t *testing.T, f *filler) any { t.Helper(); return clientOf(t, f) }, shown: "Key Username"},
		"Session": {of: sessionOf, shown: "SessionID AppKey"},

		"Queue": {of: queueOf},
		"Lease": {of: leaseOf},

		"backend.Delivery": zero[backend.Delivery]("Method Session ID", ""),
		"backend.Mux":      {of: func(*testing.T, *filler) any { return backend.NewMux() }},
		"backend.Sender":   {of: senderOf},
		"backend.Session":  zero[backend.Session]("Node App ID Login", ""),
		"backend.Sessions": {of: sessionsOf},

		"hooktest.Backend":  {of: recorderOf},
		"hooktest.Conn":     {of: connOf, shown: "SessionID"},
		"hooktest.Socket":   {of: func(t *testing.T, _ *filler) any { t.Helper(); return hooktest.NewSocket(t) }},
		"hooktest.Request":  zero[hooktest.Request]("Hook", "*"),
		"hooktest.Received": zero[hooktest.Received[resthook.Stream]]("Request.Hook", "*"),
	}
}

func settings(pick func(resthook.Settings) any) func(*testing.T, *filler) any {
	return func(_ *testing.T, f *filler) any {
		var cfg resthook.Config
		f.fill(reflect.ValueOf(&cfg).Elem(), "")
		return pick(cfg.Settings())
	}
}

func policyOf(t *testing.T, f *filler) any {
	t.Helper()
	policy, err := resthook.ParsePolicy(fmt.Appendf(nil, `{"%s":{"restExclude":"sdp","other":%q}}`, f.text("Method"), f.text("value")))
	require.NoError(t, err)
	return policy
}

func clientOf(t *testing.T, f *filler) *resthook.Client {
	t.Helper()
	cfg := resthook.DefaultConfig()
	cfg.SecretKey, cfg.HLSAuthEnabled = f.secret("SecretKey"), true
	signing := base64.StdEncoding.EncodeToString([]byte(f.secret("SigningSecrets").Reveal()))
	client, err := resthook.NewClient(cfg, resthook.WithHeader("X-Key", f.text("header")), resthook.WithLogger(slog.New(slog.DiscardHandler)),
		resthook.WithApp(resthook.App{URL: hooktest.NewSocket(t).URL(), Username: "u", Password: f.secret("Password")}),
		resthook.WithApp(resthook.App{Key: f.text("Key"), URL: "http://backend.example/", SigningSecrets: secrets(signing)}))
	require.NoError(t, err)
	t.Cleanup(func() { closeClient(t, client) })
	require.NoError(t, client.AdmitHLS(t.Context(), viewer(f.text("a token that was admitted"))))
	return client
}

func sessionOf(t *testing.T, f *filler) any {
	t.Helper()
	conn := new(resthook.Connection)
	f.fill(reflect.ValueOf(conn).Elem(), "")
	conn.RestClientConfig = nil
	session, err := clientOf(t, &filler{}).Resume(conn)
	require.NoError(t, err)
	return session
}

func queueOf(t *testing.T, f *filler) any {
	t.Helper()
	queue := resthook.NewQueue(resthook.QueueLimits{})
	put(t, queue, resthook.Event{ID: "id", Hook: "x", Session: "s", Body: []byte(f.text("Body"))})
	return queue
}

func leaseOf(t *testing.T, f *filler) any {
	t.Helper()
	queue, _ := queueOf(t, f).(resthook.Queue)
	lease, err := queue.Pull(t.Context(), []string{""})
	require.NoError(t, err)
	return lease
}

func connOf(t *testing.T, f *filler) any {
	t.Helper()
	conns := make(chan *hooktest.Conn, 1)
	socket := hooktest.NewSocket(t, hooktest.OnRequest(func(c *hooktest.Conn) { conns <- c; c.Send(okAnswer) }))
	_, err := resthook.Connect.Send(t.Context(), socket.Client(), &resthook.Connection{SIPPassword: f.text("SIPPassword")})
	require.NoError(t, err)
	socket.Close()
	return <-conns
}

func senderOf(t *testing.T, f *filler) any {
	t.Helper()
	url := "http://u:" + f.text("password") + "@backend.example"
	sender, err := backend.NewSender(backend.SenderConfig{URL: func(string) (string, error) { return url, nil }})
	require.NoError(t, err)
	return sender
}

func sessionsOf(t *testing.T, f *filler) any {
	t.Helper()
	sessions := backend.NewSessions(0)
	conn := &resthook.Connection{NodeID: f.text("NodeID"), SessionID: f.text("SessionID"), Custom: map[string]any{"token": f.text("Custom")}}
	_, err := sessions.OnConnect(nil)(t.Context(), conn)
	require.NoError(t, err)
	return sessions
}

func recorderOf(t *testing.T, f *filler) any {
	t.Helper()
	recorder := hooktest.NewBackend(t)
	_, err := resthook.Connect.Send(t.Context(), recorder.Client(), &resthook.Connection{SIPPassword: f.text("SIPPassword")})
	require.NoError(t, err)
	return recorder
}

// filler fills fields with texts, and remembers the field of each.
type filler struct {
	paths   []string
	secrets []string // the paths of those that even reflection can't see
}

const canary = "c4n4ry"

// text is the next text: all that is in it is the canary and a number.
func (f *filler) text(path string) string {
	f.paths = append(f.paths, path)
	return fmt.Sprintf("%s%03d", canary, len(f.paths)-1)
}

// secret is the next text, as a secret.
func (f *filler) secret(path string) resthook.Secret {
	f.secrets = append(f.secrets, path)
	return resthook.NewSecret(f.text(path))
}

// fill fills the exported fields.
func (f *filler) fill(v reflect.Value, path string) {
	switch at := v.Addr().Interface().(type) {
	case *resthook.Secret:
		*at = f.secret(path)
		return
	case *error:
		*at = errors.New(f.text(path))
		return
	case *resthook.Method:
		*at = resthook.Connect
		return
	case **resthook.Policy:
		*at, _ = resthook.ParsePolicy([]byte(`{}`))
		return
	case *json.RawMessage:
		*at = json.RawMessage(`"` + f.text(path) + `"`)
		return
	case *http.Header:
		*at = http.Header{"Authorization": {f.text(path)}}
		return
	}
	f.fillKind(v, path)
}

func (f *filler) fillKind(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.String:
		text := f.text(path)
		if strings.HasSuffix(path, "URL") || path == "URLServer" {
			text = "rtsp://u:" + text + "@host.example/cam?token=" + text
		}
		v.SetString(text)
	case reflect.Interface:
		v.Set(reflect.ValueOf(f.text(path)))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), path)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(f.text(path)))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		f.fill(v.Index(0), path)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key, path)
		f.fill(value, path)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for field, at := range v.Fields() {
			if field.IsExported() {
				f.fill(at, strings.TrimPrefix(path+"."+field.Name, "."))
			}
		}
	}
}

// seen are the fields whose text is in a text, as it is or encoded.
func (f *filler) seen(text string) []string {
	if !leaks(text, canary) {
		return nil
	}
	var seen []string
	for i, path := range f.paths {
		if leaks(text, fmt.Sprintf("%s%03d", canary, i)) {
			seen = append(seen, path)
		}
	}
	slices.Sort(seen)
	return slices.Compact(seen)
}

// No way to print a value of an exported type shows more of it than its row says.
func TestExportedTypesShowNoSecret(t *testing.T) {
	t.Parallel()
	for name, s := range specimens() {
		if s.of == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := new(filler)
			v := s.of(t, f)
			require.NotPanics(t, func() { _ = fmt.Sprint(v) })
			for how, text := range printings(t, v) {
				allowed(t, how, s.shown, f.seen(text))
			}
			if at := reflect.ValueOf(v); at.Kind() == reflect.Pointer && !hasLock(at.Type().Elem()) {
				for how, text := range printings(t, at.Elem().Interface()) {
					allowed(t, how+" of the value", s.shown, f.seen(text))
				}
			}
			if s.wire != "*" {
				allowed(t, "json", s.shown+" "+s.wire, f.seen(inJSON(v)))
			}
			if len(f.secrets) == 0 {
				return // and what runs has locks that a walk does not take
			}
			for _, field := range f.seen(walked(v)) {
				assert.NotContains(t, f.secrets, field, "it is seen without asking")
			}
		})
	}
}

func hasLock(of reflect.Type) bool {
	return slices.Contains([]string{"Client", "Session", "Backend", "Socket", "Sessions", "Conn", "memory", "queue", "Target", "Policy", "Mux"}, of.Name())
}

func allowed(t *testing.T, how, fields string, seen []string) {
	t.Helper()
	for _, field := range seen {
		assert.Contains(t, strings.Fields(fields), field, "%s shows it", how)
	}
}

// A new type needs a row.
func TestEachExportedTypeHasARow(t *testing.T) {
	t.Parallel()
	want := slices.Concat(exportedTypes(t, ".", ""), exportedTypes(t, "backend", "backend."), exportedTypes(t, "hooktest", "hooktest."))
	slices.Sort(want)
	assert.Equal(t, want, slices.Sorted(maps.Keys(specimens())))
}

func exportedTypes(t *testing.T, dir, prefix string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+entry.Name(), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.TYPE {
				for _, spec := range group.Specs {
					if named, ok := spec.(*ast.TypeSpec); ok && named.Name.IsExported() {
						names = append(names, prefix+named.Name.Name)
					}
				}
			}
		}
	}
	return names
}
