package inspector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
	"github.com/wcskit/resthook/internal/names"
)

// Warnings are what may be wrong with the rules, with the rule's label before it.
func (s Rules) Warnings() []string {
	var warnings []string
	for n, r := range s {
		for _, doubt := range s.doubts(n) {
			warnings = append(warnings, r.label()+": "+doubt)
		}
	}
	return warnings
}

// doubts are what may be wrong with the rule at a place.
func (s Rules) doubts(n int) []string {
	doubts := []string{}
	note := func(text string) {
		if text != "" {
			doubts = append(doubts, text)
		}
	}
	note(s.hidden(n))
	note(s[n].unknownMethod())
	for _, o := range s[n].overwrite {
		note(idField(o.path))
		note(s[n].unknownField(o.path))
	}
	return doubts
}

// hidden tells of a rule that an earlier one keeps every hook from.
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

// meant is the method whose name a name is close to, or what else it may be.
func meant(method string) string {
	var known []string
	for _, m := range resthook.Methods() {
		known = append(known, m.Name())
	}
	if near := names.DidYouMean(method, known); near != "" {
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

// unknownField tells of a field that the payload lacks, where it is close to one
// of the payload's.
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
