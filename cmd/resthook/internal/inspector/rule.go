package inspector

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/wcskit/resthook/internal/jsontext"
)

// rule says how some hooks are answered. The zero rule leaves them to the mirror or the
// backend. A rule in a rulebook is immutable.
type rule struct {
	id      string // in a rulebook
	method  string // or "*"
	session string // a pattern for the session's id; empty for any
	name    string // a pattern for the summary's name; empty for any

	delay     time.Duration
	deny      *string // the reason; nil if the rule does not deny
	drop      bool    // drop the connection
	answer    *reply  // status, headers and body; nil for none
	overwrite []overwrite
}

// overwrite is a field that is put into an answer.
type overwrite struct {
	path  string // with dots: custom.token
	value json.RawMessage
}

// answers reports whether the rule answers, so that neither mirror nor backend is asked.
func (r *rule) answers() bool {
	return r != nil && (r.deny != nil || r.drop || r.answer != nil)
}

// reply is the answer of a rule that answers.
func (r *rule) reply() reply {
	switch {
	case r.deny != nil:
		return textReply(http.StatusForbidden, *r.deny)
	case r.answer != nil:
		return r.answer.typed()
	}
	return reply{} // the connection is dropped
}

// change puts the fields that the rule overwrites into an answer with status 200 and a
// JSON object.
func (r *rule) change(a reply) reply {
	if r == nil || len(r.overwrite) == 0 || a.status != http.StatusOK {
		return a
	}
	body := jsontext.TrimBOM(a.text())
	if jsontext.Check(body) != nil {
		return a
	}
	for _, o := range r.overwrite {
		body = set(body, o.path, o.value)
	}
	a.header, a.body = a.header.Clone(), body
	old := []string{"Content-Encoding", "Content-Md5", "Digest", "Etag"} // of the bytes that came
	for _, name := range append(old, "Content-Length") {
		a.header.Del(name)
	}
	a.came = a.came.without(old...)
	return a
}

// set returns the object with the member at a path set. A dot in the path leads into an
// object.
func set(object []byte, path string, value []byte) []byte {
	name, inner, nested := strings.Cut(path, ".")
	if nested {
		old, _ := jsontext.Get(object, name)
		if !jsontext.IsObject(old) {
			old = []byte("{}")
		}
		value = set(old, inner, value)
	}
	return jsontext.Merge(object, map[string][]byte{name: value})
}

// matches reports whether the rule's patterns fit a hook of its method.
func (r *rule) matches(x *exchange) bool {
	return fits(r.session, x.session) && fits(r.name, x.name)
}

// always reports whether the rule is for all hooks of its method.
func (r *rule) always() bool { return r.session == "" && r.name == "" }

// fits reports whether a text matches a pattern, in which * stands for any text. The
// empty pattern fits every text.
func fits(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if pattern == "" {
		return true
	}
	if len(parts) == 1 {
		return text == pattern
	}
	rest, begins := strings.CutPrefix(text, parts[0])
	if !begins {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, last)
}

// label describes the rule's method and patterns.
func (r *rule) label() string {
	if r == nil {
		return ""
	}
	text := r.method
	if r.session != "" {
		text += " session=" + r.session
	}
	if r.name != "" {
		text += " name=" + r.name
	}
	return text
}

// ident is the rule's id; empty for a nil rule.
func (r *rule) ident() string {
	if r == nil {
		return ""
	}
	return r.id
}

// Rules say how hooks are answered. They are in the order in which they are tried: the
// rules of a method before those of "*".
type Rules []*rule

// of is the first rule for a hook, or nil.
func (s Rules) of(x *exchange) *rule {
	for _, r := range s {
		if (r.method == x.Method || r.method == "*") && r.matches(x) {
			return r
		}
	}
	return nil
}
