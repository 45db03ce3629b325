package resthook_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

func parse(t *testing.T, text string) resthook.Config {
	t.Helper()
	config, err := resthook.ParseConfig(strings.NewReader(text))
	require.NoError(t, err)
	return config
}

func TestDefaultConfig(t *testing.T) {
	t.Parallel()
	want := resthook.Config{
		RequestTimeout:        15 * time.Second,
		RetryCount:            3,
		SentRetryEnabled:      true,
		MaxConnections:        200,
		KeepAliveInterval:     10 * time.Second,
		HLSAuthTokenCache:     10 * time.Second,
		ClientACLPropertyName: "aclAuth",
	}
	assert.Equal(t, want, resthook.DefaultConfig())
	require.NoError(t, want.Validate())
	assert.Equal(t, want, parse(t, ""))
	assert.Equal(t, want, parse(t, "http.port=8081\n=lost\nrtp_bundle=false\nrtp_bundle=true\nx"))
}

func TestLoadConfigOfEverySetting(t *testing.T) {
	t.Parallel()
	config, err := resthook.LoadConfig(filepath.Join("testdata", "properties", "flashphoner.properties"))
	require.NoError(t, err)
	assert.Equal(t, resthook.Config{
		DisableRestRequests:   true,
		RequestTimeout:        30 * time.Second,
		RetryCount:            5,
		SentRetryEnabled:      false,
		SendHash:              true,
		SecretKey:             "sésame = ouvre-toi",
		MaxConnections:        20,
		KeepAliveEnabled:      true,
		KeepAliveInterval:     time.Minute,
		KeepAliveAppKeys:      []string{"defaultApp", "roomApp", "${app}"},
		HLSAuthEnabled:        true,
		HLSAuthTokenCache:     0,
		RTSPServerAuthEnabled: true,
		ClientACLPropertyName: "token",
	}, config)
}

func TestLoadConfigEncodings(t *testing.T) {
	t.Parallel()
	config, err := resthook.LoadConfig("testdata/properties/latin1.properties")
	require.NoError(t, err)
	assert.Equal(t, "cl\xc3\xa9", string(config.SecretKey), "the key's bytes are UTF-8 whatever the file's are")

	config, err = resthook.LoadConfig("testdata/properties/windows.properties")
	require.NoError(t, err)
	assert.Equal(t, 20*time.Second, config.RequestTimeout, "the byte order mark is no part of the first key")
	assert.Equal(t, []string{"a", "b"}, config.KeepAliveAppKeys)
	assert.Empty(t, config.Warnings)
}

func TestParseConfigValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want func(*resthook.Config)
	}{
		{"rest_request_timeout=0", func(c *resthook.Config) { c.RequestTimeout = 0 }},
		{"rest_request_timeout=1", func(c *resthook.Config) { c.RequestTimeout = time.Second }},
		{"rest_request_timeout=60", func(c *resthook.Config) { c.RequestTimeout = time.Minute }},
		{"rest_request_timeout=007 \t", func(c *resthook.Config) { c.RequestTimeout = 7 * time.Second }},
		{"rest_client_request_retry_count=0", func(c *resthook.Config) { c.RetryCount = 0 }},
		{"rest_client_request_retry_count=1000000", func(c *resthook.Config) { c.RetryCount = 1_000_000 }},
		{"rest_max_connections=0", func(c *resthook.Config) { c.MaxConnections = 0 }},
		{"disable_rest_requests= TRUE ", func(c *resthook.Config) { c.DisableRestRequests = true }},
		{"disable_rest_requests=\\u0074rue\\u0020", func(c *resthook.Config) { c.DisableRestRequests = true }},
		{"rest_client_request_sent_retry_enabled=fAlSe", func(c *resthook.Config) { c.SentRetryEnabled = false }},
		{"rest_hook_secret_key=", func(c *resthook.Config) { c.SecretKey = "" }},
		{"rest_hook_secret_key=${HOME}", func(c *resthook.Config) { c.SecretKey = "${HOME}" }},
		{"streaming_sessions_keep_alive_interval=1000", func(c *resthook.Config) { c.KeepAliveInterval = time.Second }},
		{"streaming_sessions_keep_alive_interval=2147483647", func(c *resthook.Config) { c.KeepAliveInterval = 2147483647 * time.Millisecond }},
		{"streaming_sessions_keep_alive_interval=0", func(c *resthook.Config) { c.KeepAliveInterval = 0 }},
		{"streaming_sessions_keep_alive_app_keys= a , b,, c c ,", func(c *resthook.Config) { c.KeepAliveAppKeys = []string{"a", "b", "c c"} }},
		{"streaming_sessions_keep_alive_app_keys=", func(*resthook.Config) {}},
		{"hls_auth_token_cache=2147483647", func(c *resthook.Config) { c.HLSAuthTokenCache = 2147483647 * time.Second }},
		{"client_acl_property_name=acl", func(c *resthook.Config) { c.ClientACLPropertyName = "acl" }},
		{"REST_ACCESS_CONTROL_ALLOW_ORIGIN=*\nrest_=1\nrest_clientele=x", func(*resthook.Config) {}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			want := resthook.DefaultConfig()
			test.want(&want)
			assert.Equal(t, want, parse(t, test.text))
		})
	}
}

func TestParseConfigErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"rest_request_timeout=", `line 1: rest_request_timeout: "" is not a whole number from 0 on`},
		{"rest_request_timeout= \t", `line 1: rest_request_timeout: "" is not a whole number from 0 on`},
		{"\nrest_request_timeout=15s", `line 2: rest_request_timeout: "15s" is not a whole number from 0 on`},
		{"rest_request_timeout=1.5", `line 1: rest_request_timeout: "1.5" is not a whole number from 0 on`},
		{"rest_request_timeout=-1", `line 1: rest_request_timeout: "-1" is not a whole number from 0 on`},
		{"rest_request_timeout=+1", `line 1: rest_request_timeout: "+1" is not a whole number from 0 on`},
		{"rest_request_timeout=1 0", `line 1: rest_request_timeout: "1 0" is not a whole number from 0 on`},
		{"rest_request_timeout=1_0", `line 1: rest_request_timeout: "1_0" is not a whole number from 0 on`},
		{"rest_request_timeout=0x1F", `line 1: rest_request_timeout: "0x1F" is not a whole number from 0 on`},
		{"rest_request_timeout=\u0661", `line 1: rest_request_timeout: "١" is not a whole number from 0 on`},
		{"rest_request_timeout=15\u00a0", `line 1: rest_request_timeout: "15\u00a0" is not a whole number from 0 on`},
		{"rest_request_timeout=15 # seconds", `line 1: rest_request_timeout: "15 # seconds" is not a whole number from 0 on`},
		{"rest_request_timeout=2147483648", `line 1: rest_request_timeout: "2147483648" is more than 2147483647`},
		{"rest_request_timeout=18446744073709551631", `line 1: rest_request_timeout: "18446744073709551631" is more than 2147483647`},
		{"streaming_sessions_keep_alive_interval=9223372036854775808", `line 1: streaming_sessions_keep_alive_interval: "9223372036854775808" is more than 2147483647`},
		{"rest_client_request_retry_count=1000001", `line 1: rest_client_request_retry_count: "1000001" is more than 1000000`},
		{"rest_client_request_retry_count=4294967299", `line 1: rest_client_request_retry_count: "4294967299" is more than 1000000`},
		{"disable_rest_requests=yes", `line 1: disable_rest_requests: "yes" is neither true nor false`},
		{"disable_rest_requests", `line 1: disable_rest_requests: "" is neither true nor false`},
		{"disable_rest_requests=1", `line 1: disable_rest_requests: "1" is neither true nor false`},
		{"disable_rest_requests=fal\u017fe", `line 1: disable_rest_requests: "falſe" is neither true nor false`},
		{"client_acl_property_name= ", `line 1: client_acl_property_name: "" is empty`},
		{"#\nrest_hook_send_hash=true", `line 2: rest_hook_send_hash: "true" needs rest_hook_secret_key`},
		{"rest_hook_secret_key=\nrest_hook_send_hash=true", `line 2: rest_hook_send_hash: "true" needs rest_hook_secret_key`},
		{"streaming_sessions_keep_alive_interval=0\nkeep_alive_streaming_sessions_enabled=true", `line 1: streaming_sessions_keep_alive_interval: "0" is no interval, but keep-alive is enabled`},
		{"log=C:\\users", `line 1: log: "C:\\users" has a malformed \uXXXX escape`},
		{"a=x,\\\n  \\u12", `line 2: a: "x,\\u12" has a malformed \uXXXX escape`},
		{"a\\u12=hunter2", `line 1: a\u12: the key has a malformed \uXXXX escape`},
		{"a=\\ud83d", `line 1: a: "\\ud83d" has a \uXXXX escape for half a character (a lone surrogate)`},
		{"a\\nb=\\u", `line 1: "a\nb": "\\u" has a malformed \uXXXX escape`},
		{"rest_request_timeout=" + strings.Repeat("9", 100), `line 1: rest_request_timeout: "` + strings.Repeat("9", 80) + `..." is more than 2147483647`},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			config, err := resthook.ParseConfig(strings.NewReader(test.text))
			require.EqualError(t, err, test.want)
			require.ErrorIs(t, err, resthook.ErrConfig)
			assert.Zero(t, config)
		})
	}
}

