package inspector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/wcskit/resthook/backend"
)

// rule is how one method is answered. The zero rule mirrors.
type rule struct {
	deny      *string // the reason; nil does not deny
	overwrite map[string]json.RawMessage
	delay     time.Duration
	drop      bool
}

// ruleSet holds a rule for each method that has one; that of "*" is for all
// others.
type Rules map[string]rule

// of is the rule of a method; the zero rule where there is none.
func (s Rules) of(method string) rule {
	if own, ok := s[method]; ok {
		return own
	}
	return s["*"]
}

// mirrors tells whether an answer is what came.
func (r rule) mirrors() bool { return r.deny == nil && r.overwrite == nil }

// handler answers a request under the rule. What it changes is the request as a
// whole: a handler of connect is not shown a restClientConfig.
func (r rule) handler(request []byte) backend.Handler[map[string]json.RawMessage] {
	return func(context.Context, *map[string]json.RawMessage) (*map[string]json.RawMessage, error) {
		if r.deny != nil {
			return nil, backend.Deny(*r.deny)
		}
		answer, err := object(request)
		if err != nil {
			return nil, err
		}
		maps.Copy(answer, r.overwrite)
		return &answer, nil
	}
}

// parseRules reads a rules file. Its errors name the place.
func ParseRules(text []byte) (Rules, error) {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if err := checkSyntax(text); err != nil {
		return nil, err
	}
	methods, err := object(text)
	if err != nil {
		return nil, err
	}
	rules := Rules{}
	for _, method := range slices.Sorted(maps.Keys(methods)) {
		own, err := parseRule(methods[method])
		if err != nil {
			return nil, fmt.Errorf("%s%w", method, err)
		}
		rules[method] = own
	}
	return rules, nil
}

// parseRule reads one method's rule; its errors begin with what follows the
// method's name.
func parseRule(text []byte) (rule, error) {
	var r rule
	entries, err := object(text)
	if err != nil {
		return r, fmt.Errorf(": %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if err := r.set(key, entries[key]); err != nil {
			return r, fmt.Errorf(".%s: %w", key, err)
		}
	}
	if r.answers() > 1 {
		return r, errors.New(": only one of deny, overwrite and break can be the answer")
	}
	return r, nil
}

func (r *rule) set(key string, value []byte) (err error) {
	switch key {
	case "deny":
		r.deny, err = read[*string](value, "a text: the reason")
		if err == nil && r.deny == nil {
			err = errors.New("null, not a text: the reason")
		}
	case "overwrite":
		r.overwrite, err = object(value)
	case "delay":
		r.delay, err = parseDelay(value)
	case "break":
		r.drop, err = read[bool](value, "true or false")
	default:
		err = errors.New("unknown key: deny, overwrite, delay or break is wanted")
	}
	return err
}

// answers counts what the rule would answer.
func (r *rule) answers() int {
	n := 0
	for _, given := range [...]bool{r.deny != nil, r.overwrite != nil, r.drop} {
		if given {
			n++
		}
	}
	return n
}

func parseDelay(value []byte) (time.Duration, error) {
	text, err := read[string](value, `a time such as "500ms"`)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf(`%q is not a time such as "500ms"`, text)
	}
	return d, nil
}

func read[T any](value []byte, want string) (T, error) {
	var v T
	if err := json.Unmarshal(value, &v); err != nil {
		return v, fmt.Errorf("not %s", want)
	}
	return v, nil
}

func object(text []byte) (map[string]json.RawMessage, error) {
	members, err := read[map[string]json.RawMessage](text, "an object")
	if err == nil && members == nil {
		err = errors.New("null, not an object")
	}
	return members, err
}

// checkSyntax says in which line a text stops being JSON.
func checkSyntax(text []byte) error {
	var whole json.RawMessage
	err := json.Unmarshal(text, &whole)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line := 1 + bytes.Count(text[:syntax.Offset], []byte("\n"))
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}
