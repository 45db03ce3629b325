package resthook

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// NewPolicy writes a restClientConfig for a backend's answer to connect. It
// returns an error that matches [ErrPolicy] for a rule with an unknown value,
// for fields to overwrite without the policy RestPolicyOverwrite, and for a field that
// the method's payload does not have, so that a slip shows where it is made.
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

func (r Rule) filled() Rule {
	if r.RestPolicy == "" {
		r.RestPolicy = RestPolicyNotify
	}
	if r.RestOnError == "" {
		r.RestOnError = OnErrorLog
	}
	return r
}

func (r Rule) check(method Method) error {
	if method.Kind() == KindConnect || sessionless(method.Name()) {
		return errors.New("it is under no policy")
	}
	if err := r.checkValues(); err != nil {
		return err
	}
	return r.checkFields(method.PayloadType(), method.hasField)
}

// checkDefault judges a rule for all methods.
func (r Rule) checkDefault() error {
	if err := r.checkValues(); err != nil {
		return err
	}
	return r.checkFields("the catalogue", func(name string) bool {
		return slices.ContainsFunc(Methods(), func(method Method) bool { return method.hasField(name) })
	})
}

func (r Rule) checkValues() error {
	filled := r.filled()
	if _, err := readRestPolicy(string(filled.RestPolicy), false); err != nil {
		return err
	}
	if _, err := readOnError(string(filled.RestOnError), false); err != nil {
		return err
	}
	if len(r.RestOverwrite) > 0 && r.RestPolicy != RestPolicyOverwrite {
		return fmt.Errorf("restOverwrite without the restPolicy %s", RestPolicyOverwrite)
	}
	return nil
}

// checkFields finds fault with what is no field of the payload of a type.
func (r Rule) checkFields(payload string, hasField func(name string) bool) error {
	for _, path := range slices.Concat(r.RestExclude, r.RestOverwrite, r.ClientExclude) {
		if path != strings.TrimSpace(path) || strings.Contains(path, ",") {
			return fmt.Errorf("%q is not one field", path)
		}
		name, _, _ := strings.Cut(path, ".")
		if !hasField(name) {
			return fmt.Errorf("%s has no field %q", payload, name)
		}
	}
	return nil
}

func (p *Policy) write() []byte {
	b := []byte{'{'}
	for _, method := range slices.Sorted(maps.Keys(p.rules)) {
		rule := p.rules[method]
		b = append(jsontext.AppendName(b, 1, method), '{')
		start := len(b)
		for _, entry := range [...][2]string{
			{"clientExclude", strings.Join(rule.ClientExclude, ",")},
			{"restExclude", strings.Join(rule.RestExclude, ",")},
			{"restOnError", string(rule.RestOnError)},
			{"restPolicy", string(rule.RestPolicy)},
			{"restOverwrite", strings.Join(rule.RestOverwrite, ",")},
		} {
			b = jsontext.AppendString(jsontext.AppendName(b, start, entry[0]), entry[1])
		}
		b = append(b, '}')
	}
	return append(b, '}')
}
