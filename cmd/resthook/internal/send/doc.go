// Package send sends one hook as the library would, under a policy, and tells
// the outcome. Its warnings and errors name the flags of the command.
package send
