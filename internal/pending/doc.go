// Package pending counts what somebody has to wait for at the end: a [Counter] of
// whatever begins and ends, and the calls that are in flight, [InFlight], each with a
// context of its own that ends with the caller's or with all the others. It knows
// nothing of what is done meanwhile.
//
// All types are safe for concurrent use, and the zero value of each is ready. None
// may be copied after its first use.
package pending
