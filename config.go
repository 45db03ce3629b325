package resthook

import (
	"io"
	"os"
	"slices"
	"time"
)

// Config is what a flashphoner.properties file can say about hooks. Start
// from [DefaultConfig], [LoadConfig] or [ParseConfig]: in an empty Config, 0
// means what it says, such as no retry and no time limit. Printing a Config
// shows no secret. A Config is a value: use a copy for each goroutine that
// changes it.
type Config struct {
	// DisableRestRequests switches all hooks off: no request is made and the
	// client's data are used. Property: disable_rest_requests. Default: false.
	DisableRestRequests bool
	// RequestTimeout bounds each attempt, from dialing to the last byte of the
	// answer; 0 means no limit. Property: rest_request_timeout, in seconds;
	// 1 to 60 are recommended. Default: 15 seconds.
	RequestTimeout time.Duration
	// RetryCount is how often a request is repeated when sending it failed:
	// attempts = RetryCount + 1. Property: rest_client_request_retry_count, at
	// most 1000000. Default: 3.
	RetryCount int
	// SentRetryEnabled allows repeating at all; false means one attempt,
	// whatever RetryCount says (docs/protocol.md, 0.2).
	// Property: rest_client_request_sent_retry_enabled. Default: true.
	SentRetryEnabled bool
	// SendHash signs each request with SecretKey: HMAC-MD5 of the body, in the
	// Authorization header. Property: rest_hook_send_hash. Default: false.
	SendHash bool
	// SecretKey is the key of that signature, in UTF-8. Blanks at its end
	// belong to it. Property: rest_hook_secret_key. Default: none.
	SecretKey Secret
	// MaxConnections bounds the connections to one backend host, idle ones
	// included; 0 means no limit. Property: rest_max_connections, at most
	// 1000000. Default: 200.
	MaxConnections int
	// KeepAliveEnabled asks the backend from time to time whether a stream may
	// go on (StreamKeepAliveEvent).
	// Property: keep_alive_streaming_sessions_enabled. Default: false.
	KeepAliveEnabled bool
	// KeepAliveInterval is the time between two such questions about a stream.
	// Property: streaming_sessions_keep_alive_interval, in milliseconds.
	// Default: 10 seconds.
	KeepAliveInterval time.Duration
	// KeepAliveAppKeys names the apps whose streams are asked about.
	// Property: streaming_sessions_keep_alive_app_keys, separated by commas.
	// Default: none.
	KeepAliveAppKeys []string
	// HLSAuthEnabled sends playHLS before an HLS stream is served.
	// Property: hls_auth_enabled. Default: false.
	HLSAuthEnabled bool
	// HLSAuthTokenCache is how long the answer for a token is remembered; 0
	// means not at all. Property: hls_auth_token_cache. The vendor documents
	// neither its unit nor its default: this library reads seconds.
	// Default: 10 seconds.
	HLSAuthTokenCache time.Duration
	// RTSPServerAuthEnabled has [Client.AdmitRTSP] ask playRTSP, once for an RTSP
	// session.
	// Property: rtsp_server_auth_enabled. Default: false.
	RTSPServerAuthEnabled bool
	// ClientACLPropertyName is the URL parameter in which an RTSP player gives
	// its token. Property: client_acl_property_name. Default: "aclAuth".
	ClientACLPropertyName string
	// Warnings is what the file said that looks like a slip, in the order of
	// its lines. Default: none.
	Warnings []Warning
}

// DefaultConfig returns the settings of a file that says nothing.
func DefaultConfig() Config {
	return Config{
		RequestTimeout:        15 * time.Second,
		RetryCount:            3,
		SentRetryEnabled:      true,
		MaxConnections:        200,
		KeepAliveInterval:     10 * time.Second,
		HLSAuthTokenCache:     10 * time.Second,
		ClientACLPropertyName: "aclAuth",
	}
}

// LoadConfig reads a flashphoner.properties file as [ParseConfig] does. Each
// error and each warning names the file; a file that can't be opened also
// matches the error of the os package, such as [io/fs.ErrNotExist].
func LoadConfig(path string) (Config, error) {
	file, err := os.Open(path)
	if err != nil {
		return Config{}, unreadable(path, err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	return readConfig(path, file)
}

// ParseConfig reads the text of a flashphoner.properties file, at most 1 MiB,
// by the rules of java.util.Properties (docs/protocol.md, 0.5). What the
// file does not name has its default; keys that do not concern hooks are
// ignored. Where a key is there twice, only the last value is read, and a
// warning names both lines.
//
// The error reports all bad values at once, in the order of their lines and in
// one line of text. Each is a [*ConfigError], and all match [ErrConfig]. The Config
// has nothing but its Warnings then.
func ParseConfig(r io.Reader) (Config, error) {
	return readConfig("", r)
}

// Validate reports settings that can't be used, alone or together; nil means
// that all can. Whoever fills a Config in Go need not call it: [NewClient]
// does. The error is like that of [ParseConfig], without file and line.
func (c Config) Validate() error {
	faults := c.faults()
	for _, fault := range faults {
		if fault.Key == "client_acl_property_name" && fault.Value == "" { // as no file has it
			fault.Reason += "; a Config that is made in Go starts from DefaultConfig"
		}
	}
	return joined(faults)
}

// With returns a copy in which one property has another value, read by the
// rules of a file but for its escapes: With("rest_request_timeout", "5"). A
// value that looks like a slip adds a warning. What settings mean together is
// left to [Config.Validate], so that several can be set one after the other.
func (c Config) With(key, value string) (Config, error) {
	p, ok := findProperty(key)
	if !ok {
		return Config{}, &ConfigError{Key: shownKey(key), Reason: notKnown(key)}
	}
	c.KeepAliveAppKeys = slices.Clone(c.KeepAliveAppKeys)
	c.Warnings = slices.DeleteFunc(slices.Clone(c.Warnings), func(w Warning) bool { return w.Key == key })
	if reason := p.read(&c, value); reason != "" {
		return Config{}, badValue(key, value, reason)
	}
	if doubt := p.doubt(&c); doubt != "" {
		c.Warnings = append(c.Warnings, Warning{Key: key, Text: doubt})
	}
	return c, nil
}

// Setting is one property of a [Config] and its value, fit to be shown: a
// bool, an int, a [time.Duration], a string or a []string. A secret is "***",
// or "" where none is set. String has it as a file has it; in JSON a time is a
// number of seconds, whatever its unit in the file.
type Setting struct {
	Key   string
	Value any
	unit  time.Duration
}

// Settings are the properties of a [Config], in the order of the
// documentation. In JSON they are one object, in that order.
type Settings []Setting

// Settings returns all that is in effect, under the names of the properties.
func (c Config) Settings() Settings {
	settings := make(Settings, 0, len(knownProperties))
	for _, p := range knownProperties {
		settings = append(settings, p.setting(&c))
	}
	return settings
}
