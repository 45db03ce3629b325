package resthook_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

func roomMessage(t *testing.T) resthook.Method {
	t.Helper()
	hook, err := resthook.NewHook[map[string]any]("roomMessage", resthook.KindDirect)
	require.NoError(t, err)
	return hook
}

// Mistakes in an app are errors: none of them lets a client in.
func TestAppErrors(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		app  resthook.App
		says string
	}{
		"empty":        {resthook.App{Methods: []resthook.Method{}}, "its methods lack Connect"},
		"no connect":   {resthook.App{Methods: []resthook.Method{resthook.PublishStream}}, "its methods lack Connect"},
		"nil":          {resthook.App{Methods: []resthook.Method{resthook.Connect, nil}}, "a nil method"},
		"zero":         {resthook.App{Methods: []resthook.Method{resthook.Connect, resthook.Hook[resthook.Stream]{}}}, "a method that NewHook did not make"},
		"twice":        {resthook.App{Methods: []resthook.Method{resthook.Connect, resthook.PlayHLS, resthook.PlayHLS}}, "method playHLS is there twice"},
		"both":         {resthook.App{Methods: []resthook.Method{resthook.Connect}, ConnectUnasked: true}, "but ConnectUnasked is set"},
		"key's blank":  {resthook.App{Key: "a "}, "its key begins or ends with a blank"},
		"key's end":    {resthook.App{Key: "a\n"}, "its key begins or ends with a blank"},
		"control":      {resthook.App{Username: "u\n"}, "a control character"},
		"password's":   {resthook.App{Username: "u", Password: resthook.NewSecret("p\x00")}, "a control character"},
		"masked":       {resthook.App{Username: "u", Password: resthook.NewSecret("***")}, "was masked"},
		"masked user":  {resthook.App{URL: "http://***@h"}, "was masked"},
		"masked key":   {resthook.App{SigningSecrets: []resthook.Secret{resthook.NewSecret("***")}}, "was masked"},
		"masked later": {resthook.App{URL: "http://u:***@h"}, "was masked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if row.app.URL == "" {
				row.app.URL = "http://h"
			}
			_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(row.app))
			require.ErrorIs(t, err, resthook.ErrConfig)
			assert.ErrorContains(t, err, row.says)
			assert.ErrorContains(t, err, "app")
		})
	}
}

// The methods of an app are sent, and no others.
func TestAppMethods(t *testing.T) {
	t.Parallel()
	own := roomMessage(t)
	for name, row := range map[string]struct {
		app   resthook.App
		asked []string
	}{
		"all":              {resthook.App{}, []string{"connect", "publishStream", "roomMessage"}},
		"a list":           {resthook.App{Methods: []resthook.Method{own, resthook.Connect}}, []string{"connect", "roomMessage"}},
		"all but connect":  {resthook.App{ConnectUnasked: true}, []string{"publishStream", "roomMessage"}},
		"one, not connect": {resthook.App{ConnectUnasked: true, Methods: []resthook.Method{resthook.PublishStream}}, []string{"publishStream"}},
		"none":             {resthook.App{ConnectUnasked: true, Methods: []resthook.Method{}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, socket := recorder(t, resthook.DefaultConfig(), row.app)
			session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
			require.NoError(t, err)
			for _, method := range []resthook.Method{resthook.PublishStream, own} {
				_, err := method.SendJSON(t.Context(), session, []byte(`{}`))
				require.NoError(t, err)
			}
			var asked []string
			for _, request := range socket.Requests() {
				asked = append(asked, request.Hook)
			}
			assert.Equal(t, row.asked, asked)
		})
	}
}

func TestAppGoesThroughJSON(t *testing.T) {
	t.Parallel()
	for name, app := range map[string]resthook.App{
		"zero":    {},
		"all":     {Key: "a", URL: "https://h/rest", Username: "u"},
		"some":    {URL: "https://h", Methods: []resthook.Method{resthook.Connect, resthook.MakeCall}},
		"none":    {URL: "https://h", Methods: []resthook.Method{}, ConnectUnasked: true},
		"own too": {URL: "https://h", Methods: []resthook.Method{resthook.Connect, roomMessage(t)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := json.Marshal(app)
			require.NoError(t, err)
			var read resthook.App
			require.NoError(t, json.Unmarshal(text, &read))
			assert.Equal(t, app, read)
		})
	}
	text, err := json.Marshal(resthook.App{Methods: []resthook.Method{resthook.Connect, roomMessage(t)}})
	require.NoError(t, err)
	assert.Contains(t, string(text), `"Methods":["connect",{"name":"roomMessage","kind":"direct"}]`)
	_, err = json.Marshal(resthook.App{Methods: []resthook.Method{nil}})
	assert.ErrorIs(t, err, resthook.ErrConfig)
}