func TestParseConfigErrorFields(t *testing.T) {
	t.Parallel()
	_, err := resthook.ParseConfig(strings.NewReader("\nrest_max_connections = 1e3 "))
	fault, ok := errors.AsType[*resthook.ConfigError](err)
	require.True(t, ok)
	assert.Equal(t, &resthook.ConfigError{
		Line: 2, Key: "rest_max_connections", Value: "1e3 ",
		Reason: `"1e3 " is not a whole number from 0 on`,
	}, fault)
}

func TestLoadConfigReportsAllFaults(t *testing.T) {
	t.Parallel()
	const path = "testdata/properties/broken.properties"
	_, err := resthook.LoadConfig(path)
	require.ErrorIs(t, err, resthook.ErrConfig)
	want := []string{
		`:2: disable_rest_requests: "yes" is neither true nor false`,
		`:3: rest_request_timeout: "15s" is not a whole number from 0 on`,
		`:4: rest_client_request_retry_count: "-1" is not a whole number from 0 on`,
		`:5: rest_max_connections: "" is not a whole number from 0 on`,
		`:7: log_folder: "C:\\logs\\users" has a malformed \uXXXX escape`,
		`:8: rest_hook_secret_key: "***" has a malformed \uXXXX escape`,
		`:9: rest_client_request_sent_retry_enabled: "1" is neither true nor false`,
		`:10: hls_auth_token_cache: "99999999999999999999" is more than 2147483647`,
	}
	require.EqualError(t, err, path+strings.Join(want, "; "+path))
}

func TestParseConfigLastDuplicateWins(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       time.Duration
		warnings   []string
	}{
		{"twice", "rest_request_timeout=5\n\nrest_request_timeout=6", 6 * time.Second, []string{
			"line 3: rest_request_timeout: is set again; line 1 is ignored",
		}},
		{"three times", "rest_request_timeout=5\nrest_request_timeout=5\nrest_request_timeout=7", 7 * time.Second, []string{
			"line 2: rest_request_timeout: is set again; line 1 is ignored",
			"line 3: rest_request_timeout: is set again; line 2 is ignored",
		}},
		{"by escape", "rest_request_timeout=5\n\\u0072est_request_timeout=8", 8 * time.Second, []string{
			"line 2: rest_request_timeout: is set again; line 1 is ignored",
		}},
		{"bad, then good", "rest_request_timeout=15s\nrest_request_timeout=9", 9 * time.Second, []string{
			"line 2: rest_request_timeout: is set again; line 1 is ignored",
		}},
		{"unusual, then usual", "rest_request_timeout=600\nrest_request_timeout=9", 9 * time.Second, []string{
			"line 2: rest_request_timeout: is set again; line 1 is ignored",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := parse(t, test.text)
			assert.Equal(t, test.want, config.RequestTimeout)
			assert.Equal(t, test.warnings, texts(config.Warnings))
		})
	}
	_, err := resthook.ParseConfig(strings.NewReader("rest_request_timeout=9\nrest_request_timeout=15s"))
	require.EqualError(t, err, `line 2: rest_request_timeout: "15s" is not a whole number from 0 on`)
}

