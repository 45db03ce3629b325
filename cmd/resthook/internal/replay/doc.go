// Package replay sends a recording to a backend again, to the byte and at its own pace
// or another, and says in what the answers differ from those that were recorded.
//
// [Read] reads the whole recording, so that what is wrong with it is known before the
// first hook is sent; [Replay.Run] sends the hooks, those of a session one after the
// other, and returns a [Report].
package replay
