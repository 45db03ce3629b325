package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/cmd/resthook/internal/flags"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
	"github.com/wcskit/resthook/hooktest"
)

const (
	oneSecret   = "whsec_czNjcmV0czNjcmV0czNjcmV0czNjcmV0"
	otherSecret = "b3RoZXJzM2NyZXRvdGhlcnMzY3JldG90aGVy"
)

// senders are the commands that send hooks, each with arguments that make it send at
// least one.
func senders(t testing.TB) map[string][]string {
	t.Helper()
	file := write(t, "hooks.jsonl", recorded.Text(t, recorded.At(0, "call", "{}")))
	return map[string][]string{
		"send":   {"send", "connect"},
		"replay": {"replay", file, "--speed=0"},
		"bench":  {"bench", "--sessions=1", "--hold=0s"},
	}
}

func TestURLForms(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t)
	host := strings.TrimPrefix(backend.URL(), "http://")
	for i, tt := range []struct{ url, path, authorization string }{
		{"http://" + host, "/call", ""},
		{"HTTP://" + host, "/call", ""},
		{host, "/call", ""},
		{host + "/", "/call", ""},
		{host + "/rest/my_api", "/rest/my_api/call", ""},
		{"bob:s3cret@" + host + "/rest", "/rest/call", "Basic Ym9iOnMzY3JldA=="},
		{"bob:s3cret%40@" + host, "/call", "Basic Ym9iOnMzY3JldEA="},
	} {
		got := do(t, "send", "call", "--url", tt.url)
		assert.Equal(t, ran{exitFine, "{}\n", ""}, got, tt.url)
		sent := backend.Requests()[i]
		assert.Equal(t, []string{tt.path, tt.authorization}, []string{sent.Path, sent.Header.Get("Authorization")}, tt.url)
	}
}

func TestURLIsNotTrimmedNorGuessed(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", " ", " http://h", "http://h ", "http://h\t", "http://h\n", "h ", "\u200bhttp://h", "http://h\u200b", "http://h/\u202ex", "ho st", "h\x00",
		"/rest", "//h/rest", "http:/h", "http//h", "http:h", "httpd:80", "https:/bob:s3cret@h/rest", "http//bob:s3cret@h", "http:///bob:s3cret@h",
		"ftp://bob:s3cret@h", "://h", "bob:s3cret@", "bob:s3cret", "@h", ":s3cret@h", "bob:s3/cret@h", "bob:s3cret@h:x", "h:0", "h:99999", "h:",
		"h/a//b", "h/../x", "h?token=s3cret", "h#x", "0.0.0.0:80", "<backend>:80", "[::1", "a@b:s3cret@h",
	} {
		got := do(t, "send", "call", "--url", url)
		got.isMisuse(t)
		assert.True(t, strings.HasPrefix(got.err, "resthook: --url: "), "%q: %s", url, got.err)
		assert.NotContains(t, got.err, "s3cret", url)
	}
}

func TestSignedHooksFit(t *testing.T) {
	t.Parallel()
	mux, err := backend.Wrap(backend.NewMux(), backend.WithSignature(resthook.NewSecret(oneSecret)))
	require.NoError(t, err)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for name, args := range senders(t) {
		args = append(args, "--url", server.URL)
		got := do(t, append(args, "--sign", otherSecret, "--sign", oneSecret)...)
		assert.Equal(t, exitFine, got.code, got)
		assert.NotContains(t, got.out+got.err, "czNjcmV0", name)
		assert.Equal(t, exitRefused, do(t, append(args, "--sign", otherSecret)...).code, name)
		assert.Equal(t, exitRefused, do(t, args...).code, name)
	}
}

func TestSecretOfTheEnvironment(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	for _, tt := range []struct {
		env  string
		args []string
		want int // signatures
	}{
		{oneSecret, nil, 1},
		{"", nil, 0},
		{"no base64", []string{"--sign", oneSecret}, 1}, // the secrets of the flag replace it
		{oneSecret, []string{"--sign", oneSecret, "--sign", otherSecret}, 2},
	} {
		cmd := process(t, append([]string{"send", "call", "--url", b.URL()}, tt.args...)...)
		cmd.Env = append(cmd.Env, flags.SigningVariable+"="+tt.env)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		last := b.Requests()[len(b.Requests())-1]
		assert.Len(t, strings.Fields(last.Header.Get(resthook.HeaderSignature)), tt.want)
	}
	cmd := process(t, "send", "call", "--url", b.URL())
	cmd.Env = append(cmd.Env, flags.SigningVariable+"=s3cret!")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	assert.Equal(t, exitUsage, cmd.ProcessState.ExitCode())
	assert.Equal(t, "resthook: RESTHOOK_SIGNING_SECRET: a secret in base64 is wanted, with whsec_ before it or not\n", string(out))
}

func TestHeadersAreAdded(t *testing.T) {
	t.Parallel()
	for name, args := range senders(t) {
		b := hooktest.NewBackend(t)
		got := do(t, append(args, "--url", b.URL(), "--header", "X-Tenant: acme, inc", "--header", "x-room:7:8", "--header=X-Room:  9 ", "--header=X-Empty:")...)
		assert.Equal(t, exitFine, got.code, got)
		for _, sent := range b.Requests() {
			assert.Equal(t, []string{"acme, inc"}, sent.Header["X-Tenant"], name)
			assert.Equal(t, []string{"7:8", "9"}, sent.Header["X-Room"], name)
			assert.Equal(t, []string{""}, sent.Header["X-Empty"], name)
		}
	}
}

