package backend_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// wrap wraps a handler with valid options.
func wrap(t *testing.T, next http.Handler, opts ...backend.Option) http.Handler {
	t.Helper()
	handler, err := backend.Wrap(next, opts...)
	require.NoError(t, err)
	return handler
}

// send posts a body with headers, which are given as alternating names and values.
func send(t *testing.T, handler http.Handler, path string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, body)
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

// untouched is a body that fails the test when it is read.
type untouched struct{ t *testing.T }

func (u untouched) Read([]byte) (int, error) {
	u.t.Error("the body of a stranger was read")
	return 0, io.EOF
}

// neverAsked is a handler that fails the test when it is called.
func neverAsked(t *testing.T) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a stranger's hook came through") })
}

const wcsKey = "1234567890"

// The expected hashes were computed with another program.
func TestHash(t *testing.T) {
	t.Parallel()
	handler := wrap(t, backend.Echo(), backend.WithHash(resthook.NewSecret(wcsKey)))
	for body, hash := range map[string]string{
		`{}`:                                   "6ba3d7619d7c1dc5e0f8493b186198d3",
		`{"nodeId":"n","appKey":"defaultApp"}`: "9f3d4366a068ecddf19cbb616c54d1a5",
		`{"name":"поток"}`:                     "872de1ac5c1fd614cb4a41e56c285cc0",
	} {
		wantOK(t, body, send(t, handler, "/connect", strings.NewReader(body), "Authorization", "WCS "+hash))
		wantOK(t, body, send(t, handler, "/connect", strings.NewReader(body), "Authorization", "wcs "+strings.ToUpper(hash)))
	}
}

func TestWrongHash(t *testing.T) {
	t.Parallel()
	handler := wrap(t, neverAsked(t), backend.WithHash(resthook.NewSecret(wcsKey)))
	const right = "6ba3d7619d7c1dc5e0f8493b186198d3" // the hash of {}
	wantRefusal(t, http.StatusForbidden, "wrong WCS hash", send(t, handler, "/connect", strings.NewReader(`{ }`), "Authorization", "WCS "+right))
	for _, hash := range []string{
		"defe0806e4edf12f6fbd455023bc9db4", // the hash of the empty body
		right[:30], right + "00", "",
	} {
		wantRefusal(t, http.StatusForbidden, "wrong WCS hash", send(t, handler, "/connect", strings.NewReader(`{}`), "Authorization", "WCS "+hash))
	}
	for _, header := range [][]string{
		{},
		{"Authorization", right},
		{"Authorization", "Basic " + right},
		{"Authorization", "WCS " + right[:31]},
		{"Authorization", "WCS not hexadecimal"},
		{"Authorization", "WCS " + right, "Authorization", "WCS " + right}, // it is not clear which of the two would count
	} {
		wantRefusal(t, http.StatusForbidden, "no WCS hash", send(t, handler, "/connect", untouched{t}, header...))
	}
}

func TestHashWhileTheKeyChanges(t *testing.T) {
	t.Parallel()
	handler := wrap(t, backend.Echo(), backend.WithHash(resthook.NewSecret("new"), resthook.NewSecret(wcsKey)))
	wantOK(t, `{}`, send(t, handler, "/connect", strings.NewReader(`{}`), "Authorization", "WCS 6ba3d7619d7c1dc5e0f8493b186198d3"))
	handler = wrap(t, neverAsked(t), backend.WithHash(resthook.NewSecret("new"), resthook.NewSecret("newer")))
	wantRefusal(t, http.StatusForbidden, "wrong", send(t, handler, "/connect", strings.NewReader(`{}`), "Authorization", "WCS 6ba3d7619d7c1dc5e0f8493b186198d3"))
}

func basic(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }

func TestBasicAuth(t *testing.T) {
	t.Parallel()
	const password = "p:ß:" // the password contains a colon
	handler := wrap(t, backend.Echo(), backend.WithBasicAuth("wcs", resthook.NewSecret(password)))
	wantOK(t, `{}`, send(t, handler, "/connect", strings.NewReader(`{}`), "Authorization", basic("wcs:"+password)))
	wantOK(t, `{}`, send(t, handler, "/connect", strings.NewReader(`{}`), "Authorization", "b"+basic("wcs:" + password)[1:]))

	handler = wrap(t, neverAsked(t), backend.WithBasicAuth("wcs", resthook.NewSecret(password)))
	for _, given := range []string{
		"", "Basic", "Basic ", "Basic !", basic(""), basic("wcs"), basic("wcs:"), basic(":" + password), basic(":"),
		basic("wcs:" + password + "x"), basic("wcs:p"), basic("Wcs:" + password), basic("wcs:" + strings.ToUpper(password)),
		"WCS " + base64.StdEncoding.EncodeToString([]byte("wcs:"+password)),
	} {
		answer := send(t, handler, "/connect", untouched{t}, "Authorization", given)
		wantRefusal(t, http.StatusUnauthorized, "name", answer)
		assert.Equal(t, `Basic realm="hooks", charset="UTF-8"`, answer.Header().Get("WWW-Authenticate"), given)
	}
	wantRefusal(t, http.StatusUnauthorized, "no name and password", send(t, handler, "/connect", untouched{t}))
}

// The client of the root package signs and sends; this package checks.
func TestChecksOfAClient(t *testing.T) {
	t.Parallel()
	hashed := resthook.DefaultConfig()
	hashed.SendHash, hashed.SecretKey = true, resthook.NewSecret(wcsKey)
	for name, c := range map[string]struct {
		cfg resthook.Config
		app resthook.App
		opt backend.Option
	}{
		"hash":  {hashed, resthook.App{}, backend.WithHash(resthook.NewSecret(wcsKey))},
		"basic": {resthook.DefaultConfig(), resthook.App{Username: "wcs", Password: resthook.NewSecret("pass")}, backend.WithBasicAuth("wcs", resthook.NewSecret("pass"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(wrap(t, backend.Echo(), c.opt))
			t.Cleanup(server.Close)
			connect := func(cfg resthook.Config, app resthook.App) error {
				app.URL = server.URL
				client, err := resthook.NewClient(cfg, resthook.WithApp(app))
				require.NoError(t, err)
				defer func() { assert.NoError(t, client.Close(context.WithoutCancel(t.Context()))) }()
				_, err = client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
				return err
			}
			require.NoError(t, connect(c.cfg, c.app))
			assert.True(t, resthook.Denied(connect(resthook.DefaultConfig(), resthook.App{})))
		})
	}
}
