package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sample = `# a file
rest_request_timeout = 90
rest_hook_send_hash=true
rest_hook_secret_key=s3cret
rest_client_retry=1
client_acl_property_name=a<b>
`

func TestCheckText(t *testing.T) {
	t.Parallel()
	file := write(t, "wcs.properties", sample)
	got := do(t, "check", file)
	assert.Equal(t, exitFine, got.code)
	assert.Empty(t, got.err)
	for _, want := range []string{
		"disable_rest_requests                   false\n",
		"rest_request_timeout                    90\n",
		"rest_hook_secret_key                    ***\n",
		"streaming_sessions_keep_alive_app_keys  \"\"\n",
		"client_acl_property_name                a<b>\n",
		"warning: " + file + ":2: rest_request_timeout: ",
		"warning: " + file + ":5: rest_client_retry: ",
	} {
		assert.Contains(t, got.out, want)
	}
	assert.NotContains(t, got.out, "s3cret")
	assert.Equal(t, 2, strings.Count(got.out, "warning: "))
}

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	file := write(t, "wcs.properties", sample)
	got := do(t, "check", "--json", file)
	assert.Equal(t, exitFine, got.code)
	assert.Empty(t, got.err)
	start := `{"file":"` + file + `","settings":{"disable_rest_requests":false,"rest_request_timeout":90,` +
		`"rest_client_request_retry_count":3,"rest_client_request_sent_retry_enabled":true,"rest_hook_send_hash":true,"rest_hook_secret_key":"***",`
	assert.True(t, strings.HasPrefix(got.out, start), got.out)
	var read struct{ Warnings []string }
	require.NoError(t, json.Unmarshal([]byte(got.out), &read))
	assert.Len(t, read.Warnings, 2)
}

func TestCheckWithoutWarningsHasAList(t *testing.T) {
	t.Parallel()
	got := do(t, "check", "--json", write(t, "empty.properties", ""))
	assert.True(t, strings.HasSuffix(got.out, `,"warnings":[]}`+"\n"), got.out)
}

func TestCheckSeveralFiles(t *testing.T) {
	t.Parallel()
	one, two := write(t, "one.properties", ""), write(t, "two.properties", "rest_max_connections=7\n")
	got := do(t, "check", one, two)
	assert.Equal(t, exitFine, got.code)
	assert.True(t, strings.HasPrefix(got.out, one+":\ndisable_rest_requests "), got.out)
	assert.Contains(t, got.out, "\n\n"+two+":\ndisable_rest_requests ")
	got = do(t, "check", one, two, "--json")
	assert.Equal(t, 2, strings.Count(got.out, "\n"))
}

func TestCheckMasksABadSecret(t *testing.T) {
	t.Parallel()
	got := do(t, "check", write(t, "bad.properties", `rest_hook_secret_key=s3cret\u12`+"\n"))
	got.isMisuse(t)
	assert.Contains(t, got.err, "bad.properties:1: rest_hook_secret_key")
	assert.NotContains(t, got.err, "s3cret")
}

func TestCheckRealFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../shared/fixtures/properties/real/*.properties")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no fixtures here")
	}
	got := do(t, append([]string{"check", "--json"}, files...)...)
	assert.Equal(t, exitFine, got.code, got.err)
	for line := range strings.Lines(got.out) {
		assert.True(t, json.Valid([]byte(line)), line)
	}
	assert.Equal(t, len(files), strings.Count(got.out, "\n"))
}
