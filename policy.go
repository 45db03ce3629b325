package resthook

import (
	"bytes"
	"fmt"
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
	data = bytes.Trim(data, " \t\r\n") // what JSON takes for blanks, no more
	p := &Policy{text: slices.Clone(data), rules: map[string]Rule{}}
	if jsontext.IsEmptyArray(data) {
		return p, nil
	}
	if err := jsontext.Check(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	for m := jsontext.Open(data); m.Next(); {
		if err := p.read(string(m.Name()), m.Value()); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
		}
	}
	return p, nil
}

func (p *Policy) read(method string, value []byte) error {
	delete(p.rules, method)
	switch {
	case method == Connect.name || jsontext.IsNull(value) || jsontext.IsEmptyArray(value):
		return nil
	case !jsontext.IsObject(value):
		return fmt.Errorf("%s: %s, not an object", method, typeOf(value))
	}
	var rule Rule
	for m := jsontext.Open(value); m.Next(); {
		key := string(m.Name())
		known, err := rule.read(key, m.Value())
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

// NewPolicy writes a restClientConfig for a backend's answer to connect. It
// returns an error that matches [ErrPolicy] for a rule with an unknown value,
// for fields to overwrite without the policy Overwrite, and for a field that
// the method's payload does not have, so that a slip shows where it is made.
func NewPolicy(rules map[Method]Rule) (*Policy, error) {
	p := &Policy{rules: map[string]Rule{}}
	for method, rule := range rules {
		if err := rule.check(method); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrPolicy, method.Name(), err)
		}
		p.rules[method.Name()] = rule.filled().clone()
	}
	p.text = p.write()
	return p, nil
}

func (r Rule) filled() Rule {
	if r.RestPolicy == "" {
		r.RestPolicy = Notify
	}
	if r.RestOnError == "" {
		r.RestOnError = Log
	}
	return r
}

func (r Rule) check(method Method) error {
	filled := r.filled()
	if _, err := readRestPolicy(string(filled.RestPolicy), false); err != nil {
		return err
	}
	if _, err := readOnError(string(filled.RestOnError), false); err != nil {
		return err
	}
	if len(r.RestOverwrite) > 0 && r.RestPolicy != Overwrite {
		return fmt.Errorf("restOverwrite without the restPolicy %s", Overwrite)
	}
	for _, path := range slices.Concat(r.RestExclude, r.RestOverwrite, r.ClientExclude) {
		if path != strings.TrimSpace(path) || strings.Contains(path, ",") {
			return fmt.Errorf("%q is not one field", path)
		}
		name, _, _ := strings.Cut(path, ".")
		if !method.hasField(name) {
			return fmt.Errorf("%s has no field %q", method.PayloadType(), name)
		}
	}
	return nil
}

func (p *Policy) write() []byte {
	b := []byte{'{'}
	for _, method := range slices.Sorted(maps.Keys(p.rules)) {
		rule := p.rules[method]
		b = append(appendName(b, 1, method), '{')
		start := len(b)
		for _, entry := range [...][2]string{
			{"clientExclude", strings.Join(rule.ClientExclude, ",")},
			{"restExclude", strings.Join(rule.RestExclude, ",")},
			{"restOnError", string(rule.RestOnError)},
			{"restPolicy", string(rule.RestPolicy)},
			{"restOverwrite", strings.Join(rule.RestOverwrite, ",")},
		} {
			b = jsontext.AppendString(appendName(b, start, entry[0]), entry[1])
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// MarshalJSON writes the restClientConfig object; of one that was read, the text
// that was read.
func (p *Policy) MarshalJSON() ([]byte, error) { return p.append(nil), nil }

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

// outgoing is what the backend sees of a payload.
func (r Rule) outgoing(body []byte) []byte {
	for _, path := range r.RestExclude {
		body = jsontext.Drop(body, path)
	}
	return body
}

// clientView is what the client may see of a payload.
func (r Rule) clientView(body []byte) []byte {
	body = jsontext.Drop(body, restClientConfig)
	for _, path := range r.ClientExclude {
		body = jsontext.Drop(body, path)
	}
	return body
}

const restClientConfig = "restClientConfig"

// protected reports whether the field is one that no answer can change.
func protected(name string) bool {
	return name == "nodeId" || name == "appKey" || name == "sessionId"
}

// changes returns what the rule takes from the answer to a body.
func (r Rule) changes(body, answer []byte) []member {
	if r.RestPolicy != Overwrite {
		return nil
	}
	var taken []member
	for _, path := range r.RestOverwrite {
		name, inner, nested := strings.Cut(path, ".")
		value, ok := jsontext.At(answer, path)
		if !ok || jsontext.IsNull(value) || protected(name) {
			continue
		}
		old := current(taken, body, name)
		if nested {
			before, _ := jsontext.At(old, inner)
			value = jsontext.Put(object(old), inner, jsontext.Settle(value, before))
		} else {
			value = jsontext.Settle(value, old)
		}
		taken = append(taken, member{name, value})
	}
	return taken
}

// current returns the value of a field after the changes so far.
func current(taken []member, body []byte, name string) []byte {
	for _, m := range slices.Backward(taken) {
		if m.name == name {
			return m.value
		}
	}
	value, _ := jsontext.Get(body, name)
	return value
}

func object(value []byte) []byte {
	if jsontext.IsObject(value) {
		return value
	}
	return []byte("{}")
}

// merged returns all that an answer to connect holds, which needs no policy
// (protocol.md section 0.4).
func merged(body, answer []byte) []member {
	var taken []member
	place := map[string]int{}
	for m := jsontext.Open(answer); m.Next(); {
		name := string(m.Name())
		if protected(name) {
			continue
		}
		i, again := place[name]
		if !again {
			i = len(taken)
			place[name] = i
			taken = append(taken, member{name: name})
		}
		taken[i].value = m.Value()
	}
	taken = slices.DeleteFunc(taken, func(m member) bool { return jsontext.IsNull(m.value) })
	for i, m := range taken {
		old, _ := jsontext.Get(body, m.name)
		taken[i].value = jsontext.Settle(m.value, old)
	}
	return taken
}
