package replay

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Sum counts the hooks of one method that differ in the same way. As JSON it has exactly
// these fields.
type Sum struct {
	Line   int    `json:"line"` // of the first
	Method string `json:"method"`
	What   string `json:"what"` // field, status or failed
	Field  string `json:"field"`
	Was    string `json:"was"`
	Is     string `json:"is"`
	Count  int    `json:"count"`

	name string // of the recording
}

// sums sum up differences by method and field. They are safe for concurrent use.
type sums struct {
	mu     sync.Mutex
	by     map[Sum]*Sum // the keys have no line and no count
	unsaid int          // differences that are not counted, beyond mostSums
}

// mostSums bounds the memory for sums: a backend chooses the names of fields, and so how
// many sums there are.
const mostSums = 1000

func newSums() *sums { return &sums{by: map[Sum]*Sum{}} }

func (s *sums) add(d *Difference) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keysOf(d) {
		one, known := s.by[key]
		switch {
		case known:
		case len(s.by) == mostSums:
			s.unsaid++
			continue
		default:
			first := key
			first.Line, first.name = d.Line, d.name
			one, s.by[key] = &first, &first
		}
		one.Count++
		one.Line = min(one.Line, d.Line)
	}
}

// keysOf are the ways in which a hook differs.
func keysOf(d *Difference) []Sum {
	switch {
	case d.Error != "":
		return []Sum{{Method: d.Method, What: "failed", Is: d.Kind}}
	case d.Was != d.Is:
		return []Sum{{Method: d.Method, What: "status", Was: strconv.Itoa(d.Was), Is: strconv.Itoa(d.Is)}}
	}
	keys := make([]Sum, len(d.Fields))
	for i, f := range d.Fields {
		keys[i] = Sum{Method: d.Method, What: "field", Field: cut(f.Field, longestValue), Was: f.Was, Is: f.Is}
	}
	return keys
}

// list returns the sums, sorted by method and field.
func (s *sums) list() (all []Sum, unsaid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all = make([]Sum, 0, len(s.by))
	for _, one := range s.by {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b Sum) int {
		return cmp.Or(cmp.Compare(a.Method, b.Method), cmp.Compare(a.What, b.What), cmp.Compare(a.Field, b.Field),
			cmp.Compare(a.Was, b.Was), cmp.Compare(a.Is, b.Is))
	})
	return all, s.unsaid
}

// Text is the sum in one line.
func (s Sum) Text() string {
	differs := ""
	switch s.What {
	case "failed":
		differs = "failed: " + s.Is
	case "status":
		differs = fmt.Sprintf("%s, was %s", statusWords(s.Is), statusWords(s.Was))
	default:
		differs = fieldChanged{Field: s.Field, Was: s.Was, Is: s.Is}.text()
	}
	return terminal.OneLine(fmt.Sprintf("%s:%d: %s: %s (%s)", s.name, s.Line, s.Method, differs, terminal.Counted(s.Count, "hook")))
}

func statusWords(status string) string {
	if status == "0" {
		return "dropped"
	}
	return strings.TrimSpace("status " + status)
}