func TestAppReadFromJSON(t *testing.T) {
	t.Parallel()
	app := resthook.App{Key: "kept"}
	require.NoError(t, json.Unmarshal([]byte(`null`), &app))
	assert.Equal(t, "kept", app.Key)
	require.NoError(t, json.Unmarshal([]byte(`{"url":"http://h","methods":["connect",{"name":"playHLS","kind":"direct"}]}`), &app))
	assert.Equal(t, resthook.App{URL: "http://h", Methods: []resthook.Method{resthook.Connect, resthook.PlayHLS}}, app)
	for text, says := range map[string]string{
		`{"Methods":["Connect"]}`:                               `unknown method "Connect"; did you mean connect?`,
		`{"Methods":["PublishStream"]}`:                         `did you mean publishStream?`,
		`{"Methods":["publishSteam"]}`:                          `did you mean publishStream?`,
		`{"Methods":["sendDTMF"]}`:                              `did you mean sendDtmf?`,
		`{"Methods":["hald"]}`:                                  `did you mean hold?`,
		`{"Methods":["roll"]}`:                                  "unknown method \"roll\"\x00", // call is two letters away: another word
		`{"Methods":["disconnect"]}`:                            "unknown method \"disconnect\"\x00",
		`{"Methods":[""]}`:                                      "unknown method \"\"\x00",
		`{"Methods":["` + long("x", 99) + `"]}`:                 `unknown method "` + long("x", 40) + "\"\x00",
		`{"Methods":[1]}`:                                       "cannot unmarshal number",
		`{"Methods":"connect"}`:                                 "cannot unmarshal string",
		`{"Methods":[{"name":"a/b","kind":"direct"}]}`:          `hook name "a/b"`,
		`{"Methods":[{"name":"x"}]}`:                            "is no kind",
		`{"Methods":[{"name":"x","kind":"sideways"}]}`:          `"sideways"`,
		`{"Methods":[{"name":"x","kind":"event","more":1}]}`:    `unknown key "more"`,
		`{"Methods":[{"name":"publishStream","kind":"event"}]}`: "method publishStream is of the kind direct, not event",
		`{"Method":["connect"]}`:                                `unknown key "Method"; did you mean Methods?`,
		`{"connect_unasked":true}`:                              `did you mean ConnectUnasked?`,
		`{"Host":"h"}`:                                          "unknown key \"Host\"\x00",
		`{"URL":"http://a","url":"http://b"}`:                   "key URL is there twice",
		`{"Methods":["connect"],"Methods":null}`:                "key Methods is there twice",
		`[]`:                                                    "cannot unmarshal array",
	} {
		err := json.Unmarshal([]byte(text), new(resthook.App))
		if assert.ErrorIs(t, err, resthook.ErrConfig, text) {
			assert.Contains(t, err.Error()+"\x00", says, text)
		}
	}
}

// A secret that was masked when an App was written is refused when it is read again.
func TestMaskedAppIsRefused(t *testing.T) {
	t.Parallel()
	for name, app := range map[string]resthook.App{
		"password": {URL: "http://h", Username: "u", Password: resthook.NewSecret("s3cret")},
		"url":      {URL: "http://u:s3cret@h/rest"},
		"signing":  {URL: "http://h", SigningSecrets: []resthook.Secret{resthook.NewSecret("whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(app))
			require.NoError(t, err)
			text, err := json.Marshal(app)
			require.NoError(t, err)
			assert.NotContains(t, string(text), "s3cret")
			read := new(resthook.App)
			err = json.Unmarshal(text, read)
			if err == nil {
				_, err = resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(*read))
			}
			require.ErrorIs(t, err, resthook.ErrConfig)
			assert.ErrorContains(t, err, "was masked")
		})
	}
}

func long(text string, n int) string { return strings.Repeat(text, n) }

// The address that is dialled, the Host header and the printed URL agree, for each URL
// that is accepted.
func TestURLIsDialledAsItIsPrinted(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"http://backend":                     "backend:80 backend http://backend",
		"HTTP://Backend.Example:8081/Rest/":  "backend.example:8081 backend.example:8081 http://backend.example:8081/Rest",
		"http://u:p@my_backend/apps/EchoApp": "my_backend:80 my_backend http://my_backend/apps/EchoApp",
		"http://[0:0:0:0:0:0:0:1]:81":        "[::1]:81 [::1]:81 http://[::1]:81",
	} {
		seen, err := sentTo(t.Context(), raw)
		require.NoError(t, err, raw)
		assert.Equal(t, want, seen.String(), raw)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		checkDialled(t, oddURL(random))
	}
}

func checkDialled(t *testing.T, raw string) {
	t.Helper()
	seen, err := sentTo(t.Context(), raw)
	if errors.Is(err, resthook.ErrConfig) {
		return
	}
	require.NoError(t, err, "%q", raw)
	printed, err := url.Parse(seen.printed)
	require.NoError(t, err, "%q", raw)
	assert.Equal(t, printed.Host, seen.host, "%q", raw)
	assert.Equal(t, printed.EscapedPath()+"/connect", seen.target, "%q", raw)
	assert.Equal(t, net.JoinHostPort(printed.Hostname(), cmp.Or(printed.Port(), "80")), seen.dialled, "%q", raw)
}

