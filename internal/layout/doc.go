// Package layout turns structs into JSON objects and back by tables of their fields,
// without reflection. A layout names each field on the wire once; with that it writes
// a struct, reads one, lays changes over a copy, compares two and prints one with its
// secrets masked. What the table does not name is kept on both ways, and so is a value
// that does not fit its field: nothing that others have written is lost. A value is
// converted only where it says the same in the field's type ("5060" and 5060.0 for a
// number, "true" for a boolean, [] for an empty object). Of duplicate names the last
// counts, and null is the zero value.
//
//	type door struct {
//		Name string
//		Open bool
//
//		Unknown map[string]json.RawMessage
//		origin  layout.Origin
//	}
//
//	l := layout.New("door", layout.Options{}, func(d *door) (*map[string]json.RawMessage, *layout.Origin) {
//		return &d.Unknown, &d.origin
//	},
//		layout.Text("name", func(d *door) *string { return &d.Name }),
//		layout.Bool("open", func(d *door) *bool { return &d.Open }).Always(),
//	)
//	text, err := l.Marshal(&door{Name: "back"}) // {"name":"back","open":false}
package layout
