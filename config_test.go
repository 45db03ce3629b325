package resthook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
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
	assert.Equal(t, "sésame = ouvre-toi", config.SecretKey.Reveal())
	config.SecretKey = resthook.Secret{} // two that have a text are not equal for DeepEqual
	assert.Equal(t, resthook.Config{
		DisableRestRequests:   true,
		RequestTimeout:        30 * time.Second,
		RetryCount:            5,
		SentRetryEnabled:      false,
		SendHash:              true,
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
	assert.Equal(t, "cl\xc3\xa9", config.SecretKey.Reveal(), "the key's bytes are UTF-8 whatever the file's are")

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
		{"rest_client_request_retry_count=1000000\nrest_client_request_sent_retry_enabled=false", func(c *resthook.Config) { c.RetryCount, c.SentRetryEnabled = 1_000_000, false }},
		{"rest_max_connections=0", func(c *resthook.Config) { c.MaxConnections = 0 }},
		{"disable_rest_requests= TRUE ", func(c *resthook.Config) { c.DisableRestRequests = true }},
		{"disable_rest_requests=\\u0074rue\\u0020", func(c *resthook.Config) { c.DisableRestRequests = true }},
		{"rest_client_request_sent_retry_enabled=fAlSe", func(c *resthook.Config) { c.SentRetryEnabled = false }},
		{"rest_hook_secret_key=", func(c *resthook.Config) { c.SecretKey = resthook.Secret{} }},
		{"rest_hook_secret_key=${HOME}", func(c *resthook.Config) { c.SecretKey = resthook.NewSecret("${HOME}") }},
		{"streaming_sessions_keep_alive_interval=1000", func(c *resthook.Config) { c.KeepAliveInterval = time.Second }},
		{"streaming_sessions_keep_alive_interval=2147483647", func(c *resthook.Config) { c.KeepAliveInterval = 2147483647 * time.Millisecond }},
		{"streaming_sessions_keep_alive_interval=0", func(c *resthook.Config) { c.KeepAliveInterval = 0 }},
		{"streaming_sessions_keep_alive_app_keys= a , b,, c c ,", func(c *resthook.Config) { c.KeepAliveAppKeys = []string{"a", "b", "c c"} }},
		{"streaming_sessions_keep_alive_app_keys=", func(*resthook.Config) {}},
		{"hls_auth_token_cache=3600", func(c *resthook.Config) { c.HLSAuthTokenCache = time.Hour }},
		{"client_acl_property_name=acl", func(c *resthook.Config) { c.ClientACLPropertyName = "acl" }},
		{"REST_ACCESS_CONTROL_ALLOW_ORIGIN=*\nrest_=1\nrest_clientele=x", func(*resthook.Config) {}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			want := resthook.DefaultConfig()
			test.want(&want)
			got := parse(t, test.text)
			assert.True(t, want.SecretKey.Equal(got.SecretKey))
			want.SecretKey, got.SecretKey = resthook.Secret{}, resthook.Secret{}
			assert.Equal(t, want, got)
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
		{"rest_hook_send_hash=true\nrest_request_timeout=x", `line 1: rest_hook_send_hash: "true" needs rest_hook_secret_key; line 2: rest_request_timeout: "x" is not a whole number from 0 on`},
		{"rest_hook_send_hash=true\nrest_hook_secret_key=\\u12", `line 2: rest_hook_secret_key: "***" has a malformed \uXXXX escape`},
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
		path + ":2: rest_client_retry_count: is not a known property",
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
	assert.Equal(t, "open sesame ", config.SecretKey.Reveal())
	assert.Equal(t, resthook.Warning{
		File: path, Line: 2, Key: "rest_client_retry_count",
		Text: "is not a known property",
	}, config.Warnings[0])
}

func TestParseConfigNearestKey(t *testing.T) {
	t.Parallel()
	for key, nearest := range map[string]string{
		"rest_request_timeouts":                "rest_request_timeout",
		"rest_request_timout":                  "rest_request_timeout",
		"Rest_Request_Timeout":                 "rest_request_timeout",
		"rest_hook_secret":                     "",
		"rest_hook_":                           "",
		"rest_client_request_retries":          "",
		"rest_client_sent_retry_enabled":       "",
		"DISABLE_REST_REQUESTS":                "disable_rest_requests",
		"REST_HOOK_SECRET":                     "",
		"HLS_AUTH_ENABLED":                     "hls_auth_enabled",
		"REST_CLIENT_RETRY_COUNT":              "",
		"rest_hook_" + strings.Repeat("x", 99): "",
		"hls_auth_enable":                      "hls_auth_enabled",
		"disable_rest_request":                 "disable_rest_requests",
		"rest_max_connection":                  "rest_max_connections",
		"rest.request.timeout":                 "rest_request_timeout",
		"hls-auth-enabled":                     "hls_auth_enabled",
		"rtsp_server_auth_enable":              "rtsp_server_auth_enabled",
	} {
		warnings := parse(t, key+"=1").Warnings
		if assert.Len(t, warnings, 1, key) {
			want := "is not a known property"
			if nearest != "" {
				want += "; did you mean " + nearest + "?"
			}
			assert.Equal(t, want, warnings[0].Text)
		}
	}
}

func TestParseConfigWarnsOfBlanksInTexts(t *testing.T) {
	t.Parallel()
	const text = "the value begins or ends with a blank, which belongs to it"
	for _, line := range []string{"client_acl_property_name=acl ", "rest_hook_secret_key=\\ key", "rest_hook_secret_key=key\\n"} {
		key, _, _ := strings.Cut(line, "=")
		assert.Equal(t, []resthook.Warning{{Line: 1, Key: key, Text: text}}, parse(t, line).Warnings)
	}
	assert.Equal(t, "acl ", parse(t, "client_acl_property_name=acl ").ClientACLPropertyName)
}

// Values that are valid and hardly meant. The meaning of a key may depend on another key,
// before or after it.
func TestParseConfigWarnsOfOddValues(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"rest_client_request_retry_count=19", nil}, // 20 attempts of 15 seconds
		{"rest_client_request_retry_count=20", []string{"line 1: rest_client_request_retry_count: 21 attempts of up to 15 seconds take 315: no client waits that long"}},
		{"rest_client_request_retry_count=20\nrest_request_timeout=14", nil},
		{"rest_client_request_retry_count=4\nrest_request_timeout=60", nil},
		{"rest_client_request_retry_count=9\n\nrest_request_timeout=60", []string{"line 1: rest_client_request_retry_count: 10 attempts of up to 60 seconds take 600: no client waits that long"}},
		{"rest_client_request_retry_count=9\nrest_request_timeout=60\nrest_client_request_sent_retry_enabled=false", nil},
		{"rest_client_request_retry_count=299\nrest_request_timeout=0", nil},
		{"rest_client_request_retry_count=300\nrest_request_timeout=0", []string{"line 1: rest_client_request_retry_count: 301 attempts take longer than any client waits"}},
		{"rest_client_request_retry_count=1000000\nrest_request_timeout=60", []string{"line 1: rest_client_request_retry_count: 1000001 attempts of up to 60 seconds take 60000060: no client waits that long"}},
		{"rest_hook_secret_key=0123456789abcde\nrest_hook_send_hash=true", []string{"line 1: rest_hook_secret_key: it may be guessed: a key of 16 bytes or more is wanted"}},
		{"rest_hook_secret_key=0123456789abcdef\nrest_hook_send_hash=true", nil},
		{"rest_hook_secret_key=abcdeabcdeabcdeabcde\nrest_hook_send_hash=true", []string{"line 1: rest_hook_secret_key: it may be guessed: it has the same few characters again and again"}},
		{"rest_hook_secret_key=abc", nil}, // it is not used
		{"hls_auth_token_cache=3601", []string{"line 1: hls_auth_token_cache: 1h0m1s is long: the number is in seconds"}},
		{"hls_auth_token_cache=2147483647", []string{"line 1: hls_auth_token_cache: 596523h14m7s is long: the number is in seconds"}},
	} {
		assert.Equal(t, tt.want, texts(parse(t, tt.text).Warnings), tt.text)
	}
}

