// Package jsontext reads and edits JSON as text. It checks that a text is one object, walks
// its members, and makes new texts with members removed, set or taken from another text. An
// edit keeps everything else byte for byte. Of duplicate names the last counts.
//
// All functions except [Check], [TrimBOM] and [Same] need a text that Check accepts, or a
// value in such a text. Results may share memory with the arguments. Arguments are never
// changed.
package jsontext