func texts(warnings []resthook.Warning) []string {
	var all []string
	for _, w := range warnings {
		all = append(all, w.String())
	}
	return all
}

func TestLoadConfigWarnsOncePerSlip(t *testing.T) {
	t.Parallel()
	const path = "testdata/properties/slips.properties"
	config, err := resthook.LoadConfig(path)
	require.NoError(t, err)
	assert.Equal(t, []string{
		path + ":2: rest_client_retry_count: is not a known property; did you mean rest_client_request_retry_count?",
		path + ":3: rest_hook_send_hahs: is not a known property; did you mean rest_hook_send_hash?",
		path + ":5: REST_MAX_CONNECTIONS: is not a known property; did you mean rest_max_connections?",
		path + ":6: rest_request_timeout: is set again; line 1 is ignored",
		path + ":7: rest_request_timeout: is set again; line 6 is ignored",
		path + ":7: rest_request_timeout: 120 seconds is outside the recommended 1 to 60",
		path + ":8: streaming_sessions_keep_alive_interval: 10ms is short: the number is in milliseconds",
		path + ":10: rest_hook_secret_key: the value begins or ends with a blank, which belongs to it",
	}, texts(config.Warnings))
	assert.Equal(t, 120*time.Second, config.RequestTimeout)
	assert.Equal(t, 200, config.MaxConnections, "keys are case-sensitive")
	assert.False(t, config.SendHash)
	assert.Equal(t, "open sesame ", string(config.SecretKey))
	assert.Equal(t, resthook.Warning{
		File: path, Line: 2, Key: "rest_client_retry_count",
		Text: "is not a known property; did you mean rest_client_request_retry_count?",
	}, config.Warnings[0])
}

func TestParseConfigNearestKey(t *testing.T) {
	t.Parallel()
	for key, nearest := range map[string]string{
		"rest_request_timeouts":                "rest_request_timeout",
		"rest_request_timout":                  "rest_request_timeout",
		"Rest_Request_Timeout":                 "rest_request_timeout",
		"rest_hook_secret":                     "rest_hook_secret_key",
		"rest_hook_":                           "rest_hook_send_hash",
		"rest_client_request_retries":          "rest_client_request_retry_count",
		"rest_client_sent_retry_enabled":       "rest_client_request_sent_retry_enabled",
		"DISABLE_REST_REQUESTS":                "disable_rest_requests",
		"rest_hook_" + strings.Repeat("x", 99): "rest_hook_send_hash",
	} {
		warnings := parse(t, key+"=1").Warnings
		if assert.Len(t, warnings, 1, key) {
			assert.Equal(t, "is not a known property; did you mean "+nearest+"?", warnings[0].Text)
		}
	}
}

func TestParseConfigWarnsOfUTF16(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\xff\xfer\x00=\x001\x00", "\xfe\xff\x00r\x00=\x001"} {
		assert.Equal(t, []string{"line 1: the file looks like UTF-16, so nothing in it is recognised: save it as UTF-8"},
			texts(parse(t, text).Warnings))
	}
}

