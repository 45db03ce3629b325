package resthook_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// owner is a media server's type with our values in unexported fields, where no printer can
// call their methods.
type owner struct {
	secret  resthook.Secret
	pointer *resthook.Secret
	config  resthook.Config
	app     *resthook.App
	secrets []resthook.Secret
	table   map[string]resthook.Secret
	anyhow  any
}

func owning(secret resthook.Secret) owner {
	config := resthook.DefaultConfig()
	config.SecretKey = secret
	app := &resthook.App{URL: "http://h", Username: "u", Password: secret, SigningSecrets: []resthook.Secret{secret}}
	return owner{
		secret: secret, pointer: &secret, config: config, app: app, secrets: []resthook.Secret{secret},
		table: map[string]resthook.Secret{"k": secret}, anyhow: secret,
	}
}

var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%c", "%U", "%o", "%b", "%t", "%e", "%g", "%20s", "%-20v", "%.2s"}

// printings are the ways in which fmt and slog print a value.
func printings(t *testing.T, v any) map[string]string {
	t.Helper()
	shown := map[string]string{}
	for _, verb := range verbs {
		shown["fmt "+verb] = fmt.Sprintf(verb, v)
	}
	var text, lines bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v, slog.Group("g", "v", []any{v}))
	slog.New(slog.NewJSONHandler(&lines, nil)).With("v", v).Info("m", "v", v)
	shown["slog text"], shown["slog json"] = text.String(), lines.String()
	return shown
}

// walked is a value as testify prints it where two values differ: by reflection, without
// its methods.
func walked(v any) string {
	var failed failures
	assert.Equal(&failed, 1, v)
	assert.Equal(&failed, []any{v}, []any{})
	return failed.String()
}

// inJSON is a value as an encoder writes it: alone, in others, and in a log.
func inJSON(v any) string {
	alone, _ := json.Marshal(v)
	inside, _ := json.Marshal(struct{ A any }{[]any{v}})
	var lines bytes.Buffer
	slog.New(slog.NewJSONHandler(&lines, nil)).Info("m", "v", []any{v})
	return string(alone) + string(inside) + lines.String()
}

// failures is a test that collects its errors.
type failures struct{ strings.Builder }

func (f *failures) Errorf(format string, args ...any) { fmt.Fprintf(f, format, args...) }

func TestSecretIsSeenByNoPrinter(t *testing.T) {
	t.Parallel()
	secret := resthook.NewSecret("s3cret")
	held := owning(secret)
	for name, v := range map[string]any{
		"secret": secret, "pointer": &secret, "slice": []resthook.Secret{secret}, "map": map[string]resthook.Secret{"k": secret},
		"config": held.config, "app": held.app, "unexported": held, "pointer to unexported": &held, "in any": []any{held},
	} {
		for how, text := range printings(t, v) {
			assert.False(t, leaks(text, "s3cret"), "%s, %s: %s", name, how, text)
		}
		assert.False(t, leaks(walked(v), "s3cret"), "%s, walked: %s", name, walked(v))
		assert.False(t, leaks(inJSON(v), "s3cret"), "%s, JSON: %s", name, inJSON(v))
	}
}

// leaks reports whether a text holds another, as it is or as numbers.
func leaks(text, canary string) bool {
	for _, form := range []string{
		"%s", "%x", "%X", "% x", "% X", "%d", "%o", "%b", "%c", "%U", "%#v", "%v",
	} {
		if strings.Contains(text, fmt.Sprintf(form, canary)) || strings.Contains(text, strings.Trim(fmt.Sprintf(form, []byte(canary)), "[]")) {
			return true
		}
	}
	encoded, _ := json.Marshal([]byte(canary + "xyz")[:len(canary)/3*3])
	return strings.Contains(text, strings.Trim(string(encoded), `"`))
}

func TestSecretInEncoders(t *testing.T) {
	t.Parallel()
	type config struct{ Key, None resthook.Secret }
	given := config{Key: resthook.NewSecret("s3cret")}
	asJSON, err := json.Marshal(given)
	require.NoError(t, err)
	assert.JSONEq(t, `{"Key":"***","None":""}`, string(asJSON))
	asXML, err := xml.Marshal(given)
	require.NoError(t, err)
	assert.Equal(t, "<config><Key>***</Key><None></None></config>", string(asXML))
	require.Error(t, gob.NewEncoder(io.Discard).Encode(given), "rather than half of it")
	var read config
	require.NoError(t, json.Unmarshal([]byte(`{"Key":"s3cret","None":""}`), &read))
	assert.Equal(t, "s3cret", read.Key.Reveal())
	assert.Empty(t, read.None.Reveal())
	require.ErrorIs(t, json.Unmarshal(asJSON, &read), resthook.ErrConfig, "what was masked does not come back")
	require.ErrorIs(t, xml.Unmarshal(asXML, &read), resthook.ErrConfig)
}

func TestSecretText(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "*** *** ***", fmt.Sprintf("%v %d %x", resthook.NewSecret("s3cret"), resthook.NewSecret("s3cret"), resthook.NewSecret("s3cret")))
	assert.Equal(t, `"" `, fmt.Sprintf("%#v %s", resthook.NewSecret(""), resthook.NewSecret("")), "no secret is no secret")
}

func TestSecretsCompare(t *testing.T) {
	t.Parallel()
	a, b := resthook.NewSecret("s3cret"), resthook.NewSecret("s3cret")
	assert.True(t, a.Equal(b))
	assert.True(t, resthook.Secret{}.Equal(resthook.NewSecret("")))
	assert.Equal(t, resthook.Secret{}, resthook.NewSecret(""), "both are zero")
	for _, other := range []string{"", "s3cre", "s3creT", "s3cret "} {
		assert.False(t, a.Equal(resthook.NewSecret(other)), "%q", other)
	}
}

func FuzzMaskURL(f *testing.F) {
	for _, raw := range []string{"http://h/p", "https://u:s3cret@h/p?t=s3cret#s3cret", "http://s3cret@h", "://", "http://h:x", "http:s3cret@h", "//s3cret@h/"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		shown := resthook.MaskURL(raw)
		if shown == "(unparsable URL)" {
			return
		}
		u, err := url.Parse(shown)
		require.NoError(t, err)
		require.Nil(t, u.User)
		require.Empty(t, u.RawQuery)
		require.Empty(t, u.Fragment)
	})
}
