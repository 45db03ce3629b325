package resthook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wcskit/resthook/internal/names"
	"github.com/wcskit/resthook/internal/owntype"
	"github.com/wcskit/resthook/internal/properties"
)

// ConfigError is a setting, or a whole file, that can't be used. It matches
// [ErrConfig].
type ConfigError struct {
	File   string // "" where there is none, as in [ParseConfig]
	Line   int    // the physical line, from 1; 0 where there is none
	Key    string // "" where the file as a whole is meant
	Value  string // as the file has it; "***" for a secret, "" where no value is at fault
	Reason string // what is wrong, the value included; fit to be printed
	Err    error  // the cause, such as [io/fs.ErrNotExist]; nil where there is none
}

// Error says in one line where the fault is, and what it is. It prints no
// secret.
func (e *ConfigError) Error() string {
	return report(e.File, e.Line, e.Key, e.Reason)
}

// Unwrap returns ErrConfig and the cause.
func (e *ConfigError) Unwrap() []error { return present(ErrConfig, e.Err) }

// Warning is something in a file that works but looks like a mistake.
type Warning struct {
	File string // "" where there is none, as in [ParseConfig]
	Line int    // the physical line, from 1; 0 where there is none
	Key  string // "" where the file as a whole is meant
	Text string // what looks like a mistake
}

// String says it in one line: "file:line: key: text". It prints no secret.
func (w Warning) String() string {
	return report(w.File, w.Line, w.Key, w.Text)
}

// configErrors are several faults. Unlike errors.Join, it prints one line.
type configErrors []*ConfigError

func (e configErrors) Error() string {
	texts := make([]string, len(e))
	for i, fault := range e {
		texts[i] = fault.Error()
	}
	return strings.Join(texts, "; ")
}

func (e configErrors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, fault := range e {
		errs[i] = fault
	}
	return errs
}

func joined(faults []*ConfigError) error {
	switch len(faults) {
	case 0:
		return nil
	case 1:
		return faults[0]
	}
	return configErrors(faults)
}

// badValue is the error for a value of a known key.
func badValue(key, value, reason string) *ConfigError {
	value = shownValue(key, value)
	return &ConfigError{Key: shownKey(key), Value: value, Reason: quoted(value) + " " + reason}
}

// undecoded is the error for an entry with an escape that means nothing. If
// the key is at fault, nobody knows what the value is, so it is not shown.
func undecoded(e properties.Entry) *ConfigError {
	if e.Fault.InKey {
		return &ConfigError{Key: shownKey(e.Key), Reason: "the key has a " + e.Fault.Reason}
	}
	return badValue(e.Key, e.Value, "has a "+e.Fault.Reason)
}

// quoted is a value fit for one line of text.
func quoted(value string) string {
	return strconv.Quote(clipped(value))
}

// report is one line: file, line, key and text, as far as they are known.
func report(file string, line int, key, text string) string {
	var b strings.Builder
	switch {
	case file != "" && line > 0:
		fmt.Fprintf(&b, "%s:%d: ", printable(file), line)
	case file != "":
		fmt.Fprintf(&b, "%s: ", printable(file))
	case line > 0:
		fmt.Fprintf(&b, "line %d: ", line)
	}
	if key != "" {
		fmt.Fprintf(&b, "%s: ", printable(clipped(key)))
	}
	b.WriteString(text)
	return b.String()
}

func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

func clipped(text string) string {
	const most = 80
	runes := 0
	for i := range text {
		if runes++; runes > most {
			return text[:i] + "..."
		}
	}
	return text
}

// String returns the setting as a file has it.
func (s Setting) String() string { return s.Key + "=" + s.text() }

func (s Setting) text() string {
	switch v := s.Value.(type) {
	case []string:
		return strings.Join(v, ",")
	case time.Duration:
		return inUnits(v, s.unit)
	}
	return fmt.Sprint(s.Value)
}

func inUnits(d, unit time.Duration) string {
	if unit == 0 {
		unit = time.Second
	}
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
}

// json is the value as JSON has it.
func (s Setting) json() ([]byte, error) {
	if d, ok := s.Value.(time.Duration); ok {
		return []byte(inUnits(d, time.Second)), nil
	}
	return owntype.Marshal(s.Value)
}

// MarshalJSON returns the settings as one object, in their order.
func (s Settings) MarshalJSON() ([]byte, error) {
	members := make([][]byte, len(s))
	for i, setting := range s {
		key, err := json.Marshal(setting.Key)
		if err != nil {
			return nil, err
		}
		value, err := setting.json()
		if err != nil {
			return nil, err
		}
		members[i] = append(append(key, ':'), value...)
	}
	return append(append([]byte{'{'}, bytes.Join(members, []byte{','})...), '}'), nil
}

// isSlip reports whether an unknown key was probably meant for us: it begins as ours do, or
// differs from one of ours by a letter or two, capitals, dots or dashes (docs/protocol.md,
// 0.5). The REST API's own keys, such as rest_access_control_headers, begin differently.
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

// mayBeSecret reports whether a text is better not printed. Such a word in a value shows
// that a line end was lost, and the next line with its secret became part of it.
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