// Every way to print a Config, an error or a warning is tried on files that
// say the secret in all the ways that an operator might.
func TestConfigNeverPrintsTheSecret(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"rest_hook_secret_key=hunter2",
		"rest_hook_secret_key=hunter2 ",
		"rest_hook_secret_key=hunter2\nrest_hook_secret_key=hunter2hunter2",
		"rest_hook_secret_key=hunter2\nrest_request_timeout=x",
		"rest_hook_secret_key=hunter2\\u12",
		"rest_hook_\\u0073ecret_key=hunter2\\u12",
		"rest_hook_secret_k\\u65y=hunter2",
		"rest_hook_secret_key hunter2\nrest_hook_send_hash=perhaps",
		"rest_hook_secret_keyhunter2",
		"REST_HOOK_SECRET_KEY_hunter2=x",
		"rest_hook_secret_key\\\nhunter2=x",
		"rest_hook_secret_kye=hunter2",
		"rest_hook_secret_kye=hunter2\\u",
		"rest_request_timeout=15\\\nrest_hook_secret_key=hunter2",
		"db_password=hunter2\\users",
	} {
		config, err := resthook.ParseConfig(strings.NewReader(text))
		asJSON, jsonErr := json.Marshal(config)
		require.NoError(t, jsonErr)
		settings, jsonErr := json.Marshal(config.Settings())
		require.NoError(t, jsonErr)
		_, withErr := resthook.DefaultConfig().With("rest_hook_secret_keyhunter2", "hunter2")
		printed := fmt.Sprintf("%v %+v %#v %q %v %s %s %v %+v %#v %v", config, config, config, config.SecretKey, config.Settings(),
			asJSON, settings, err, err, err, withErr)
		printed += fmt.Sprint(texts(config.Warnings), config.Validate())
		assert.NotContains(t, printed, "hunter2", text)
	}
}

// The same 101 texts that internal/properties is held against: what Java
// reads, a Config reads, for none of them says anything of hooks; and what
// Java refuses is an error that names the line. Nothing differs: extra21, the
// byte order mark, is a matter of an ignored key's name.
func TestParseConfigFixtures(t *testing.T) {
	t.Parallel()
	folder := fixtures(t)
	cases := javaCases(t, filepath.Join(folder, "expected-utf8.jsonl"))
	assert.Len(t, cases, 101)
	for _, c := range cases {
		text, err := os.ReadFile(filepath.Join(folder, "cases", c.File))
		require.NoError(t, err)
		assertReadable(t, c.File, string(text), c.Error != nil)
	}
}

func TestParseConfigOwnJavaCases(t *testing.T) {
	t.Parallel()
	for _, c := range javaCases(t, "testdata/properties/java.jsonl") {
		assertReadable(t, c.Name, c.Text, c.Error != nil)
		want, ok := c.Props["rest_request_timeout"]
		if ok {
			assert.Equal(t, want+"s", parse(t, c.Text).RequestTimeout.String(), c.Name)
		}
	}
}

func TestLoadConfigDocumentedFiles(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(fixtures(t), "real")
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
			c.SendHash, c.SecretKey = true, "1234567890"
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
		assert.Equal(t, expected, config, file.Name())
	}
}

func fixtures(t *testing.T) string {
	t.Helper()
	folder := filepath.Join("..", "shared", "fixtures", "properties")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no %s here: testdata/properties covers the same ground", folder)
	}
	return folder
}

type javaCase struct {
	Name, File, Text string
	Props            map[string]string
	Error            any
}

func javaCases(t *testing.T, path string) []javaCase {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	var cases []javaCase
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var c javaCase
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		cases = append(cases, c)
	}
	require.NotEmpty(t, cases)
	return cases
}

