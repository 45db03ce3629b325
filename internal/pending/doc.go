// Package pending counts work that a shutdown has to wait for. A [Counter] counts anything
// that begins and ends. [InFlight] holds the calls in flight, each with a context of its
// own, so that they can be canceled together. The package does not know what the work is.
//
// All types are safe for concurrent use, and the zero value of each is ready to use. None
// may be copied after its first use.
package pending
