package resthook

import (
	"strings"

	"github.com/wcskit/resthook/internal/names"
)

// isSlip tells whether an unknown key was meant for us: it begins as ours do, or is
// one of ours but for a letter or two, capitals, dots or dashes (docs/protocol.md,
// 0.5). The REST API's own keys, such as rest_access_control_headers, begin otherwise.
func isSlip(key string) bool {
	key = strings.ToLower(key[:min(len(key), 64)]) // no known key is longer
	for _, prefix := range []string{"rest_client_", "rest_request_", "rest_hook_"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return names.Nearest(key, knownKeys()) != ""
}

// notKnown says that a key is unknown, and which one may be meant.
func notKnown(key string) string {
	return "is not a known property" + names.DidYouMean(strings.ToLower(key[:min(len(key), 64)]), knownKeys())
}

func knownKeys() []string {
	keys := make([]string, len(knownProperties))
	for i, p := range knownProperties {
		keys[i] = p.key
	}
	return keys
}

// mayBeSecret tells texts that are better not printed. In a value they show
// that a line end was lost and the next line, with its secret, was swallowed.
func mayBeSecret(text string) bool {
	text = strings.ToLower(text)
	for _, word := range []string{"secret", "pass", "pwd", "token", "credential"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// shownKey is a key without the secret that runs into it where the equals
// sign was forgotten. A letter or two more are a slip in the name.
func shownKey(key string) string {
	const n = len(secretKeyName)
	if len(key) <= n || !strings.EqualFold(key[:n], secretKeyName) {
		return key
	}
	more := strings.Trim(strings.ToLower(key[n:]), "_")
	if len(more) <= 2 && strings.Trim(more, "abcdefghijklmnopqrstuvwxyz") == "" {
		return key
	}
	return secretKeyName + masked
}

// shownValue is a value as an error may hold it.
func shownValue(key, value string) string {
	_, known := findProperty(key)
	if key == secretKeyName || mayBeSecret(value) || !known && mayBeSecret(key) {
		return masked
	}
	return value
}