// One letter too many in a name is shown. More text may be a secret, and is not shown.
func TestParseConfigShowsASlipInTheSecretsName(t *testing.T) {
	t.Parallel()
	const meant = ": is not a known property; did you mean rest_hook_secret_key?"
	for key, want := range map[string]string{
		"rest_hook_secret_keys":   "line 1: rest_hook_secret_keys" + meant,
		"REST_HOOK_SECRET_KEY_":   "line 1: REST_HOOK_SECRET_KEY_" + meant,
		"rest_hook_secret_key_x":  "line 1: rest_hook_secret_key_x" + meant,
		"rest_hook_secret_key42":  "line 1: rest_hook_secret_key***" + meant,
		"rest_hook_secret_keyx9":  "line 1: rest_hook_secret_key***" + meant,
		"rest_hook_secret_keyabc": "line 1: rest_hook_secret_key***: is not a known property",
	} {
		assert.Equal(t, []string{want}, texts(parse(t, key+"=x").Warnings), key)
	}
}

func TestParseConfigWarnsOfUTF16(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\xff\xfer\x00=\x001\x00", "\xfe\xff\x00r\x00=\x001"} {
		assert.Equal(t, []string{"line 1: the file looks like UTF-16, so nothing in it is recognised: save it as UTF-8"},
			texts(parse(t, text).Warnings))
	}
}

// All ways to print a Config, an error or a warning, for files with the secret in all
// places where an operator may have put it.
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

// A backslash at the end of a line joins the next line to it, with its secret.
func TestAJoinedLineIsRefused(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"client_acl_property_name", "streaming_sessions_keep_alive_app_keys"} {
		_, err := resthook.ParseConfig(strings.NewReader(key + "=a\\\nrest_hook_secret_key=S3CRET\n"))
		require.ErrorContains(t, err, "does a backslash join it to the next line?")
		assert.NotContains(t, err.Error(), "S3CRET")
	}
}
