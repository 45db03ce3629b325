package jsontext

import "bytes"

// NeedsResolving reports whether Resolve may change the value: it is an array, or an object
// with a null or an array at any depth.
func NeedsResolving(value []byte) bool {
	if !IsObject(value) {
		return len(value) > 0 && value[0] == '['
	}
	return bytes.Contains(value, []byte("null")) || bytes.IndexByte(value, '[') >= 0
}

// Resolve resolves a new value against an old one. In an object, null means "unchanged" at
// every depth: it is replaced by the old value, or removed if there is none. [] in place of
// an object becomes {}, because PHP writes it like this. Nulls in arrays are kept: an array
// has no names to find the old value by.
func Resolve(value, old []byte) []byte {
	if !NeedsResolving(value) {
		return value
	}
	if resolved, differs := resolve(nil, treeOf(value), treeOf(old)); differs {
		return resolved
	}
	return value
}

// Take takes the parts at the path from a new value into an old one. Without inner paths,
// the result is the whole new value, resolved by [Resolve]. With inner paths, it is the old
// object with these members of the new one; missing objects on a path are made. It returns
// false if the new value has nothing at the path.
func (p Path) Take(now, old []byte) ([]byte, bool) {
	if p.Inner == nil {
		return Resolve(now, old), !IsNull(now)
	}
	return p.take(nil, treeOf(now), treeOf(old))
}

// take appends the result of Take, or nothing if the new value has nothing at the path.
func (p Path) take(b []byte, now, old tree) ([]byte, bool) {
	if p.Inner == nil {
		if now.value == nil || IsNull(now.value) {
			return b, false
		}
		b, _ = resolve(b, now, old)
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

// overlay is an object that is being written: the old one with the members taken.
type overlay struct {
	b       []byte
	start   int
	given   index
	changed bool
}

// put writes the member at a path if the new value has it.
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

// resolve appends the result of Resolve and reports whether it differs from the value.
func resolve(b []byte, now, old tree) (_ []byte, differs bool) {
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
			b, inner = resolve(AppendRawName(b, start, m.name), m, was)
		case was.value != nil:
			b = append(AppendRawName(b, start, m.name), was.value...)
		}
		differs = differs || inner || IsNull(m.value)
	}
	return append(b, '}'), differs || count < len(now.members)
}
