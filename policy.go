package resthook

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/names"
	"github.com/wcskit/resthook/internal/redact"
)

// RestPolicy says whether a method is sent to the backend, and whether the
// answer may change the payload (docs/protocol.md, 3.2).
type RestPolicy string

// The values of RestPolicy.
const (
	// RestPolicyNotify: the method is sent; what the answer holds is ignored. The default.
	RestPolicyNotify RestPolicy = "NOTIFY"
	// RestPolicyOverwrite: the method is sent; of the answer, the fields in RestOverwrite
	// are taken.
	RestPolicyOverwrite RestPolicy = "OVERWRITE"
	// RestPolicyDisable: the method is not sent; the client's data stand.
	RestPolicyDisable RestPolicy = "DISABLE"
)

// OnError says what a failed hook means (docs/protocol.md, 3.1).
type OnError string

// The values of OnError.
const (
	// OnErrorLog: it is logged, and the media server goes on. The default.
	OnErrorLog OnError = "LOG"
	// OnErrorFail: the media server acts, as the hook's kind says.
	OnErrorFail OnError = "FAIL"
)

// Rule is what a policy says of one method. The zero Rule holds the defaults:
// RestPolicyNotify, OnErrorLog, and no fields. A field is named as on the wire; a dot leads into
// an object: "custom.token" (docs/protocol.md, 0.4).
type Rule struct {
	RestPolicy    RestPolicy
	RestOnError   OnError
	RestExclude   []string // not sent to the backend
	RestOverwrite []string // taken from the answer, with RestPolicyOverwrite only
	ClientExclude []string // not for the client
}

// Policy is a restClientConfig: what a backend says, in its answer to connect,
// of the methods that follow in that session (docs/protocol.md, 0.4). A
// method that it does not name has the zero [Rule]. A nil *Policy names none. A
// Policy does not change and is safe for concurrent use.
type Policy struct {
	text     []byte
	rules    map[string]rule
	warnings []string
	unsaid   int // warnings beyond the first few
	fields   int // in all lists
	doubted  int // fields whose meaning was looked for
}

// How large a restClientConfig may be. The catalogue with every field of each
// method in every list fits many times over.
const (
	maxPolicyBytes   = 512 << 10
	maxPolicyMethods = 1024
	maxPolicyFields  = 64 << 10 // in all lists
	maxWarnings      = 10
	maxDoubts        = 1000
)

// ParsePolicy reads a restClientConfig object. It returns an error that matches
// [ErrPolicy] and names the place, for a text that is no object and for an
// unknown value of restPolicy or restOnError: a backend that misspells FAIL
// must not get LOG. Unknown keys are kept and reported by [Policy.Warnings].
//
// A policy is at most 512 KiB long, names at most 1,024 methods, and at most 65,536
// fields in all its lists; a larger one is an error too.
func ParsePolicy(data []byte) (*Policy, error) {
	p, err := parsePolicy(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	return p, nil
}

func parsePolicy(data []byte) (*Policy, error) {
	data = bytes.Trim(jsontext.TrimBOM(data), " \t\r\n") // what JSON takes for blanks, no more
	p := &Policy{text: data, rules: map[string]rule{}}
	if err := p.checkSize(0); err != nil {
		return nil, err
	}
	p.text = slices.Clone(data)
	if jsontext.IsEmptyArray(data) {
		return p, nil
	}
	if err := jsontext.Check(data); err != nil {
		return nil, err
	}
	methods := jsontext.Index(data) // of duplicates the last counts
	if err := p.checkSize(len(methods)); err != nil {
		return nil, err
	}
	for _, method := range slices.Sorted(maps.Keys(methods)) {
		if err := p.read(method, methods[method]); err != nil {
			return nil, err
		}
	}
	return p, p.checkSize(len(methods))
}

// checkSize reports a policy that is larger than one may be.
func (p *Policy) checkSize(methods int) error {
	switch {
	case len(p.text) > maxPolicyBytes:
		return fmt.Errorf("%d bytes, more than %d", len(p.text), maxPolicyBytes)
	case methods > maxPolicyMethods:
		return fmt.Errorf("%d methods, more than %d", methods, maxPolicyMethods)
	case p.fields > maxPolicyFields:
		return fmt.Errorf("%d fields in its lists, more than %d", p.fields, maxPolicyFields)
	}
	return nil
}

// add makes a rule ready.
func (p *Policy) add(method string, r Rule) {
	p.rules[method] = newRule(r)
	p.fields += len(r.RestExclude) + len(r.RestOverwrite) + len(r.ClientExclude)
}

// size is about how many bytes the policy takes.
func (p *Policy) size() int {
	const ofField = 64
	return len(p.text) + p.fields*ofField
}

func (p *Policy) read(method string, value []byte) error {
	switch {
	case method == Connect.name || jsontext.IsNull(value) || jsontext.IsEmptyArray(value):
		return nil
	case !jsontext.IsObject(value):
		return fmt.Errorf("%s: %s, not an object", shownName(method), jsontext.TypeOf(value))
	}
	p.doubt(method)
	var rule Rule
	keys := jsontext.Index(value)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		known, err := rule.read(key, keys[key])
		if err != nil {
			return fmt.Errorf("%s.%s: %w", shownName(method), key, err)
		}
		if !known {
			p.warn(func() string {
				return fmt.Sprintf("%s.%s: unknown key, ignored%s", shownName(method), shownName(key), names.DidYouMean(key, ruleKeys()))
			})
		}
	}
	p.doubtFields(method, rule)
	p.add(method, rule)
	return nil
}

