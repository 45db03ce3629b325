// Package wheel fires many timers of the same interval evenly: however many are
// started at once, each interval of theirs has an even load. All timers of one interval
// share a timer wheel, which needs one timer of the runtime and no goroutine. It does
// not know what a timer is for.
package wheel
