package resthook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

func TestLoadConfigDocumentedFiles(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(sharedFolder(t), "properties", "real")
	want := map[string]func(*resthook.Config){
		"docs-cdn-edge.properties":    func(*resthook.Config) {},
		"docs-media-ports.properties": func(*resthook.Config) {},
		"docs-rest-api.properties":    func(*resthook.Config) {},
		"docs-keepalive.properties": func(c *resthook.Config) {
			c.KeepAliveEnabled, c.KeepAliveAppKeys = true, []string{"defaultApp"}
		},
		"docs-misc.properties": func(c *resthook.Config) {
			c.HLSAuthEnabled, c.RTSPServerAuthEnabled = true, true
		},
		"docs-rest-hooks-all.properties": func(c *resthook.Config) {
			c.DisableRestRequests, c.SentRetryEnabled = true, false
			c.SendHash, c.SecretKey = true, resthook.NewSecret("1234567890")
			c.Warnings = []resthook.Warning{{
				File: filepath.Join(folder, "docs-rest-hooks-all.properties"), Line: 6, Key: "rest_hook_secret_key",
				Text: "it may be guessed: a key of 16 bytes or more is wanted",
			}}
		},
		"docs-rest-tuned.properties": func(c *resthook.Config) {
			c.DisableRestRequests, c.MaxConnections = true, 20
		},
	}
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, files, len(want))
	for _, file := range files {
		config, err := resthook.LoadConfig(filepath.Join(folder, file.Name()))
		require.NoError(t, err)
		expected := resthook.DefaultConfig()
		require.Contains(t, want, file.Name())
		want[file.Name()](&expected)
		assert.True(t, expected.SecretKey.Equal(config.SecretKey), file.Name())
		expected.SecretKey = resthook.Secret{} // a function inside, which is never equal
		config.SecretKey = resthook.Secret{}
		assert.Equal(t, expected, config, file.Name())
	}
}

func TestLoadConfigUnreadable(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing.properties")
	_, err := resthook.LoadConfig(missing)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, err, resthook.ErrConfig)
	assert.Equal(t, 1, strings.Count(err.Error(), missing), "the file is named once: %v", err)

	_, err = resthook.LoadConfig(t.TempDir())
	require.ErrorIs(t, err, resthook.ErrConfig)

	_, err = resthook.LoadConfig("")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestParseConfigReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken\npipe")
	_, err := resthook.ParseConfig(io.MultiReader(strings.NewReader("rest_request_timeout=5\n"), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	require.ErrorIs(t, err, resthook.ErrConfig)
	require.EqualError(t, err, `cannot be read: "broken\npipe"`)

	_, err = resthook.ParseConfig(nil)
	require.ErrorIs(t, err, resthook.ErrConfig)

	config, err := resthook.ParseConfig(iotest.OneByteReader(strings.NewReader("rest_request_timeout=5")))
	require.NoError(t, err)
	assert.Equal(t, 5*time.Second, config.RequestTimeout)
}

func TestParseConfigReadsAtMostOneMebibyte(t *testing.T) {
	t.Parallel()
	const mebibyte = 1 << 20
	full := "#" + strings.Repeat("x", mebibyte-1)
	parse(t, full)
	endless := &counter{Reader: io.MultiReader(strings.NewReader(full), endlessBlanks{})}
	_, err := resthook.ParseConfig(endless)
	require.EqualError(t, err, "is longer than 1048576 bytes")
	assert.LessOrEqual(t, endless.bytes, mebibyte+1)
}

type endlessBlanks struct{}

func (endlessBlanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

type counter struct {
	io.Reader
	bytes int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bytes += n
	return n, err
}

// No file of one mebibyte takes minutes.
func TestParseConfigHostileFiles(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"=\n", "a\n", "a\\\n", "\\\n", "rest_hook_\n", "rest_request_timeout=1\n", "\\u0041", "\r", "x=\\u\n"} {
		text := strings.Repeat(unit, (1<<15)/len(unit))
		_, _ = resthook.ParseConfig(strings.NewReader(text)) // ends, and leaves no goroutine
	}
}

// FuzzParseConfig: a file is either read, and can then be used and shown, or it is
// refused in one line that says where.
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