// doubtFields warns of what a rule says of fields to no effect: an overwrite that
// restPolicy does not have, and a name that the payload lacks but that is close to one
// of it. Others are a media server's own.
func (p *Policy) doubtFields(method string, rule Rule) {
	if len(rule.RestOverwrite) > 0 && rule.RestPolicy != RestPolicyOverwrite {
		p.warn(func() string {
			return fmt.Sprintf("%s.restOverwrite: without the restPolicy %s, ignored", shownName(method), RestPolicyOverwrite)
		})
	}
	of, known := FindMethod(method)
	if !known {
		return
	}
	fields := of.fieldNames()
	for _, path := range slices.Concat(rule.RestExclude, rule.RestOverwrite, rule.ClientExclude) {
		if len(p.warnings) == maxWarnings || p.doubted == maxDoubts {
			return // a stranger's list may be long
		}
		name, _, _ := strings.Cut(path, ".")
		if of.hasField(name) || len(name) > longestLabel {
			continue
		}
		p.doubted++
		if meant := names.DidYouMean(name, fields); meant != "" {
			p.warn(func() string { return fmt.Sprintf("%s: no field %s%s", shownName(method), shownName(name), meant) })
		}
	}
}

// doubt warns of a method that the catalogue lacks, but that is close to one of it.
// Others are a media server's own.
func (p *Policy) doubt(method string) {
	if _, known := FindMethod(method); known {
		return
	}
	if meant := names.DidYouMean(method, namesOf(Methods())); meant != "" {
		p.warn(func() string { return shownName(method) + ": no such method" + meant })
	}
}

// ruleKeys are what a policy can say of a method.
func ruleKeys() []string {
	return []string{"restPolicy", "restOnError", "restExclude", "restOverwrite", "clientExclude"}
}

// shownName is a name that the backend chose, fit for a log.
func shownName(name string) string {
	const longest = 40
	if checkName(name) == nil && len(name) <= longest {
		return name
	}
	return fmt.Sprintf("%.40q", name)
}

// warn keeps a few warnings and counts the others.
func (p *Policy) warn(text func() string) {
	if len(p.warnings) == maxWarnings {
		p.unsaid++
		return
	}
	p.warnings = append(p.warnings, text())
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
			return true, fmt.Errorf("%s, not a string", jsontext.TypeOf(value))
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
	case RestPolicyNotify, RestPolicyOverwrite, RestPolicyDisable:
		return RestPolicy(text), nil
	case "DISABLED": // as older documentation spells it
		return RestPolicyDisable, nil
	}
	if unset {
		return RestPolicyNotify, nil
	}
	return "", fmt.Errorf("%.40q is not NOTIFY, OVERWRITE or DISABLE", text)
}

func readOnError(text string, unset bool) (OnError, error) {
	switch OnError(text) {
	case OnErrorLog, OnErrorFail:
		return OnError(text), nil
	}
	if unset {
		return OnErrorLog, nil
	}
	return "", fmt.Errorf("%.40q is not LOG or FAIL", text)
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
	return "resthook.Policy{" + redact.Line(strings.Join(names, " "), longestShown) + "}"
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
// as a key that is not known: ten warnings at most, and then how many more there
// are.
func (p *Policy) Warnings() []string {
	if p == nil {
		return nil
	}
	warnings := slices.Clone(p.warnings)
	if p.unsaid > 0 {
		warnings = append(warnings, fmt.Sprintf("and %d more", p.unsaid))
	}
	return warnings
}

// Rule returns what the policy says of a method, filled with the defaults.
func (p *Policy) Rule(method string) Rule {
	if p == nil {
		return Rule{}.filled()
	}
	return p.rules[method].filled().clone()
}

// rule is Rule for those who apply it, with another for methods that the policy
// does not name. Connect and a method without a session are under no rule,
// whatever they are sent to.
func (p *Policy) rule(method string, unnamed rule) rule {
	if method == Connect.name || sessionless(method) {
		return rule{Rule: Rule{}.filled()}
	}
	if p != nil {
		if r, ok := p.rules[method]; ok {
			return r
		}
	}
	return unnamed
}

// view is the rule of what the client sees of a method. Of connect it sees its
// ConnectionStatusEvent (docs/protocol.md, 0.4).
func (p *Policy) view(method string, kind Kind, unnamed rule) rule {
	if kind == KindConnect {
		method = ConnectionStatusEvent.name
	}
	return p.rule(method, unnamed)
}

// misspelt finds fault with an object in the answer to connect whose name is close to
// restClientConfig.
func misspelt(answer []byte) error {
	for m := jsontext.Open(answer); m.Next(); {
		name := strings.TrimSpace(string(m.Name()))
		if string(m.Name()) != restClientConfig && jsontext.IsObject(m.Value()) && names.Nearest(name, []string{restClientConfig}) != "" {
			return fmt.Errorf("%w: %s: did you mean %s?", ErrPolicy, shownName(string(m.Name())), restClientConfig)
		}
	}
	return nil
}

// policyIn is the policy in the answer to connect; nil where there is none.
func policyIn(body []byte) (*Policy, error) {
	text, ok := jsontext.Get(body, restClientConfig)
	if !ok || jsontext.IsNull(text) {
		return nil, nil //nolint:nilnil // a nil *Policy names nothing, as its type says
	}
	return ParsePolicy(text)
}

// clone copies the lists, which the caller of an exported function may write.
func (r Rule) clone() Rule {
	r.RestExclude, r.RestOverwrite, r.ClientExclude = slices.Clone(r.RestExclude), slices.Clone(r.RestOverwrite), slices.Clone(r.ClientExclude)
	return r
}
