package resthook_test

import (
	"encoding/json"
	"testing"

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

// No slip in the methods lets anybody in.
func TestMethodsThatAreRefused(t *testing.T) {
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

// What an app asks for is asked for, and nothing else.
func TestMethodsThatAreAsked(t *testing.T) {
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

// A secret that was masked when it was written is refused when it comes back.
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

func TestMaskedConfigIsRefused(t *testing.T) {
	t.Parallel()
	for _, send := range []bool{false, true} {
		cfg := resthook.DefaultConfig()
		cfg.SendHash, cfg.SecretKey = send, resthook.NewSecret("s3cret")
		text, err := json.Marshal(cfg)
		require.NoError(t, err)
		require.ErrorIs(t, json.Unmarshal(text, new(resthook.Config)), resthook.ErrConfig)
		cfg.SecretKey = resthook.NewSecret("***")
		require.ErrorIs(t, cfg.Validate(), resthook.ErrConfig)
		assert.ErrorContains(t, cfg.Validate(), "rest_hook_secret_key")
	}
}
