// Package recording writes, reads and compares recordings. A recording is a run of
// exchanges (hooks with their answers), one JSON object a line, in the order in which
// they ended: record, forward and the page write one, and replay sends it again.
//
// A [Recorder] writes, to a file that [Open] has opened or to anything else; a [Reader]
// reads; [Changes] says in which fields two answers differ.
package recording
