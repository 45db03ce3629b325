// Package input reads what the arguments of the command stand for: a text, a file
// after @, or stdin for -. What it reads has a bound in size, and in time where that
// is asked for. Its errors name the place, but never quote what may be a secret.
package input
