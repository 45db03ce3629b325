package resthook

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

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

// wordFault says why a value is no name.
func wordFault(value string) string {
	switch {
	case trimmed(value) == "":
		return "is empty"
	case strings.Contains(value, "="):
		return equalsFault
	}
	return ""
}

// equalsFault: the next line may be in it, with a secret.
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

// endlessRetries finds a hook that may take longer than anybody waits: at the limit of
// what is recommended, the usual four attempts take four minutes.
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

// weakKey finds a key that can be guessed by whoever has seen a hook.
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
