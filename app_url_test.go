package resthook_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/wcskit/resthook"
)

// Every fault of an app's URL is one of the config, and names the app.
func TestURLIsChecked(t *testing.T) {
	t.Parallel()
	for raw, says := range map[string]string{
		"":                 "an app needs one",
		"//h/rest":         "it does not begin with http",
		"http://u:p@ss@h":  "more than one @",
		"http://u:%0ap@h":  "a control character",
		"http://u%3Ax:p@h": "a colon",
	} {
		_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{Key: "a", URL: raw}))
		if assert.ErrorIs(t, err, resthook.ErrConfig, "%q", raw) {
			assert.ErrorContains(t, err, says, "%q", raw)
			assert.ErrorContains(t, err, `app "a"`)
		}
	}
}

func long(text string, n int) string { return strings.Repeat(text, n) }

// Of each URL that is taken, the address that is dialled, the Host header and
// what is printed are one.
func TestURLIsDialledAsItIsPrinted(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"http://backend":                      "backend:80 backend http://backend",
		"HTTP://Backend.Example:8081/Rest/":   "backend.example:8081 backend.example:8081 http://backend.example:8081/Rest",
		"http://u:p@my_backend/apps/EchoApp":  "my_backend:80 my_backend http://my_backend/apps/EchoApp",
		"http://h./a":                         "h.:80 h. http://h./a",
		"http://127.0.0.1":                    "127.0.0.1:80 127.0.0.1 http://127.0.0.1",
		"http://[0:0:0:0:0:0:0:1]:81":         "[::1]:81 [::1]:81 http://[::1]:81",
		"http://xn--bcher-kva.example/%C3%BC": "xn--bcher-kva.example:80 xn--bcher-kva.example http://xn--bcher-kva.example/%C3%BC",
		"http://h/a%2Fb/%7ec:1+2,3=4":         "h:80 h http://h/a%2Fb/%7ec:1+2,3=4",
	} {
		seen, err := sentTo(t.Context(), raw)
		require.NoError(t, err, raw)
		assert.Equal(t, want, seen.String(), raw)
	}
	rapid.Check(t, func(t *rapid.T) {
		raw := oddURL().Draw(t, "url")
		seen, err := sentTo(context.Background(), raw)
		if errors.Is(err, resthook.ErrConfig) {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		printed, err := url.Parse(seen.printed)
		if err != nil || printed.Host != seen.host || printed.EscapedPath()+"/connect" != seen.target {
			t.Fatalf("%q: printed %s, Host %s, target %s: %v", raw, seen.printed, seen.host, seen.target, err)
		}
		port := printed.Port()
		if port == "" {
			port = "80"
		}
		if dialled := net.JoinHostPort(printed.Hostname(), port); dialled != seen.dialled {
			t.Fatalf("%q: printed %s, dialled %s", raw, seen.printed, seen.dialled)
		}
	})
}

// oddURL is a URL of parts that are in order, and of parts that are not.
func oddURL() *rapid.Generator[string] {
	some := func(parts ...string) *rapid.Generator[string] {
		return rapid.OneOf(rapid.SampledFrom(parts), rapid.SampledFrom(parts[:3]), rapid.StringN(0, 3, -1))
	}
	return rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"http://", "HTTP://", "http:/", "http:", "http:////", ""}).Draw(t, "scheme") +
			some("", "", "u:p@", "@", "u@", "u:p@q@", "u%40:%3a@", `\@`).Draw(t, "user") +
			some("h", "Backend.example", "127.0.0.1", "<h>", `"h"`, "[::1]", "[fe80::1%25eth0]", "::1", "bücher", "h%41", "h.", "0", "h\u200b", "h h", "ｈ", "").Draw(t, "host") +
			some("", ":81", "", ":", ":0", ":080", ":65536", ":x").Draw(t, "port") +
			some("", "/", "/rest", "/a%2Fb", "/../x", "//x", "/a;b", "/?", "/#", "/%00", "/a b", "/ü", "/u@x").Draw(t, "path")
	})
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
