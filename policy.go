package resthook

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/redact"
)

// RestPolicy says whether a method is sent to the backend, and whether the
// answer may change the payload (docs/protocol.md, 3.2).
type RestPolicy string

// The values of RestPolicy.
const (
	// RestPolicyNotify: the method is sent; the values in the answer are ignored. The default.
	RestPolicyNotify RestPolicy = "NOTIFY"
	// RestPolicyOverwrite: the method is sent; of the answer, the fields in RestOverwrite
	// are taken.
	RestPolicyOverwrite RestPolicy = "OVERWRITE"
	// RestPolicyDisable: the method is not sent; the client's data are used.
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

// Policy is a restClientConfig: the rules that a backend gives, in its answer to connect,
// for the methods that follow in that session (docs/protocol.md, 0.4). A
// method that it does not name has the zero [Rule]. A nil *Policy names none. A
// Policy does not change and is safe for concurrent use.
type Policy struct {
	text     []byte
	rules    map[string]rule
	warnings []string
	further  int // warnings beyond the first few
	fields   int // in all lists
	compared int // fields that were compared with the known ones
}

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

// NewPolicy writes a restClientConfig for a backend's answer to connect. It
// returns an error that matches [ErrPolicy] for a rule with an unknown value,
// for fields to overwrite without the policy RestPolicyOverwrite, and for a field that
// the method's payload does not have, so that a mistake shows where it is made.
func NewPolicy(rules map[Method]Rule) (*Policy, error) {
	p := &Policy{rules: map[string]rule{}}
	for method, rule := range rules {
		if method == nil {
			return nil, fmt.Errorf("%w: a rule for no method", ErrPolicy)
		}
		if err := rule.check(method); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrPolicy, method.Name(), err)
		}
		p.add(method.Name(), rule.clone())
	}
	p.text = p.write()
	if err := p.checkSize(len(rules)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	return p, nil
}

// Equal reports whether two policies say the same, as JSON. Either may be nil.
func (p *Policy) Equal(q *Policy) bool {
	if p == nil || q == nil {
		return p == q
	}
	return jsontext.Same(p.text, q.text)
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

// Warnings returns what the restClientConfig says without effect, such as a key that is
// not known: ten warnings at most, and then how many more there are.
func (p *Policy) Warnings() []string {
	if p == nil {
		return nil
	}
	warnings := slices.Clone(p.warnings)
	if p.further > 0 {
		warnings = append(warnings, fmt.Sprintf("and %d more", p.further))
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

func (r Rule) filled() Rule {
	if r.RestPolicy == "" {
		r.RestPolicy = RestPolicyNotify
	}
	if r.RestOnError == "" {
		r.RestOnError = OnErrorLog
	}
	return r
}

// clone copies the lists, which the caller of an exported function may write.
func (r Rule) clone() Rule {
	r.RestExclude, r.RestOverwrite, r.ClientExclude = slices.Clone(r.RestExclude), slices.Clone(r.RestOverwrite), slices.Clone(r.ClientExclude)
	return r
}
