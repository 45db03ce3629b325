package inspector

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/internal/jsontext"
)

// ParseRules reads a rules file. Its errors name the line or the rule.
func ParseRules(text []byte) (Rules, error) {
	text = jsontext.TrimBOM(text)
	if err := checkSyntax(text); err != nil {
		return nil, err
	}
	methods, err := object(text)
	if err != nil {
		return nil, err
	}
	var rules Rules
	for method, value := range methods {
		own, err := parseMethod(method, value)
		if err != nil {
			return nil, err
		}
		rules = append(rules, own...)
	}
	rules.sort()
	return rules, nil
}

// sort puts the rules of "*" last. The rules of a method keep their order.
func (s Rules) sort() {
	slices.SortStableFunc(s, func(a, b *rule) int {
		switch {
		case a.method == b.method:
			return 0
		case a.method == "*":
			return 1
		case b.method == "*":
			return -1
		}
		return cmp.Compare(a.method, b.method)
	})
}

// parseMethod reads a method's entry of a rules file: a rule or a list of rules.
func parseMethod(method string, value []byte) (Rules, error) {
	if value[0] != '[' {
		r, err := parseRule(method, value)
		if err != nil {
			return nil, fmt.Errorf("%s%w", method, err)
		}
		return Rules{r}, nil
	}
	var list []json.RawMessage
	_ = json.Unmarshal(value, &list) // its syntax has been checked
	var rules Rules
	for n, one := range list {
		r, err := parseRule(method, one)
		if err != nil {
			return nil, fmt.Errorf("%s[%d]%w", method, n, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// parseRule reads a rule. The caller puts the method's name before its errors.
func parseRule(method string, text []byte) (*rule, error) {
	r := &rule{method: method}
	if err := checkMethod(method); err != nil {
		return nil, err
	}
	entries, err := object(text)
	if err != nil {
		return nil, fmt.Errorf(": %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if err := r.set(key, entries[key]); err != nil {
			return nil, fmt.Errorf(".%s: %w", key, err)
		}
	}
	return r, r.check(entries)
}

func checkMethod(method string) error {
	if method == "*" {
		return nil
	}
	if _, err := resthook.NewHook[map[string]any](method, recording.KindOf(method)); err != nil {
		return errors.New(": " + strings.TrimPrefix(err.Error(), resthook.ErrConfig.Error()+": "))
	}
	return nil
}

// ownRule reads a rule from the page, which has its method as a member.
func ownRule(text []byte) (*rule, error) {
	if err := checkSyntax(text); err != nil {
		return nil, err
	}
	entries, err := object(text)
	if err != nil {
		return nil, err
	}
	method, err := read[string](entries["method"], "a text")
	if err != nil {
		return nil, fmt.Errorf("method: %w", err)
	}
	delete(entries, "method")
	own, err := json.Marshal(entries)
	if err != nil {
		return nil, err
	}
	r, err := parseRule(method, own)
	if err != nil {
		return nil, fmt.Errorf("%s%w", method, err)
	}
	return r, nil
}

func (r *rule) set(key string, value []byte) (err error) {
	switch key {
	case "session":
		r.session, err = readPattern(value, longestID)
	case "name":
		r.name, err = readPattern(value, longestName)
	case "deny":
		r.deny, err = read[*string](value, "a text: the reason")
	case "status":
		err = r.setStatus(value)
	case "headers":
		err = r.setHeaders(value)
	case "body":
		r.setBody(value)
	case "overwrite":
		err = r.setOverwrite(value)
	case "delay":
		r.delay, err = readDelay(value)
	case "break":
		r.drop, err = read[bool](value, "true or false")
	default:
		err = fmt.Errorf("unknown key: %s is wanted", strings.Join(ruleKeys(), ", "))
	}
	return err
}

func ruleKeys() []string {
	return []string{"session", "name", "deny", "status", "headers", "body", "overwrite", "delay", "break"}
}

// check checks the rule as a whole.
func (r *rule) check(entries map[string]json.RawMessage) error {
	answers := 0
	for _, given := range [...]bool{r.deny != nil, r.overwrite != nil, r.drop, r.answer != nil} {
		if given {
			answers++
		}
	}
	_, status := entries["status"]
	_, body := entries["body"]
	switch {
	case answers > 1:
		return errors.New(": only one of deny, overwrite, break and an answer of choice (status, headers, body) can be the answer")
	case r.answer != nil && !status && !body:
		return errors.New(".headers: a status or a body is wanted with them")
	case r.answer != nil && len(r.answer.body) > 0 && !r.answer.hasBody(&http.Request{}):
		return fmt.Errorf(".body: none can be with status %d", r.answer.status)
	}
	return nil
}
