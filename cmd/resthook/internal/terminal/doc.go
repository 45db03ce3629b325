// Package terminal writes texts for people and tools that read the command's
// output.
package terminal
