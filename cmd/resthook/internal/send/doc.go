// Package send sends one hook as the library would, under a policy, and says what came
// of it. What it warns of it names by the flags of the command.
package send
