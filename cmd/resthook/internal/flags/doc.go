// Package flags holds the flags that several commands have in common, and what they stand
// for: a [Target] is where hooks are sent and under which settings, a [Connection] how a
// backend is spoken to, and [Listening] how hooks are taken. What is wrong with a value is
// an error that names its flag, and never quotes what may be a secret.
package flags
