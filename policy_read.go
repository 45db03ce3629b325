package resthook

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/names"
)

// How large a restClientConfig may be. The catalogue with every field of each
// method in every list fits many times over.
const (
	maxPolicyBytes   = 512 << 10
	maxPolicyMethods = 1024
	maxPolicyFields  = 64 << 10 // in all lists
	maxWarnings      = 10
	maxCompared      = 1000
)

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

func (p *Policy) read(method string, value []byte) error {
	switch {
	case method == Connect.name || jsontext.IsNull(value) || jsontext.IsEmptyArray(value):
		return nil
	case !jsontext.IsObject(value):
		return fmt.Errorf("%s: %s, not an object", shownName(method), jsontext.TypeOf(value))
	}
	p.warnOfMethod(method)
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
	p.warnOfFields(method, rule)
	p.add(method, rule)
	return nil
}

// warnOfFields warns of fields in a rule without effect: an overwrite without that
// restPolicy, and a name that the payload lacks but that is close to one it has. Other
// names are a media server's own.
func (p *Policy) warnOfFields(method string, rule Rule) {
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
		if len(p.warnings) == maxWarnings || p.compared == maxCompared {
			return // a stranger's list may be long
		}
		name, _, _ := strings.Cut(path, ".")
		if of.hasField(name) {
			continue
		}
		p.compared++
		if meant := names.DidYouMean(name, fields); meant != "" {
			p.warn(func() string { return fmt.Sprintf("%s: no field %s%s", shownName(method), shownName(name), meant) })
		}
	}
}

// warnOfMethod warns of a method that the catalogue lacks, but that is close to one it has.
// Other methods are a media server's own.
func (p *Policy) warnOfMethod(method string) {
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
		p.further++
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

func (r Rule) check(method Method) error {
	if method.Kind() == KindConnect || sessionless(method.Name()) {
		return errors.New("it is under no policy")
	}
	if err := r.checkValues(); err != nil {
		return err
	}
	return r.checkFields(method.PayloadType(), method.hasField)
}

// checkDefault checks a rule for all methods.
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

// checkFields refuses paths that are no field of the payload.
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
