package resthook_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

func TestConfigWith(t *testing.T) {
	t.Parallel()
	config := parse(t, "rest_request_timeout=5\nstreaming_sessions_keep_alive_app_keys=a,b\nrest_hook_x=1")
	before := fmt.Sprintf("%#v", config)

	changed, err := config.With("rest_request_timeout", " 90 ")
	require.NoError(t, err)
	assert.Equal(t, 90*time.Second, changed.RequestTimeout)
	assert.Equal(t, []string{"a", "b"}, changed.KeepAliveAppKeys)
	assert.Equal(t, []string{
		"line 3: rest_hook_x: is not a known property",
		"rest_request_timeout: 90 seconds is outside the recommended 1 to 60",
	}, texts(changed.Warnings))

	changed, err = config.With("rest_request_timeout", "9")
	require.NoError(t, err)
	assert.Len(t, changed.Warnings, 1)
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
		{"rest_timeout", "1", "rest_timeout: is not a known property"},
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
	assert.Equal(t, `C:\users = ${x} `, config.SecretKey.Reveal(), "no escapes on a command line")
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
		{"long timeout", func(c *resthook.Config) { c.RequestTimeout = 1 << 62 }, `rest_request_timeout: "4611686018.427388" is too large`},
		{"cache", func(c *resthook.Config) { c.HLSAuthTokenCache = -time.Second }, `hls_auth_token_cache: "-1" is negative`},
		{"interval", func(c *resthook.Config) { c.KeepAliveInterval = -1 }, `streaming_sessions_keep_alive_interval: "-0.000001" is negative`},
		{"no interval", func(c *resthook.Config) { c.KeepAliveEnabled, c.KeepAliveInterval = true, 0 }, `streaming_sessions_keep_alive_interval: "0" is no interval, but keep-alive is enabled`},
		{"no key", func(c *resthook.Config) { c.SendHash = true }, `rest_hook_send_hash: "true" needs rest_hook_secret_key`},
		{"no name", func(c *resthook.Config) { c.ClientACLPropertyName = "" }, `client_acl_property_name: "" is empty; a Config that is made in Go starts from DefaultConfig`},
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
		`"streaming_sessions_keep_alive_interval":10,"streaming_sessions_keep_alive_app_keys":[],`+
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

// With reads what Settings shows.
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
	copied.SecretKey, config.SecretKey = resthook.Secret{}, resthook.Secret{} // it is "***" there
	assert.Equal(t, config, copied)
}

// A file with errors gives only its warnings.
func TestParseConfigWithErrorsKeepsWarnings(t *testing.T) {
	t.Parallel()
	cfg, err := resthook.ParseConfig(strings.NewReader("rest_max_conections=7\nrest_request_timeout=x\n"))
	assert.ErrorIs(t, err, resthook.ErrConfig)
	assert.Equal(t, resthook.Config{Warnings: cfg.Warnings}, cfg)
	assert.Len(t, cfg.Warnings, 1)
}

// A secret that was masked when a Config was written is refused when it is read again.
func TestMaskedConfigIsRefused(t *testing.T) {
	t.Parallel()
	_, err := resthook.ParseConfig(strings.NewReader("rest_hook_send_hash=true\nrest_hook_secret_key=***"))
	require.ErrorIs(t, err, resthook.ErrConfig)
	assert.ErrorContains(t, err, "line 2: rest_hook_secret_key: ")
	for _, send := range []bool{false, true} {
		cfg := resthook.DefaultConfig()
		cfg.SendHash, cfg.SecretKey = send, resthook.NewSecret("s3cret")
		text, err := json.Marshal(cfg)
		require.NoError(t, err)
		require.ErrorIs(t, json.Unmarshal(text, new(resthook.Config)), resthook.ErrConfig)
		cfg.SecretKey = resthook.NewSecret("***")
		require.ErrorIs(t, cfg.Validate(), resthook.ErrConfig)
		assert.ErrorContains(t, cfg.Validate(), "rest_hook_secret_key")
	}
}
