// Package misuse says what is wrong with a command line, in one line that names the
// flag and what would do. It quotes no argument that may be a secret, or that took the
// place of one because a value or a quote was left out.
package misuse
