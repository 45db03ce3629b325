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
		"warning: " + file + ":4: rest_hook_secret_key: it may be guessed: ",
		"warning: " + file + ":5: rest_client_retry: ",
	} {
		assert.Contains(t, got.out, want)
	}
	assert.NotContains(t, got.out, "s3cret")
	assert.Equal(t, 3, strings.Count(got.out, "warning: "))
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
	assert.Len(t, read.Warnings, 3)
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

// Each misspelt property is reported once. A name that is not like any of ours belongs
// to another program.
func TestCheckAsksAboutSlips(t *testing.T) {
	t.Parallel()
	file := write(t, "wcs.properties", "hls_auth_enable=true\ndisable_rest_request=true\nrest_requst_timeout=8\nrest_max_connection=5\nrtmp_port=1935\nkeep_alive.peer_interval=1\nrest_hook_secret_keys=x\n")
	got := do(t, "check", file)
	assert.Equal(t, exitFine, got.code)
	assert.Empty(t, got.err)
	_, warnings, _ := strings.Cut(got.out, "warning: ")
	assert.Equal(t, strings.ReplaceAll(`FILE:1: hls_auth_enable: is not a known property; did you mean hls_auth_enabled?
warning: FILE:2: disable_rest_request: is not a known property; did you mean disable_rest_requests?
warning: FILE:3: rest_requst_timeout: is not a known property; did you mean rest_request_timeout?
warning: FILE:4: rest_max_connection: is not a known property; did you mean rest_max_connections?
warning: FILE:7: rest_hook_secret_keys: is not a known property; did you mean rest_hook_secret_key?
`, "FILE", file), warnings)
}

// What is switched off is a choice of the user. NewClient logs it; check does not warn.
func TestCheckWarnsOfNoChoice(t *testing.T) {
	t.Parallel()
	for _, choice := range []string{"disable_rest_requests=true", "rest_request_timeout=0", "rest_client_request_retry_count=0", "rest_max_connections=0", "hls_auth_enabled=false"} {
		got := do(t, "check", write(t, "wcs.properties", choice))
		assert.NotContains(t, got.out, "warning", choice)
	}
}

func TestCheckTellsOfSlipsBesideAFault(t *testing.T) {
	t.Parallel()
	bad := write(t, "bad.properties", "rest_requst_timeout=8\nrest_request_timeout=15s\nrest_client_request_retry_count=-1\n")
	other := write(t, "other.properties", "rest_max_conections=8\n")
	for _, form := range []string{"", "--json"} {
		got := do(t, strings.Fields("check "+bad+" "+other+" "+form)...)
		got.isMisuse(t)
		assert.Equal(t, "resthook: "+bad+`:2: rest_request_timeout: "15s" is not a whole number from 0 on; `+
			bad+`:3: rest_client_request_retry_count: "-1" is not a whole number from 0 on; `+
			"warning: "+bad+":1: rest_requst_timeout: is not a known property; did you mean rest_request_timeout?; "+
			"warning: "+other+":1: rest_max_conections: is not a known property; did you mean rest_max_connections?\n", got.err)
	}
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