func assertReadable(t *testing.T, name, text string, refused bool) {
	t.Helper()
	_, err := resthook.ParseConfig(strings.NewReader(text))
	if !refused {
		require.NoError(t, err, name)
		return
	}
	fault, ok := errors.AsType[*resthook.ConfigError](err)
	if assert.True(t, ok, name) {
		assert.Positive(t, fault.Line, name)
		assert.NotEmpty(t, fault.Key, name)
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

// A file of one mebibyte must not take minutes, however it is made.
func TestParseConfigHostileFiles(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"=\n", "a\n", "a\\\n", "\\\n", "rest_hook_\n", "rest_request_timeout=1\n", "\\u0041", "\r", "x=\\u\n"} {
		text := strings.Repeat(unit, (1<<20)/len(unit)/4)
		start := time.Now()
		_, _ = resthook.ParseConfig(strings.NewReader(text))
		assert.Less(t, time.Since(start), 20*time.Second, unit)
	}
}

func TestConfigWith(t *testing.T) {
	t.Parallel()
	config := parse(t, "rest_request_timeout=5\nstreaming_sessions_keep_alive_app_keys=a,b\nrest_hook_x=1")
	before := fmt.Sprintf("%#v", config)

	changed, err := config.With("rest_request_timeout", " 90 ")
	require.NoError(t, err)
	assert.Equal(t, 90*time.Second, changed.RequestTimeout)
	assert.Equal(t, []string{"a", "b"}, changed.KeepAliveAppKeys)
	assert.Equal(t, []string{
		"line 3: rest_hook_x: is not a known property; did you mean rest_hook_send_hash?",
		"rest_request_timeout: 90 seconds is outside the recommended 1 to 60",
	}, texts(changed.Warnings))

	changed.KeepAliveAppKeys[0], changed.Warnings[0].Key = "z", "z"
	assert.Equal(t, before, fmt.Sprintf("%#v", config), "the copy shares nothing with its origin")
}

func TestConfigWithErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ key, value, want string }{
		{"rest_request_timeout", "15s", `rest_request_timeout: "15s" is not a whole number from 0 on`},
		{"rest_request_timeout", "99999999999", `rest_request_timeout: "99999999999" is more than 2147483647`},
		{"rest_max_connections", "", `rest_max_connections: "" is not a whole number from 0 on`},
		{"hls_auth_enabled", "on", `hls_auth_enabled: "on" is neither true nor false`},
		{"rest_timeout", "1", "rest_timeout: is not a known property; did you mean rest_request_timeout?"},
		{"REST_REQUEST_TIMEOUT", "1", "REST_REQUEST_TIMEOUT: is not a known property; did you mean rest_request_timeout?"},
		{" rest_request_timeout", "1", " rest_request_timeout: is not a known property; did you mean rest_request_timeout?"},
	} {
		_, err := resthook.DefaultConfig().With(test.key, test.value)
		require.EqualError(t, err, test.want)
		require.ErrorIs(t, err, resthook.ErrConfig)
	}
}

func TestConfigWithLeavesTheWholeToValidate(t *testing.T) {
	t.Parallel()
	config, err := resthook.DefaultConfig().With("rest_hook_send_hash", "true")
	require.NoError(t, err)
	require.EqualError(t, config.Validate(), `rest_hook_send_hash: "true" needs rest_hook_secret_key`)
	config, err = config.With("rest_hook_secret_key", `C:\users = ${x} `)
	require.NoError(t, err)
	require.NoError(t, config.Validate())
	assert.Equal(t, `C:\users = ${x} `, string(config.SecretKey), "no escapes on a command line")
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*resthook.Config)
		want   string
	}{
		{"retries", func(c *resthook.Config) { c.RetryCount = -1 }, `rest_client_request_retry_count: "-1" is negative`},
		{"many retries", func(c *resthook.Config) { c.RetryCount = 1_000_001 }, `rest_client_request_retry_count: "1000001" is too large`},
		{"connections", func(c *resthook.Config) { c.MaxConnections = -5 }, `rest_max_connections: "-5" is negative`},
		{"timeout", func(c *resthook.Config) { c.RequestTimeout = -1500 * time.Millisecond }, `rest_request_timeout: "-1.5" is negative`},
		{"long timeout", func(c *resthook.Config) { c.RequestTimeout = 1 << 62 }, `rest_request_timeout: "4.611686018427388e+09" is too large`},
		{"cache", func(c *resthook.Config) { c.HLSAuthTokenCache = -time.Second }, `hls_auth_token_cache: "-1" is negative`},
		{"interval", func(c *resthook.Config) { c.KeepAliveInterval = -1 }, `streaming_sessions_keep_alive_interval: "-1e-06" is negative`},
		{"no interval", func(c *resthook.Config) { c.KeepAliveEnabled, c.KeepAliveInterval = true, 0 }, `streaming_sessions_keep_alive_interval: "0" is no interval, but keep-alive is enabled`},
		{"no key", func(c *resthook.Config) { c.SendHash = true }, `rest_hook_send_hash: "true" needs rest_hook_secret_key`},
		{"no name", func(c *resthook.Config) { c.ClientACLPropertyName = "" }, `client_acl_property_name: "" is empty`},
		{"two", func(c *resthook.Config) { c.RetryCount, c.MaxConnections = -1, -1 }, `rest_client_request_retry_count: "-1" is negative; rest_max_connections: "-1" is negative`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := resthook.DefaultConfig()
			test.change(&config)
			err := config.Validate()
			require.EqualError(t, err, test.want)
			require.ErrorIs(t, err, resthook.ErrConfig)
		})
	}
}

