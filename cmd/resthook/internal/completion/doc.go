// Package completion writes the scripts with which a shell completes a command line: the
// subcommands, their flags, and what their values and arguments can be.
package completion
