package redact

import (
	"fmt"
	"runtime"
)

// PanicError is a panic of a function that the user of the library has written.
type PanicError struct {
	Cause any
	Stack string
}

// Error quotes an error of the runtime. Any other cause may hold a payload: only its type
// is shown.
func (p *PanicError) Error() string {
	if fault, ok := p.Cause.(runtime.Error); ok {
		return "panic: " + fault.Error()
	}
	return fmt.Sprintf("panic: a %T", p.Cause)
}
