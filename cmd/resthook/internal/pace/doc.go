// Package pace holds what runs that begin one thing after another have in common: they
// wait until each is due, bound how many are in flight, and end soon after a signal.
package pace
