package jsontext

// Filter decides which parts of a value are kept.
type Filter interface {
	// Member reports whether a member of an object is kept, and returns the filter for its
	// value; nil keeps all of it. It must not keep the bytes of name.
	Member(name []byte) (inner Filter, kept bool)
	// Element returns the filter for each element of an array.
	Element() Filter
}

// Keep removes what the filter does not keep, and keeps the rest byte for byte. If
// everything is kept, it returns value itself. It reads each byte once.
func Keep(value []byte, filter Filter) []byte {
	if filter == nil {
		return value
	}
	k := keeper{cursor: cursor{data: value}}
	k.space()
	k.value(filter)
	return k.result()
}

// keeper is a cursor that copies what is kept.
type keeper struct {
	cursor

	kept []byte
	done int // the part of data before this offset is in kept or removed
}

func (k *keeper) value(filter Filter) {
	switch {
	case filter != nil && k.at('{'):
		k.object(filter)
	case filter != nil && k.at('['):
		inner := filter.Element()
		for item := k.enter(); item; item = k.more() {
			k.value(inner)
		}
	default:
		k.skip()
	}
}

// object removes members, each with the comma before it or, if none is kept before it, the
// comma after it.
func (k *keeper) object(filter Filter) {
	last, out := -1, -1 // the end of the last member kept; the start of the members removed before the first kept one
	for item := k.enter(); item; item = k.more() {
		from := k.pos
		inner, kept := filter.Member(unquotedName(k.name()))
		switch {
		case kept && out >= 0:
			k.cut(out, from)
			out = -1
			fallthrough
		case kept:
			k.value(inner)
			last = k.pos
		default:
			k.skip()
			if last >= 0 {
				k.cut(last, k.pos)
				last = k.pos
			} else if out < 0 {
				out = from
			}
		}
	}
	if out >= 0 {
		k.cut(out, k.pos-1)
	}
}

func (k *keeper) cut(from, to int) {
	if k.kept == nil {
		k.kept = make([]byte, 0, len(k.data))
	}
	k.kept = append(k.kept, k.data[k.done:from]...)
	k.done = to
}

func (k *keeper) result() []byte {
	if k.kept == nil {
		return k.data
	}
	return append(k.kept, k.data[k.done:]...)
}
