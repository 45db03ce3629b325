package jsontext

// Filter says what is kept of a value.
type Filter interface {
	// Member says whether a member of an object is kept, and what of its value;
	// a nil Filter keeps all of it. The name is not to be kept.
	Member(name []byte) (inner Filter, kept bool)
	// Element says what is kept of each element of an array.
	Element() Filter
}

// Keep returns the value less what the filter does not keep; what is kept stands
// as it stood. Where everything is kept it returns value itself. It looks at
// each byte once.
func Keep(value []byte, filter Filter) []byte {
	if filter == nil {
		return value
	}
	k := keeper{cursor: cursor{data: value}}
	k.space()
	k.value(filter)
	return k.result()
}

// keeper is a walk that leaves things out.
type keeper struct {
	cursor

	kept []byte
	done int // how far kept goes
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

// object leaves out members with one of the commas beside them.
func (k *keeper) object(filter Filter) {
	last, out := -1, -1 // the end of the last member kept; the start of those left out before the first
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
