// Package properties reads Java properties files as java.util.Properties does, and keeps
// what that class drops: the order of the entries, their lines and the keys that are set
// twice (docs/protocol.md, 0.5).
//
// Our own code finds the entries and the faults. What an escape means is left to
// magiconair/properties, which gets one key or one value at a time. It cannot get the
// whole file: on a line without a key it leaves a goroutine behind, it does not know a
// backslash at the end of the file, of a CRLF line or in a key, and it reports no lines.
package properties

// Entry is one key with its value. A key that is set twice makes two entries.
type Entry struct {
	Key   string // decoded; as written if Fault.InKey
	Value string // decoded; as written if there is a Fault
	Line  int    // the physical line on which the key starts, from 1
	Fault *Fault // nil if the entry could be decoded
}

// Fault is a malformed escape. Java refuses the whole file for one.
type Fault struct {
	Line   int    // the physical line of the escape
	InKey  bool   // the escape is in the key, so the key is unknown
	Reason string // quotes nothing of the entry, which may be a secret
}

// Parse returns the entries of a file in their order. It returns entries with a fault
// too, so that all faults can be reported at once.
func Parse(data []byte) []Entry {
	lines := logicalLines(text(data))
	entries := make([]Entry, len(lines))
	for i, l := range lines {
		entries[i] = parseLine(l)
	}
	return entries
}

func parseLine(l line) Entry {
	key, value, valueAt := cut(l.text)
	entry := Entry{Key: key, Value: value, Line: l.number(0)}
	var bad *badEscape
	if entry.Key, bad = decode(key); bad != nil {
		entry.Fault = &Fault{Line: l.number(bad.offset), InKey: true, Reason: bad.reason}
		return entry
	}
	if entry.Value, bad = decode(value); bad != nil {
		entry.Fault = &Fault{Line: l.number(valueAt + bad.offset), Reason: bad.reason}
	}
	return entry
}
