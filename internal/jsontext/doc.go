// Package jsontext reads and edits JSON as text: it checks that a text is one object,
// walks its members, and makes another text with some of them left out, set or taken from
// a third. What an edit does not touch stays as it stands, to the byte. Of duplicate names
// the last counts.
//
// What reads or edits, but for [Check], [TrimBOM] and [Same], wants a text that Check has
// passed, or a value in one. Results may share memory with the arguments, which are never
// written.
//
//	err := jsontext.Check(object)
//	for m := jsontext.Open(object); m.Next(); {
//		use(m.Name(), m.Value())
//	}
//	paths := jsontext.NewPaths([]string{"name", "custom.token"})
//	text := paths.Without(object) // without the two members
package jsontext
