package jsontext

import "bytes"

// NeedsSettling reports whether Settle may make another text of the value: it is
// an array, or an object with a null or an array somewhere in it.
func NeedsSettling(value []byte) bool {
	if !IsObject(value) {
		return len(value) > 0 && value[0] == '['
	}
	return bytes.Contains(value, []byte("null")) || bytes.IndexByte(value, '[') >= 0
}

// Settle returns what a new value means in the place of an old one: null is
// "unchanged" at every depth, so it is replaced by the old value, or left out where
// there was none; [] for an object is the empty object, as PHP writes it. Nulls in
// arrays stay, since an array has no names by which they could be unchanged.
func Settle(value, old []byte) []byte {
	if !NeedsSettling(value) {
		return value
	}
	if settled, differs := settle(nil, treeOf(value), treeOf(old)); differs {
		return settled
	}
	return value
}

// Take returns what becomes of an old value in whose place a new one is given: with a
// path to the whole of it, what the new one means (see [Settle]); with inner paths, the
// old object with those members of the new one. It returns false where the new one has
// nothing at the path. Objects on the way that the old value lacks are made.
func (p Path) Take(now, old []byte) ([]byte, bool) {
	if p.Inner == nil {
		return Settle(now, old), !IsNull(now)
	}
	return p.take(nil, treeOf(now), treeOf(old))
}

// take appends what becomes of the old value. It appends nothing where the new one has
// nothing at the path.
func (p Path) take(b []byte, now, old tree) ([]byte, bool) {
	if p.Inner == nil {
		if now.value == nil || IsNull(now.value) {
			return b, false
		}
		b, _ = settle(b, now, old)
		return b, true
	}
	o := overlay{b: append(b, '{'), given: now.index()}
	o.start = len(o.b)
	tried := make([]bool, len(p.Inner))
	for name, m := range old.index().each {
		if i := p.Inner.Find(name); i >= 0 {
			tried[i] = true
			if o.put(m.name, p.Inner[i], m) {
				continue
			}
		}
		o.b = append(AppendRawName(o.b, o.start, m.name), m.value...)
	}
	for i, inner := range p.Inner {
		if !tried[i] {
			o.put(AppendString(nil, inner.Name), inner, tree{})
		}
	}
	if !o.changed {
		return o.b[:len(b)], false
	}
	return append(o.b, '}'), true
}

// overlay is an object that is being written: the old one, with what is taken.
type overlay struct {
	b       []byte
	start   int
	given   index
	changed bool
}

// put writes the member that the path takes, if there is any.
func (o *overlay) put(name []byte, path Path, old tree) bool {
	i := o.given.last([]byte(path.Name))
	if i < 0 {
		return false
	}
	before := len(o.b)
	b, ok := path.take(AppendRawName(o.b, o.start, name), o.given.members[i], old)
	if !ok {
		b = b[:before]
	}
	o.b, o.changed = b, o.changed || ok
	return ok
}

// settle appends what a value means, given the old one, and reports whether that
// differs from what it says.
func settle(b []byte, now, old tree) (_ []byte, differs bool) {
	switch {
	case IsEmptyArray(now.value) && IsObject(old.value):
		return append(b, "{}"...), true
	case !IsObject(now.value):
		return append(b, now.value...), false
	}
	b = append(b, '{')
	start, before := len(b), old.index()
	count := 0
	for name, m := range now.index().each {
		count++
		was, inner := before.get(name), false
		switch {
		case !IsNull(m.value):
			b, inner = settle(AppendRawName(b, start, m.name), m, was)
		case was.value != nil:
			b = append(AppendRawName(b, start, m.name), was.value...)
		}
		differs = differs || inner || IsNull(m.value)
	}
	return append(b, '}'), differs || count < len(now.members)
}

// AppendName appends the name of a member, and its colon, to an object whose members
// begin at start.
func AppendName(b []byte, start int, name string) []byte {
	if len(b) > start {
		b = append(b, ',')
	}
	return append(AppendString(b, name), ':')
}

// AppendRawName is AppendName for a name as it stands, with its quotes.
func AppendRawName(b []byte, start int, name []byte) []byte {
	if len(b) > start {
		b = append(b, ',')
	}
	return append(append(b, name...), ':')
}
