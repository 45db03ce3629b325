package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// objects reads one JSON object a line.
func objects(t testing.TB, out string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(out) {
		var one map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &one), line)
		all = append(all, one)
	}
	return all
}

// field is a field of each object.
func field(all []map[string]any, name string) (values []any) {
	for _, one := range all {
		values = append(values, one[name])
	}
	return values
}

func TestEvents(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	all := objects(t, fine(t, "events", "--json", "--store", dir))
	assert.Equal(t, []any{"PAUSED", "PLAYING", "RING", "UNPUBLISHED"}, field(all, "event_status"))
	assert.Equal(t, []any{"session-1", "session-1", "session-2", "session-2"}, field(all, "session"))
	assert.Equal(t, []any{"status", "status", "status", "closing"}, field(all, "priority"))
	assert.Equal(t, []any{"media-1", "media-1", "media-1", "media-1"}, field(all, "node"))
	for _, one := range all {
		assert.NotContains(t, one, "payload")
	}
	for args, want := range map[string][]any{
		"--app otherApp":            {"RING", "UNPUBLISHED"},
		"--app otherApp --limit 1":  {"RING"},
		"--session session-1":       {"PAUSED", "PLAYING"},
		"--session none":            nil,
		"--node media-1 --limit 3":  {"PAUSED", "PLAYING", "RING"},
		"--node media-2":            nil,
		"--app defaultApp --node x": nil,
	} {
		out := fine(t, append([]string{"events", "--json", "--store", dir}, strings.Fields(args)...)...)
		assert.Equal(t, want, field(objects(t, out), "event_status"), args)
	}
}

// A payload is shown on demand alone: it holds secrets.
func TestPayloadOnDemand(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	id, _ := objects(t, fine(t, "dead", "list", "--json", "--store", dir))[0]["id"].(string)
	for _, command := range []string{"events", "dead list", "dead show " + id} {
		for _, form := range []string{"", " --json"} {
			line := strings.Fields(command + form + " --store " + dir)
			assert.NotContains(t, fine(t, line...), "s3cret")
			assert.Contains(t, fine(t, append(line, "--payload")...), `"token":"s3cret"`)
		}
	}
	assert.NotContains(t, fine(t, "status", "--store", dir)+fine(t, "status", "--json", "--store", dir), "s3cret")
}