func TestConnectionMisuse(t *testing.T) {
	t.Parallel()
	b := hooktest.NewTLSBackend(t, hooktest.WantsCertificate)
	files := certificates(t, b)
	noPEM := write(t, "no.pem", "s3cret")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--sign="}, "--sign: a secret in base64 is wanted"},
		{[]string{"--sign", "s3cret!"}, "--sign: a secret in base64 is wanted"},
		{[]string{"--sign", "***"}, "--sign: a secret in base64 is wanted"},
		{[]string{"--sign", oneSecret, "--sign", "whsec_"}, "--sign: a secret in base64 is wanted"},
		{[]string{"--header", "s3cret"}, "--header: no colon in it: NAME: VALUE is wanted"},
		{[]string{"--header", "Authorization: s3cret"}, `--header "Authorization": not for an option to set`},
		{[]string{"--header", "webhook-signature: s3cret"}, `--header "Webhook-Signature": not for an option to set`},
		{[]string{"--header", "webhook-id:s3cret"}, `--header "Webhook-Id": not for an option to set`},
		{[]string{"--header", "Content-Type: s3cret"}, `--header "Content-Type": not for an option to set`},
		{[]string{"--header", "Host:s3cret"}, `--header "Host": not for an option to set: it belongs to the connection`},
		{[]string{"--header", "Keep-Alive:s3cret"}, `--header "Keep-Alive": not for an option to set: it belongs to the connection`},
		{[]string{"--header", "transfer_encoding:s3cret"}, `--header "Transfer_encoding": not for an option to set: it belongs to the connection`},
		{[]string{"--header", "Date:s3cret"}, `--header "Date": not for an option to set: it belongs to the hook`},
		{[]string{"--header", "Origin:s3cret"}, `--header "Origin": not for an option to set: it belongs to web pages`},
		{[]string{"--header", ": s3cret"}, `--header "": not a header's name`},
		{[]string{"--header", "X Y: s3cret"}, `--header "X Y": not a header's name`},
		{[]string{"--header", "X-A : s3cret"}, `--header "X-A ": not a header's name`},
		{[]string{"--header", "X-A: s3cret\r\nX-B: c"}, `--header "X-A": a control character in its value`},
		{[]string{"--cacert", "no-such-file"}, "--cacert: open no-such-file: "},
		{[]string{"--cacert="}, "--cacert: open : "},
		{[]string{"--cacert", noPEM}, "--cacert: " + noPEM + ": no certificate in PEM"},
		{[]string{"--cert", files.cert}, "--cert: --key is wanted with it"},
		{[]string{"--key", files.key}, "--key: --cert is wanted with it"},
		{[]string{"--cert", files.cert, "--key", "no-such-file"}, "--key: open no-such-file: "},
		{[]string{"--cert", noPEM, "--key", files.key}, "--cert " + noPEM + ", --key " + files.key + ": tls: "},
		{[]string{"--cert", files.cert, "--key", files.authority}, "--cert " + files.cert},
	} {
		for name, args := range senders(t) {
			got := do(t, append(args, append(tt.args, "--url", b.URL())...)...)
			got.isMisuse(t)
			assert.Contains(t, got.err, tt.want, name)
			assert.NotContains(t, got.err, "s3cret")
		}
	}
	assert.Empty(t, b.Requests())
}

// files are the PEM files for a backend that wants a client certificate.
type files struct{ authority, cert, key string }

func certificates(t testing.TB, b *hooktest.Backend) files {
	t.Helper()
	pair := b.ClientCertificate()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	config := b.TLSConfig()
	config.Certificates = []tls.Certificate{pair}
	conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", strings.TrimPrefix(b.URL(), "https://"))
	require.NoError(t, err)
	defer conn.Close()
	shown, ok := conn.(*tls.Conn)
	require.True(t, ok)
	inPEM := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return files{
		authority: write(t, "ca.pem", inPEM("CERTIFICATE", shown.ConnectionState().PeerCertificates[0].Raw)),
		cert:      write(t, "cert.pem", inPEM("CERTIFICATE", pair.Certificate[0])),
		key:       write(t, "key.pem", inPEM("PRIVATE KEY", key)),
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	b := hooktest.NewTLSBackend(t, hooktest.WantsCertificate)
	files := certificates(t, b)
	for name, args := range senders(t) {
		args = append(args, "--url", b.URL(), once)
		assert.Equal(t, exitRefused, do(t, args...).code, name)
		assert.Equal(t, exitRefused, do(t, append(args, "--cacert", files.authority)...).code, name)
		assert.Equal(t, exitRefused, do(t, append(args, "--cert", files.cert, "--key", files.key)...).code, name)
		got := do(t, append(args, "--cacert", files.authority, "--cert", files.cert, "--key", files.key)...)
		assert.Equal(t, exitFine, got.code, name, got)
	}
}