// oddURL makes a URL of valid and invalid parts.
func oddURL(random *rand.Rand) string {
	oneOf := func(parts ...string) string { return parts[random.IntN(len(parts))] }
	some := func(parts ...string) string {
		switch random.IntN(3) {
		case 0:
			return oneOf(parts...)
		case 1:
			return oneOf(parts[:3]...)
		}
		text := make([]rune, random.IntN(4))
		for i := range text {
			text[i] = random.Int32N([]rune{0x80, 0x800, unicode.MaxRune}[random.IntN(3)])
		}
		return string(text)
	}
	return oneOf("http://", "HTTP://", "http:/", "http:", "http:////", "") +
		some("", "", "u:p@", "@", "u@", "u:p@q@", "u%40:%3a@", `\@`) +
		some("h", "Backend.example", "127.0.0.1", "<h>", `"h"`, "[::1]", "[fe80::1%25eth0]", "::1", "bücher", "h%41", "h.", "0", "h\u200b", "h h", "ｈ", "") +
		some("", ":81", "", ":", ":0", ":080", ":65536", ":x") +
		some("", "/", "/rest", "/a%2Fb", "/../x", "//x", "/a;b", "/?", "/#", "/%00", "/a b", "/ü", "/u@x")
}

// sighting is where a hook went.
type sighting struct{ dialled, host, target, printed string }

func (s sighting) String() string { return s.dialled + " " + s.host + " " + s.printed }

// sentTo sends a hook to an app with the URL.
func sentTo(ctx context.Context, raw string) (sighting, error) {
	var seen sighting
	dial := func(_ context.Context, _, address string) (net.Conn, error) {
		seen.dialled = address
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			req, err := http.ReadRequest(bufio.NewReader(theirs))
			if err != nil {
				return
			}
			seen.host, seen.target = req.Host, req.RequestURI
			_, _ = fmt.Fprint(theirs, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
		}()
		return ours, nil
	}
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: raw}), resthook.WithDialContext(dial))
	if err != nil {
		return seen, err
	}
	_, err = client.Connect(ctx, &resthook.Connection{})
	fault, _ := errors.AsType[*resthook.Error](err)
	if !resthook.Denied(err) {
		return seen, fmt.Errorf("connect: %w", err)
	}
	seen.printed = strings.TrimSuffix(fault.URL, "/connect")
	return seen, client.Close(ctx)
}

// A URL that lacks a slash or a colon before its password shows nothing.
func TestBrokenURLShowsNoSecret(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"http:/user:S3CRET@host/rest", "https//user:S3CRET@host/rest", "https:///user:S3CRET@host/rest", "http:user:S3CRET@host",
		"user:S3CRET@host/rest", "S3CRET:x@host", "//@S3CRET@h", "//@//S3CRET@", "http://user:12/S3CRET@host/rest", "http://user:1?S3CRET@host",
		"http://user:1#S3CRET@host", "http://user:S3CRET@host:x", "http://user:S3CRET @host", `http://user:S3CRET\@host`, "S3CRET",
		"http://user:p@S3CRET@host", "htp:/user:S3CRET@host", "https://user:S3CRET@/rest", "https://user:S3CRET@:443/rest",
	} {
		app := resthook.App{URL: raw}
		_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(app))
		require.ErrorIs(t, err, resthook.ErrConfig, raw)
		text, jsonErr := app.MarshalJSON()
		require.NoError(t, jsonErr)
		client := newClient(t, "http://h")
		_, played := client.ParsePlayback(strings.Replace(raw, "http", "rtsp", 1))
		shown := fmt.Sprintf("%v %+v %#v %s %v %s %v", app, app, app, app, app.LogValue(), text, errors.Join(err, played))
		assert.NotContains(t, shown, "S3CRET", raw)
	}
}

// Several URLs come back from JSON, without their secrets.
func TestURLsInJSON(t *testing.T) {
	t.Parallel()
	app := resthook.App{Key: "k", URLs: []string{"http://u:secret@a.example/x", "http://b.example"}, RoundRobin: true}
	text, err := json.Marshal(app)
	require.NoError(t, err)
	assert.JSONEq(t, `{"Key":"k","URL":"","URLs":["http://***@a.example/x","http://b.example"],"RoundRobin":true,"Username":"","Password":"","SigningSecrets":null,"Methods":null,"ConnectUnasked":false}`, string(text))
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", app, app, app), "secret")
	var read resthook.App
	require.NoError(t, json.Unmarshal([]byte(`{"Key":"k","urls":["http://a.example","http://b.example"],"roundrobin":true}`), &read))
	assert.Equal(t, resthook.App{Key: "k", URLs: []string{"http://a.example", "http://b.example"}, RoundRobin: true}, read)
}
