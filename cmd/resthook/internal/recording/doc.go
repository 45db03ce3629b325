// Package recording reads, writes and compares recordings: runs of hooks with
// their answers, as record and the page write them and replay sends them again.
package recording
