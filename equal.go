package resthook

import "github.com/wcskit/resthook/internal/jsontext"

// Equal reports whether two policies say the same, as JSON. Either may be nil.
func (p *Policy) Equal(q *Policy) bool {
	if p == nil || q == nil {
		return p == q
	}
	return jsontext.Same(p.text, q.text)
}

// Equal reports whether two hooks have the same name and kind.
func (h Hook[P]) Equal(other Hook[P]) bool { return h.name == other.name && h.kind == other.kind }
