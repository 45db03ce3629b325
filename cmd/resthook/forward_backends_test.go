package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const signingSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

// startBackend runs a program that prints its port, and returns its URL.
func startBackend(t testing.TB, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(find(t, program), args...) //nolint:noctx // killed at the end
	cmd.Env = append(os.Environ(), "SECRET="+signingSecret)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = w, w
	require.NoError(t, cmd.Start())
	require.NoError(t, w.Close())
	var reading sync.WaitGroup
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		reading.Wait()
		_ = r.Close()
	})
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		require.NoError(t, err, "%s ended: %s", program, line)
		if port := regexp.MustCompile(`(?:^|127\.0\.0\.1:)(\d+)\)?\D*$`).FindStringSubmatch(line); port != nil {
			reading.Go(func() { _, _ = io.Copy(io.Discard, lines) })
			return "http://127.0.0.1:" + port[1]
		}
	}
}

// Real backends get each hook as the media server sent it, and the media server gets
// their answers.
func TestForwardBeforeRealBackends(t *testing.T) {
	t.Parallel()
	for _, backend := range []struct{ name, program, args string }{
		{"python", "python3", "testdata/backends/backend.py"},
		{"node", "node", "testdata/backends/backend.js"},
		{"php", "php", "-S 127.0.0.1:0 testdata/backends/backend.php"},
	} {
		t.Run(backend.name, func(t *testing.T) {
			t.Parallel()
			url := startBackend(t, backend.program, strings.Fields(backend.args)...)
			f := startServing(t, "forward", "--to", url, "--quiet")
			for n := range 20 {
				body := fmt.Sprintf("{ \"sessionId\":\"s\",\"name\":\"cam%d\",\"n\":1.0, \"t\":\"\\u00e9\\/%s\" }", n, strings.Repeat("x", 1000*n))
				got := sendSigned(t, f.url+"/publishStream", body)
				digest := sha256.Sum256([]byte(body))
				assert.Equal(t, []any{200, hex.EncodeToString(digest[:]), "{ \"backend\" : \"" + backend.name + "\",\n\"name\":\"\\u00e9\" }"},
					[]any{got.status, got.header.Get("X-Digest"), got.body})
			}
			sent := do(t, "send", "publishStream", "--json", "--url", f.url, "--sign", signingSecret)
			assert.Equal(t, 200, outcomeOf(t, sent).Status, "a signature of the library's fits: %s", sent.out)
			assert.Equal(t, 403, outcomeOf(t, do(t, "send", "publishStream", "--json", "--url", f.url, once)).Status)
			anew := startServing(t, "forward", "--to", url, "--sign", signingSecret)
			assert.Equal(t, 200, outcomeOf(t, do(t, "send", "publishStream", "--json", "--url", anew.url)).Status)
		})
	}
}

// sendSigned sends a signed hook. Its signature depends on each byte of the body.
func sendSigned(t testing.TB, url, body string) answer {
	t.Helper()
	const id, stamp = "msg.1", "1767323045"
	return ask(t, http.MethodPost, url, body, "Webhook-Id: "+id, "Webhook-Timestamp: "+stamp, "Webhook-Signature: "+signatureOf(t, id, stamp, body))
}

// signatureOf computes a Standard Webhooks signature.
func signatureOf(t testing.TB, id, stamp, body string) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(signingSecret, "whsec_"))
	require.NoError(t, err)
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, id+"."+stamp+"."+body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
