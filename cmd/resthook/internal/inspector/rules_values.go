package inspector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/wcskit/resthook/internal/jsontext"
)

func readPattern(value []byte, longest int) (string, error) {
	text, err := read[string](value, "a text")
	if len(text) > longest {
		return "", fmt.Errorf("longer than %d bytes", longest)
	}
	return text, err
}

func readDelay(value []byte) (time.Duration, error) {
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

// choice is the rule's own answer, which it creates if there is none.
func (r *rule) choice() *reply {
	if r.answer == nil {
		r.answer = &reply{status: http.StatusOK, header: http.Header{}}
	}
	return r.answer
}

func (r *rule) setStatus(value []byte) error {
	status, err := read[int](value, "a number")
	if err != nil || status < 200 || status > 599 {
		return errors.New("not a status from 200 to 599")
	}
	r.choice().status = status
	return nil
}

// setHeaders reads headers, whose values are a text or a list of texts.
func (r *rule) setHeaders(value []byte) error {
	given, err := object(value)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		values, err := readTexts(given[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := checkHeader(name, values); err != nil {
			return err
		}
		r.choice().header[textproto.CanonicalMIMEHeaderKey(name)] = values
	}
	return nil
}

func readTexts(value []byte) ([]string, error) {
	if text, err := read[string](value, ""); err == nil {
		return []string{text}, nil
	}
	list, err := read[[]json.RawMessage](value, "a text, or a list of them")
	texts := make([]string, len(list))
	for i := 0; err == nil && i < len(list); i++ {
		texts[i], err = read[string](list[i], "a text")
	}
	return texts, err
}

func checkHeader(name string, values []string) error {
	if name == "" || strings.ContainsFunc(name, notInName) {
		return fmt.Errorf("%q is not the name of a header", name)
	}
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade", "Keep-Alive":
		return fmt.Errorf("%s is not for a rule to say", name)
	}
	for _, value := range values {
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return fmt.Errorf("%s: a line end or another character that no header has", name)
		}
	}
	return nil
}

// notInName reports whether a character is not allowed in the name of a header.
func notInName(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune("()<>@,;:\\\"/[]?={}", r)
}

// setBody reads the body: a text is taken as it is, any other value as JSON.
func (r *rule) setBody(value []byte) {
	if text, err := read[*string](value, ""); err == nil && text != nil {
		r.choice().body = []byte(*text)
		return
	}
	r.choice().body = value
}

func (r *rule) setOverwrite(value []byte) error {
	fields, err := object(value)
	if err != nil {
		return err
	}
	r.overwrite = []overwrite{} // not nil, so that an empty overwrite counts as given
	for _, path := range slices.Sorted(maps.Keys(fields)) {
		if err := checkField(path); err != nil {
			return err
		}
		r.overwrite = append(r.overwrite, overwrite{path, fields[path]})
	}
	return nil
}

// checkField checks the path of a field.
func checkField(path string) error {
	if slices.Contains(strings.Split(path, "."), "") {
		return fmt.Errorf("%q: a name is missing before or after a dot", path)
	}
	if strings.Count(path, ".") >= jsontext.MaxDepth {
		return fmt.Errorf("%.40q...: too deep", path)
	}
	return nil
}

func typeOf(body []byte) string {
	if json.Valid(body) {
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}

// read reads a value. A null is an error: json.Unmarshal would ignore it.
func read[T any](value []byte, want string) (T, error) {
	var v T
	if string(bytes.TrimSpace(value)) == "null" {
		return v, fmt.Errorf("null, not %s", want)
	}
	if err := json.Unmarshal(value, &v); err != nil {
		return v, fmt.Errorf("not %s", want)
	}
	return v, nil
}

// object reads an object. A duplicate name is an error: one of the values would be
// ignored.
func object(text []byte) (map[string]json.RawMessage, error) {
	members, err := read[map[string]json.RawMessage](text, "an object")
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for m := jsontext.Open(text); m.Next(); {
		name := string(m.Name())
		if seen[name] {
			return nil, fmt.Errorf("%.40q is there twice", name)
		}
		seen[name] = true
	}
	return members, nil
}

// checkSyntax checks that a text is JSON. Its error names the line.
func checkSyntax(text []byte) error {
	var whole json.RawMessage
	err := json.Unmarshal(text, &whole)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line := 1 + bytes.Count(text[:syntax.Offset], []byte("\n"))
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}
