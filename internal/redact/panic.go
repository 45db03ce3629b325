package redact

import (
	"fmt"
	"runtime"
)

// PanicError is what a function that somebody else has written ended with.
type PanicError struct {
	Cause any
	Stack string
}

// Error says what the runtime says. What else was given to panic may be a payload, so
// that only its type is told.
func (p *PanicError) Error() string {
	if fault, ok := p.Cause.(runtime.Error); ok {
		return "panic: " + fault.Error()
	}
	return fmt.Sprintf("panic: a %T", p.Cause)
}
