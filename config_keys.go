package resthook

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// property is a key of the file: how its value is read, shown and checked.
// Functions that check return what is wrong, or an empty text.
type property struct {
	key   string
	read  func(c *Config, value string) string // sets the field
	show  func(c *Config) any
	fault func(c *Config) string // what can't be used
	doubt func(c *Config) string // what looks like a slip
	unit  time.Duration          // of a time, in the file
}

// knownProperties are the properties that concern hooks, in the order in
// which they are shown (docs/protocol.md, 0.1 and 5).
var knownProperties = []property{
	boolProperty("disable_rest_requests", func(c *Config) *bool { return &c.DisableRestRequests }),
	timeProperty("rest_request_timeout", time.Second, func(c *Config) *time.Duration { return &c.RequestTimeout }).
		doubted(unusualTimeout),
	countProperty("rest_client_request_retry_count", func(c *Config) *int { return &c.RetryCount }).
		doubted(endlessRetries),
	boolProperty("rest_client_request_sent_retry_enabled", func(c *Config) *bool { return &c.SentRetryEnabled }),
	boolProperty("rest_hook_send_hash", func(c *Config) *bool { return &c.SendHash }).refused(missingKey),
	secretProperty(secretKeyName, func(c *Config) *Secret { return &c.SecretKey }).doubted(weakKey),
	countProperty("rest_max_connections", func(c *Config) *int { return &c.MaxConnections }),
	boolProperty("keep_alive_streaming_sessions_enabled", func(c *Config) *bool { return &c.KeepAliveEnabled }),
	timeProperty("streaming_sessions_keep_alive_interval", time.Millisecond, func(c *Config) *time.Duration { return &c.KeepAliveInterval }).
		refused(missingInterval).doubted(shortInterval),
	listProperty("streaming_sessions_keep_alive_app_keys", func(c *Config) *[]string { return &c.KeepAliveAppKeys }),
	boolProperty("hls_auth_enabled", func(c *Config) *bool { return &c.HLSAuthEnabled }),
	timeProperty("hls_auth_token_cache", time.Second, func(c *Config) *time.Duration { return &c.HLSAuthTokenCache }).
		doubted(longCache),
	boolProperty("rtsp_server_auth_enabled", func(c *Config) *bool { return &c.RTSPServerAuthEnabled }),
	wordProperty("client_acl_property_name", func(c *Config) *string { return &c.ClientACLPropertyName }),
}

const (
	secretKeyName = "rest_hook_secret_key"
	// maxCount is more retries or connections than anybody can mean.
	maxCount = 1_000_000
	// maxUnits bounds a time, in its unit, to what a Java int can hold. So no
	// number of seconds overflows a time.Duration.
	maxUnits = math.MaxInt32
)

func (p property) setting(c *Config) Setting {
	return Setting{Key: p.key, Value: p.show(c), unit: p.unit}
}

func fine(*Config) string { return "" }

func (p property) refused(fault func(*Config) string) property {
	own := p.fault
	p.fault = func(c *Config) string {
		if reason := own(c); reason != "" {
			return reason
		}
		return fault(c)
	}
	return p
}

func (p property) doubted(doubt func(*Config) string) property {
	own := p.doubt
	p.doubt = func(c *Config) string { return cmp.Or(own(c), doubt(c)) }
	return p
}

// boolProperty is a property that is true or false.
func boolProperty(key string, field func(*Config) *bool) property {
	read := func(c *Config, value string) string {
		switch strings.ToLower(trimmed(value)) {
		case "true":
			*field(c) = true
		case "false":
			*field(c) = false
		default:
			return "is neither true nor false"
		}
		return ""
	}
	return property{key, read, func(c *Config) any { return *field(c) }, fine, fine, 0}
}

// countProperty is a property that is a number of things.
func countProperty(key string, field func(*Config) *int) property {
	read := func(c *Config, value string) string {
		n, reason := wholeNumber(value, maxCount)
		if reason == "" {
			*field(c) = int(n)
		}
		return reason
	}
	fault := func(c *Config) string { return outside(int64(*field(c)), maxCount) }
	return property{key, read, func(c *Config) any { return *field(c) }, fault, fine, 0}
}

// timeProperty is a property that is a time, in the unit given.
func timeProperty(key string, unit time.Duration, field func(*Config) *time.Duration) property {
	read := func(c *Config, value string) string {
		n, reason := wholeNumber(value, maxUnits)
		if reason == "" {
			*field(c) = time.Duration(n) * unit
		}
		return reason
	}
	show := func(c *Config) any { return *field(c) }
	fault := func(c *Config) string { return outside(int64(*field(c)), maxUnits*int64(unit)) }
	return property{key, read, show, fault, fine, unit}
}

