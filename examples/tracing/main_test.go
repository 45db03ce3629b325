package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) { leak.Exit(m) }

func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	require.NoError(t, run(t.Context(), args, &out, &errOut))
	assert.Empty(t, errOut.String())
	return out.String()
}

// The hook has two attempts, of which the second one goes on in the backend; the event has a trace
// of its own.
func TestTrees(t *testing.T) {
	t.Parallel()
	times := regexp.MustCompile(`  +[0-9.]+ ms \+[0-9.]+ +`)
	ids := regexp.MustCompile(`trace [0-9a-f]{32}`)
	got := ids.ReplaceAllString(times.ReplaceAllString(printed(t), "  "), "trace")
	assert.Equal(t, `trace
  connect  [media server] resthook.outcome=allowed
    POST /rest/connect  [media server] http.response.status_code=200
      POST connect  [backend] http.response.status_code=200
trace
  publisher comes  [media server]
    publishStream  [media server] resthook.outcome=allowed
      POST /rest/publishStream  [media server] error.type=no_answer
      POST /rest/publishStream  [media server] http.request.resend_count=1 http.response.status_code=200
        POST publishStream  [backend] http.response.status_code=200
          SELECT stream  [backend]
trace
  StreamStatusEvent  [media server] resthook.result=delivered link to "publisher comes"
    POST /rest/StreamStatusEvent  [media server] http.response.status_code=200
      POST StreamStatusEvent  [backend] http.response.status_code=200
        INSERT bill  [backend]
`, got)
}

// The README of otelhook names the metrics as Prometheus sees them.
func TestMetricsAreThoseOfTheREADME(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../otelhook/README.md")
	require.NoError(t, err)
	listed := map[string]string{} // name: type
	for _, row := range regexp.MustCompile("(?m)^\\| `[a-z._]+` \\| `([a-z_]+)` \\| (\\w+) ").FindAllStringSubmatch(string(text), -1) {
		if !strings.HasPrefix(row[1], "resthook_durable_") {
			listed[row[1]] = row[2]
		}
	}
	seen := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^# TYPE (\w+) (\w+)`).FindAllStringSubmatch(printed(t, "-metrics"), -1) {
		if row[1] != "target_info" {
			seen[row[1]] = row[2]
		}
	}
	assert.Equal(t, listed, seen)
}

func TestUsage(t *testing.T) {
	t.Parallel()
	var out, errOut bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-nonsense"}, &out, &errOut), errUsage)
	assert.Contains(t, errOut.String(), "-metrics")
}
