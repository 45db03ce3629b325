package resthook

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// RestPolicy says whether a method is sent to the backend, and whether the
// answer may change the payload (protocol.md section 3.2).
type RestPolicy string

// The values of RestPolicy.
const (
	// Notify: the method is sent; what the answer holds is ignored. The default.
	Notify RestPolicy = "NOTIFY"
	// Overwrite: the method is sent; of the answer, the fields in RestOverwrite
	// are taken.
	Overwrite RestPolicy = "OVERWRITE"
	// Disable: the method is not sent; the client's data stand.
	Disable RestPolicy = "DISABLE"
)

// OnError says what a failed hook means (protocol.md section 3.1).
type OnError string

// The values of OnError.
const (
	// Log: it is logged, and the media server goes on. The default.
	Log OnError = "LOG"
	// Fail: the media server acts, as the hook's kind says.
	Fail OnError = "FAIL"
)

// Rule is what a policy says of one method. The zero Rule holds the defaults:
// Notify, Log, and no fields. A field is named as on the wire; a dot leads into
// an object: "custom.token" (protocol.md section 0.4).
type Rule struct {
	RestPolicy    RestPolicy
	RestOnError   OnError
	RestExclude   []string // not sent to the backend
	RestOverwrite []string // taken from the answer, with Overwrite only
	ClientExclude []string // not for the client
}

// Policy is a restClientConfig: what a backend says, in its answer to connect,
// of the methods that follow in that session (protocol.md section 0.4). A
// method that it does not name has the zero [Rule]. A nil *Policy names none. A
// Policy does not change and is safe for concurrent use.
type Policy struct {
	text     []byte
	rules    map[string]Rule
	warnings []string
}

// ParsePolicy reads a restClientConfig object. It returns an error that matches
// [ErrPolicy] and names the place, for a text that is no object and for an
// unknown value of restPolicy or restOnError: a backend that misspells FAIL
// must not get LOG. Unknown keys are kept and reported by [Policy.Warnings].
func ParsePolicy(data []byte) (*Policy, error) {
	data = bytes.Trim(jsontext.TrimBOM(data), " \t\r\n") // what JSON takes for blanks, no more
	p := &Policy{text: slices.Clone(data), rules: map[string]Rule{}}
	if jsontext.IsEmptyArray(data) {
		return p, nil
	}
	if err := jsontext.Check(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	methods := jsontext.Index(data) // of duplicates the last counts
	for _, method := range slices.Sorted(maps.Keys(methods)) {
		if err := p.read(method, methods[method]); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
		}
	}
	return p, nil
}

func (p *Policy) read(method string, value []byte) error {
	switch {
	case method == Connect.name || jsontext.IsNull(value) || jsontext.IsEmptyArray(value):
		return nil
	case !jsontext.IsObject(value):
		return fmt.Errorf("%s: %s, not an object", method, typeOf(value))
	}
	p.doubt(method)
	var rule Rule
	keys := jsontext.Index(value)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		known, err := rule.read(key, keys[key])
		if err != nil {
			return fmt.Errorf("%s.%s: %w", method, key, err)
		}
		if !known {
			p.warnings = append(p.warnings, fmt.Sprintf("%s.%s: unknown key, ignored", method, key))
		}
	}
	p.rules[method] = rule
	return nil
}

// doubt warns of a method that differs from a known one in its capitals alone.
func (p *Policy) doubt(method string) {
	for _, known := range Methods() {
		if name := known.Name(); strings.EqualFold(name, method) && name != method {
			p.warnings = append(p.warnings, fmt.Sprintf("%s: no such method; did you mean %s?", method, name))
		}
	}
}

func (r *Rule) read(key string, value []byte) (known bool, err error) {
	switch key {
	case "restPolicy", "restOnError", "restExclude", "restOverwrite", "clientExclude":
	default:
		return false, nil
	}
	text := ""
	if !jsontext.IsNull(value) {
		if value[0] != '"' {
			return true, fmt.Errorf("%s, not a string", typeOf(value))
		}
		text = jsontext.Unquote(value)
	}
	switch key {
	case "restPolicy":
		r.RestPolicy, err = readRestPolicy(text, jsontext.IsNull(value))
	case "restOnError":
		r.RestOnError, err = readOnError(text, jsontext.IsNull(value))
	case "restExclude":
		r.RestExclude = splitFields(text)
	case "restOverwrite":
		r.RestOverwrite = splitFields(text)
	case "clientExclude":
		r.ClientExclude = splitFields(text)
	}
	return true, err
}

func readRestPolicy(text string, unset bool) (RestPolicy, error) {
	switch RestPolicy(text) {
	case Notify, Overwrite, Disable:
		return RestPolicy(text), nil
	case "DISABLED": // as older documentation spells it
		return Disable, nil
	}
	if unset {
		return Notify, nil
	}
	return "", fmt.Errorf("%q is not NOTIFY, OVERWRITE or DISABLE", text)
}

func readOnError(text string, unset bool) (OnError, error) {
	switch OnError(text) {
	case Log, Fail:
		return OnError(text), nil
	}
	if unset {
		return Log, nil
	}
	return "", fmt.Errorf("%q is not LOG or FAIL", text)
}

func splitFields(list string) []string {
	var fields []string
	for field := range strings.SplitSeq(list, ",") {
		if field = strings.TrimSpace(field); field != "" {
			fields = append(fields, field)
		}
	}
	return fields
}

// String says which methods the policy has rules for.
func (p *Policy) String() string {
	if p == nil {
		return "resthook.Policy{}"
	}
	names := slices.Sorted(maps.Keys(p.rules))
	return "resthook.Policy{" + oneLine(strings.Join(names, " "), longestShown) + "}"
}

// Format prints what String returns, whatever the verb.
func (p *Policy) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue is what String returns, in log/slog. As JSON a policy is what a backend
// wrote.
func (p *Policy) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalJSON writes the restClientConfig object; of one that was read, the text
// that was read.
func (p *Policy) MarshalJSON() ([]byte, error) {
	if p == nil {
		return []byte("null"), nil
	}
	return p.append(nil), nil
}

// append appends the restClientConfig object; the zero Policy is an empty one.
func (p *Policy) append(b []byte) []byte {
	if len(p.text) == 0 {
		return append(b, "{}"...)
	}
	return append(b, p.text...)
}

// UnmarshalJSON reads a restClientConfig object as [ParsePolicy] does.
func (p *Policy) UnmarshalJSON(data []byte) error {
	parsed, err := ParsePolicy(data)
	if err == nil {
		*p = *parsed
	}
	return err
}

// Warnings returns what the restClientConfig says that nobody will heed, such
// as a key that is not known.
func (p *Policy) Warnings() []string {
	if p == nil {
		return nil
	}
	return slices.Clone(p.warnings)
}

// Rule returns what the policy says of a method, filled with the defaults.
func (p *Policy) Rule(method string) Rule {
	if p == nil {
		return Rule{}.filled()
	}
	return p.rules[method].filled().clone()
}

// rule is Rule for those who only read it. A method without a session is under
// no policy, whatever it is sent to.
func (p *Policy) rule(method string) Rule {
	if p == nil || sessionless(method) {
		return Rule{}.filled()
	}
	return p.rules[method].filled()
}

// clone copies the lists, which the caller of an exported function may write.
func (r Rule) clone() Rule {
	r.RestExclude, r.RestOverwrite, r.ClientExclude = slices.Clone(r.RestExclude), slices.Clone(r.RestOverwrite), slices.Clone(r.ClientExclude)
	return r
}