// secretProperty is a property that is never printed. Its blanks belong to it.
func secretProperty(key string, field func(*Config) *Secret) property {
	read := func(c *Config, value string) string {
		*field(c) = NewSecret(value)
		return ""
	}
	fault := func(c *Config) string { return maskedWord(field(c).Reveal()) }
	doubt := func(c *Config) string { return edgeBlanks(field(c).Reveal()) }
	return property{key, read, func(c *Config) any { return field(c).String() }, fault, doubt, 0}
}

// wordProperty is a property that is a text, and not an empty one.
func wordProperty(key string, field func(*Config) *string) property {
	read := func(c *Config, value string) string {
		reason := wordFault(value)
		if reason == "" {
			*field(c) = value
		}
		return reason
	}
	fault := func(c *Config) string { return wordFault(*field(c)) }
	doubt := func(c *Config) string { return edgeBlanks(*field(c)) }
	return property{key, read, func(c *Config) any { return *field(c) }, fault, doubt, 0}
}

// listProperty is a property that is several texts, separated by commas.
func listProperty(key string, field func(*Config) *[]string) property {
	read := func(c *Config, value string) string {
		if strings.Contains(value, "=") {
			return equalsFault
		}
		var items []string
		for item := range strings.SplitSeq(value, ",") {
			if item = trimmed(item); item != "" {
				items = append(items, item)
			}
		}
		*field(c) = items
		return ""
	}
	show := func(c *Config) any { return append([]string{}, *field(c)...) }
	return property{key, read, show, fine, fine, 0}
}

// trimmed cuts off what Java's String.trim does, which knows no other blanks.
func trimmed(value string) string {
	return strings.TrimFunc(value, func(r rune) bool { return r <= ' ' })
}

// wholeNumber reads digits and nothing else: strconv would let a sign pass.
func wholeNumber(value string, most int64) (n int64, reason string) {
	digits := trimmed(value)
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, "is not a whole number from 0 on"
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > most {
		return 0, fmt.Sprintf("is more than %d", most)
	}
	return n, ""
}

func outside(n, most int64) string {
	switch {
	case n < 0:
		return "is negative"
	case n > most:
		return "is too large"
	}
	return ""
}

// wordFault says why a value can't be a name.
func wordFault(value string) string {
	switch {
	case trimmed(value) == "":
		return "is empty"
	case strings.Contains(value, "="):
		return equalsFault
	}
	return ""
}

// equalsFault does not show the value: the next line may be in it, with a secret.
const equalsFault = "has a = in it; does a backslash join it to the next line?"

func edgeBlanks(value string) string {
	if value == trimmed(value) {
		return ""
	}
	return "the value begins or ends with a blank, which belongs to it"
}

func maskedWord(value string) string {
	if value == masked {
		return "stands for a secret that was masked, and can't be one"
	}
	return ""
}

func missingKey(c *Config) string {
	if c.SendHash && c.SecretKey.Reveal() == "" {
		return "needs " + secretKeyName
	}
	return ""
}

func missingInterval(c *Config) string {
	if c.KeepAliveEnabled && c.KeepAliveInterval == 0 {
		return "is no interval, but keep-alive is enabled"
	}
	return ""
}

func unusualTimeout(c *Config) string {
	if d := c.RequestTimeout; d == 0 || d >= time.Second && d <= time.Minute {
		return ""
	}
	return fmt.Sprintf("%d seconds is outside the recommended 1 to 60", c.RequestTimeout/time.Second)
}

// endlessRetries warns of retries that take longer than anybody waits. At the limit of what
// is recommended, the usual four attempts take four minutes.
func endlessRetries(c *Config) string {
	const patience = 5 * 60 // seconds
	attempts, each := int64(c.RetryCount)+1, int64(c.RequestTimeout/time.Second)
	switch {
	case !c.SentRetryEnabled:
		return ""
	case attempts*each > patience:
		return fmt.Sprintf("%d attempts of up to %d seconds take %d: no client waits that long", attempts, each, attempts*each)
	case attempts > patience: // a second apart
		return fmt.Sprintf("%d attempts take longer than any client waits", attempts)
	}
	return ""
}

// weakKey finds a key that can be guessed by somebody who has seen a hook.
func weakKey(c *Config) string {
	const shortest, fewest = 16, 6
	key, different := c.SecretKey.Reveal(), map[rune]bool{}
	for _, r := range key {
		different[r] = true
	}
	switch {
	case !c.SendHash, key == "", key == masked: // it is not used, or is refused
		return ""
	case len(key) < shortest:
		return fmt.Sprintf("it may be guessed: a key of %d bytes or more is wanted", shortest)
	case len(different) < fewest:
		return "it may be guessed: it has the same few characters again and again"
	}
	return ""
}

func longCache(c *Config) string {
	if c.HLSAuthTokenCache <= time.Hour {
		return ""
	}
	return fmt.Sprintf("%v is long: the number is in seconds", c.HLSAuthTokenCache)
}

func shortInterval(c *Config) string {
	if d := c.KeepAliveInterval; d == 0 || d >= time.Second {
		return ""
	}
	return fmt.Sprintf("%v is short: the number is in milliseconds", c.KeepAliveInterval)
}
