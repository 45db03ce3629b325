package inspector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
	"github.com/wcskit/resthook/internal/names"
)

// Warnings say what may be wrong with the rules. Each begins with the rule's label.
func (s Rules) Warnings() []string {
	var warnings []string
	for n, r := range s {
		for _, warning := range s.warnings(n) {
			warnings = append(warnings, r.label()+": "+warning)
		}
	}
	return warnings
}

// warnings say what may be wrong with the n-th rule. It is never nil: the page needs a
// list.
func (s Rules) warnings(n int) []string {
	warnings := []string{}
	note := func(text string) {
		if text != "" {
			warnings = append(warnings, text)
		}
	}
	note(s.hidden(n))
	note(s[n].unknownMethod())
	for _, o := range s[n].overwrite {
		note(idField(o.path))
		note(s[n].unknownField(o.path))
	}
	return warnings
}

// hidden warns of a rule that no hook reaches, because an earlier rule takes them all.
func (s Rules) hidden(n int) string {
	for _, before := range s[:n] {
		if before.method == s[n].method && before.always() {
			return "no hook comes to it: an earlier rule of " + before.method + " takes them all"
		}
	}
	return ""
}

func (r *rule) unknownMethod() string {
	if _, known := resthook.FindMethod(r.method); known || r.method == "*" {
		return ""
	}
	return "no hook of the catalogue has this name" + meant(r.method)
}

// meant suggests the method with a similar name, or else says what the name may be.
func meant(method string) string {
	if near := names.DidYouMean(method, catalogue.Names()); near != "" {
		return near
	}
	return ": it is for a media server with hooks of its own"
}

func idField(path string) string {
	switch field, _, _ := strings.Cut(path, "."); field {
	case "nodeId", "appKey", "sessionId":
		return fmt.Sprintf("overwrite.%s: no media server takes another %s", path, field)
	}
	return ""
}

// unknownField warns of a field that the payload does not have, if the name is similar to
// one of its fields.
func (r *rule) unknownField(path string) string {
	method, ok := resthook.FindMethod(r.method)
	if !ok {
		return ""
	}
	var known []string
	for _, field := range catalogue.Fields(method.PayloadType()) {
		known = append(known, field.Name)
	}
	field, _, _ := strings.Cut(path, ".")
	if near := names.DidYouMean(field, known); near != "" && !slices.Contains(known, field) {
		return fmt.Sprintf("overwrite.%s: no field of its payload%s", path, near)
	}
	return ""
}
