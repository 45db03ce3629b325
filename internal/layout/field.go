package layout

// Field ties one member of a JSON object to one field of P.
type Field[P any] struct {
	name   string
	key    string // the name as JSON, with its colon
	want   string // what its type is called in an error
	always bool
	secret bool
	pin    int // its index in Options.Pinned, or -1

	isZero func(p *P) bool
	clear  func(p *P)
	append func(b []byte, p *P) ([]byte, error)
	shown  func(b []byte, p *P, show func(string) string) ([]byte, error)
	read   func(p *P, value []byte) bool
	equal  func(p, q *P) bool
	text   func(p *P) string // nil unless it is a text
}

// Always lets the zero value be written too, if the struct was made in Go.
func (f Field[P]) Always() Field[P] {
	f.always = true
	return f
}

// Secret masks the field when the struct is printed.
func (f Field[P]) Secret() Field[P] {
	f.secret = true
	return f
}

// Wants sets what an error says that the field takes.
func (f Field[P]) Wants(what string) Field[P] {
	f.want = what
	return f
}

// Type are the operations on values of one Go type.
type Type[T any] struct {
	Want   string                              // what an error says that a field takes: "a string"
	Append func(b []byte, v T) ([]byte, error) // encodes a value that is not zero
	Read   func(value []byte) (T, bool)        // decodes JSON other than null; false if it does not fit
	Equal  func(a, b T) bool
}

// Of is a field of a type of the caller's. Its zero value is not written.
func Of[P any, T comparable](name string, t Type[T], at func(*P) *T) Field[P] {
	f := fieldOf(name, t, at)
	f.isZero = func(p *P) bool { return *at(p) == *new(T) }
	return f
}

// ofMany is a field of a slice or a map. nil is its zero value.
func ofMany[P any, T []string | map[string]any](name string, t Type[T], at func(*P) *T) Field[P] {
	f := fieldOf(name, t, at)
	f.isZero = func(p *P) bool { return *at(p) == nil }
	return f
}

// fieldOf makes a field without isZero. The callers know T better and can make a fast one.
func fieldOf[P, T any](name string, t Type[T], at func(*P) *T) Field[P] {
	return Field[P]{
		name:   name,
		want:   t.Want,
		clear:  func(p *P) { *at(p) = *new(T) },
		append: func(b []byte, p *P) ([]byte, error) { return t.Append(b, *at(p)) },
		shown:  func(b []byte, p *P, _ func(string) string) ([]byte, error) { return appendShort(b, *at(p), t.Append) },
		equal:  func(p, q *P) bool { return t.Equal(*at(p), *at(q)) },
		read: func(p *P, value []byte) bool {
			v, ok := t.Read(value)
			if ok {
				*at(p) = v
			}
			return ok
		},
	}
}
