// Package dispatch calls code that somebody else has written, such as observers and
// log handlers: a [Dispatcher] makes one call after the other on a goroutine of its
// own, so that who has something to report never waits for who listens. A [Throttle]
// counts what happens too often for a report each. The package does not know what the
// calls are about.
package dispatch
