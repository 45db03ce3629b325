package resthook_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// FuzzParseConfig holds that a file either reads, and then can be used and
// shown, or is refused in one line that says where.
func FuzzParseConfig(f *testing.F) {
	files, err := filepath.Glob("testdata/properties/*.properties")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte("rest_request_timeout=1\\u0030\nrest_hook_send_hash=true\n=x\nrest_hook_\\"))
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := resthook.ParseConfig(bytes.NewReader(data))
		if err != nil {
			assertFault(t, err)
			return
		}
		require.NoError(t, config.Validate())
		lines := 1 + bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r"))
		for _, w := range config.Warnings {
			assert.NotContains(t, w.String(), "\n")
			assert.True(t, w.Line >= 1 && w.Line <= lines, w)
		}
		_, err = json.Marshal(config.Settings())
		require.NoError(t, err)
	})
}

func assertFault(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, resthook.ErrConfig)
	var fault *resthook.ConfigError
	require.ErrorAs(t, err, &fault)
	assert.Positive(t, fault.Line)
	assert.NotEmpty(t, fault.Key+fault.Reason)
	assert.False(t, strings.ContainsAny(err.Error(), "\r\n"), err)
}
