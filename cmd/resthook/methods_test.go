package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

func TestMethodsText(t *testing.T) {
	t.Parallel()
	got := do(t, "methods")
	assert.Equal(t, exitFine, got.code)
	assert.Empty(t, got.err)
	lines := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n")
	assert.Len(t, lines, 1+len(resthook.Methods()))
	assert.Equal(t, []string{"NAME", "KIND", "PAYLOAD"}, strings.Fields(lines[0])[:3])
	at := strings.Index(lines[0], "KIND")
	for i, m := range resthook.Methods() {
		assert.Equal(t, []string{m.Name(), m.Kind().String(), m.PayloadType()}, strings.Fields(lines[i+1])[:3])
		assert.Equal(t, m.Kind().String(), strings.Fields(lines[i+1][at:])[0], "aligned")
		assert.True(t, strings.HasSuffix(lines[i+1], m.Effect()))
	}
}

func TestMethodsJSON(t *testing.T) {
	t.Parallel()
	got := do(t, "methods", "--json")
	assert.Equal(t, exitFine, got.code)
	assert.Equal(t, len(resthook.Methods()), strings.Count(got.out, "\n"))
	for _, want := range []string{
		`{"method":"publishStream","kind":"direct","payload":"Stream"}`,
		`{"method":"connect","kind":"connect","payload":"Connection"}`,
		`{"method":"OnCallEvent","kind":"incoming","payload":"Call"}`,
		`{"method":"StreamStatusEvent","kind":"event","payload":"Stream"}`,
	} {
		assert.Contains(t, got.out, want+"\n")
	}
}

func TestMethodText(t *testing.T) {
	t.Parallel()
	got := do(t, "methods", "publishStream")
	assert.Equal(t, exitFine, got.code, got.err)
	for _, want := range []string{
		"publishStream\nkind: direct\npayload: Stream\nthe answer can change: FAIL: refuses; OVERWRITE: the fields named\n\nFIELD ",
		"\nwidth           integer  width of the video, in pixels; 0: as it comes\n",
		"\n\nsample:\n{\n  \"nodeId\": \"",
		"\n  \"name\": \"room7-cam1\",\n",
	} {
		assert.Contains(t, got.out, want)
	}
	assert.True(t, strings.HasSuffix(got.out, "\n}\n"))
}

func TestMethodJSONIsExact(t *testing.T) {
	t.Parallel()
	got := do(t, "methods", "snapshot", "--json")
	assert.Equal(t, exitFine, got.code, got.err)
	assert.True(t, strings.HasPrefix(got.out, `{"method":"snapshot","kind":"direct","payload":"Stream","fields":[{"name":"nodeId","type":"string","doc":"`), got.out)
	assert.Regexp(t, `\}\],"sample":\{"nodeId":"[^"]+","appKey":"defaultApp","sessionId":"[^"]+","mediaSessionId":"[^"]+","name":"room7-cam1"\}\}\n$`, got.out)
}

// Every method that methods shows can be sent.
func TestEveryMethodIsShown(t *testing.T) {
	t.Parallel()
	for _, m := range resthook.Methods() {
		assert.Equal(t, exitFine, do(t, "methods", m.Name()).code)
		var shown struct {
			Method, Kind, Payload string
			Fields                []map[string]string
			Sample                map[string]any
		}
		got := do(t, "methods", m.Name(), "--json")
		require.NoError(t, json.Unmarshal([]byte(got.out), &shown), got.out)
		assert.Equal(t, []string{m.Name(), m.Kind().String(), m.PayloadType()}, []string{shown.Method, shown.Kind, shown.Payload})
		assert.Equal(t, 1, strings.Count(got.out, "\n"))
		fields := map[string]bool{}
		for _, field := range shown.Fields {
			fields[field["name"]] = true
			assert.Len(t, field, 3)
		}
		for name := range shown.Sample {
			assert.True(t, fields[name], "%s: %s", m.Name(), name)
		}
	}
}