func TestConfigSettings(t *testing.T) {
	t.Parallel()
	config, err := resthook.LoadConfig("testdata/properties/flashphoner.properties")
	require.NoError(t, err)
	var lines []string
	for _, setting := range config.Settings() {
		lines = append(lines, setting.String())
	}
	assert.Equal(t, []string{
		"disable_rest_requests=true",
		"rest_request_timeout=30",
		"rest_client_request_retry_count=5",
		"rest_client_request_sent_retry_enabled=false",
		"rest_hook_send_hash=true",
		"rest_hook_secret_key=***",
		"rest_max_connections=20",
		"keep_alive_streaming_sessions_enabled=true",
		"streaming_sessions_keep_alive_interval=60000",
		"streaming_sessions_keep_alive_app_keys=defaultApp,roomApp,${app}",
		"hls_auth_enabled=true",
		"hls_auth_token_cache=0",
		"rtsp_server_auth_enabled=true",
		"client_acl_property_name=token",
	}, lines)
	assert.Len(t, lines, reflect.TypeFor[resthook.Config]().NumField()-1, "every field but Warnings is a setting")
}

func TestSettingsJSON(t *testing.T) {
	t.Parallel()
	config := resthook.DefaultConfig()
	config.RequestTimeout = 1500 * time.Millisecond
	got, err := json.Marshal(map[string]any{"settings": config.Settings()})
	require.NoError(t, err)
	assert.Equal(t, `{"settings":{`+
		`"disable_rest_requests":false,"rest_request_timeout":1.5,"rest_client_request_retry_count":3,`+
		`"rest_client_request_sent_retry_enabled":true,"rest_hook_send_hash":false,"rest_hook_secret_key":"",`+
		`"rest_max_connections":200,"keep_alive_streaming_sessions_enabled":false,`+
		`"streaming_sessions_keep_alive_interval":10000,"streaming_sessions_keep_alive_app_keys":[],`+
		`"hls_auth_enabled":false,"hls_auth_token_cache":10,"rtsp_server_auth_enabled":false,`+
		`"client_acl_property_name":"aclAuth"}}`, string(got), "the order is part of the contract")

	got, err = json.Marshal(resthook.Settings(nil))
	require.NoError(t, err)
	assert.Equal(t, "{}", string(got))
	_, err = json.Marshal(resthook.Settings{{Key: "x", Value: func() {}}})
	assert.Error(t, err)
}

func TestSettingsDoNotShareTheConfig(t *testing.T) {
	t.Parallel()
	config := parse(t, "streaming_sessions_keep_alive_app_keys=a,b")
	for _, setting := range config.Settings() {
		if keys, ok := setting.Value.([]string); ok {
			keys[0] = "z"
		}
	}
	assert.Equal(t, []string{"a", "b"}, config.KeepAliveAppKeys)
}

// What Settings shows, With reads.
func TestSettingsRoundTrip(t *testing.T) {
	t.Parallel()
	config, err := resthook.LoadConfig("testdata/properties/flashphoner.properties")
	require.NoError(t, err)
	copied := resthook.DefaultConfig()
	for _, setting := range config.Settings() {
		_, value, _ := strings.Cut(setting.String(), "=")
		copied, err = copied.With(setting.Key, value)
		require.NoError(t, err)
	}
	copied.SecretKey = config.SecretKey
	assert.Equal(t, config, copied)
}
