package flags_test

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/flags"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

func ExampleBackendURL() {
	fmt.Println(flags.BackendURL("--to", "localhost:8080/rest"))
	_, err := flags.BackendURL("--to", "ftp://bob:s3cret@h")
	fmt.Println(err)
	// Output:
	// http://localhost:8080/rest <nil>
	// --to: url "ftp://h": it does not begin with http:// or https://
}

func TestListeningURL(t *testing.T) {
	t.Parallel()
	addr := &net.TCPAddr{IP: net.IPv6unspecified, Port: 80}
	for _, tt := range []struct{ flag, want string }{
		{":0", "http://localhost:80/a"},
		{"0.0.0.0:0", "http://localhost:80/a"},
		{"[::]:0", "http://localhost:80/a"},
		{"[::1]:0", "http://[::1]:80/a"},
		{"example.org:80", "http://example.org:80/a"},
	} {
		assert.Equal(t, tt.want, (&flags.Listening{Addr: tt.flag}).URL(addr, "/a"))
	}
}

func TestOnLoopback(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]bool{"127.0.0.1": true, "127.1.2.3": true, "::1": true, "0.0.0.0": false, "::": false, "10.0.0.1": false} {
		assert.Equal(t, want, flags.OnLoopback(&net.TCPAddr{IP: net.ParseIP(ip)}), ip)
	}
}

func TestServerKnowsItself(t *testing.T) {
	t.Parallel()
	s, err := (&flags.Listening{Addr: "127.0.0.1:0", Path: "/"}).Listen(t.Context(), &terminal.Streams{Err: &strings.Builder{}})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	own, err := url.Parse(s.Options.URL)
	require.NoError(t, err)
	for host, want := range map[string]bool{"127.0.0.1": true, "localhost": true, "[::1]": true, "10.0.0.1": false, "backend": false} {
		assert.Equal(t, want, s.IsAt(&url.URL{Scheme: "http", Host: host + ":" + own.Port()}), host)
		assert.False(t, s.IsAt(&url.URL{Scheme: "http", Host: host}), host)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	target := &flags.Target{Set: []string{"disable_rest_requests = true"}}
	cfg, err := target.Settings()
	require.NoError(t, err)
	assert.True(t, cfg.DisableRestRequests)
	_, err = target.EnabledSettings()
	assert.EqualError(t, err, "disable_rest_requests is true: no hook would be sent")
}
