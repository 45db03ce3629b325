// Package properties reads Java properties files as java.util.Properties
// does, and keeps what that class forgets: the order, the line and the
// duplicates of the entries (docs/protocol.md, 0.5).
//
// It walks the grammar itself and leaves the decoding of escapes to
// magiconair/properties, which sees only a document made of what was found.
// That library stops for ever in a goroutine on a line without a key, does not
// know "\" at the end of a file, of a CRLF line or in a key, and expands ${};
// none of that can reach it here.
package properties

// Entry is one key with its value, as the file gives it. A key that stands in
// the file twice is two entries.
type Entry struct {
	Key   string // decoded; as written where Fault.InKey
	Value string // decoded; as written where there is a Fault
	Line  int    // the physical line on which the key starts, from 1
	Fault *Fault // why the entry does not decode; nil where it does
}

// Fault is an escape that means nothing. Java refuses the whole file for one.
type Fault struct {
	Line   int    // the physical line on which the escape stands
	InKey  bool   // it stands in the key, so the key is unknown
	Reason string // holds nothing of the value, which may be a secret
}

// Parse returns the entries of a file in their order, those with a fault
// included, so that all of them can be reported at once. The error says that
// the decoding library did not understand what it was handed; no file is known
// to cause it.
func Parse(data []byte) ([]Entry, error) {
	lines := logicalLines(text(data))
	entries := make([]Entry, len(lines))
	for i, l := range lines {
		entries[i] = split(l)
	}
	return entries, decode(entries)
}

// split cuts a line into a key and a value. They stay as written, but for
// surrogate pairs, which the decoding library cannot join.
func split(l line) Entry {
	key, value, at := cut(l.text)
	entry := Entry{Key: key, Value: value, Line: l.number(0)}
	plainKey, keyFault := joinSurrogates(key)
	plainValue, valueFault := joinSurrogates(value)
	switch {
	case keyFault != nil:
		entry.Fault = &Fault{Line: l.number(keyFault.offset), InKey: true, Reason: keyFault.reason}
	case valueFault != nil:
		entry.Key = plainKey
		entry.Fault = &Fault{Line: l.number(at + valueFault.offset), Reason: valueFault.reason}
	default:
		entry.Key, entry.Value = plainKey, plainValue
	}
	return entry
}
