// Package lanes keeps what waits to be worked on, in memory and within bounds,
// and says how much of it may be in flight.
//
// A [Queue] holds items. Each belongs to a lane: the items of one lane are given
// out in the order in which they came, one at a time, and an item that has to
// wait holds up its own lane only. Lanes belong to owners, which have equal
// shares of the bounds; when the queue is full, the owner that takes most makes
// room, with its items of the lowest priority first (load shedding). A [Limiter]
// bounds how many attempts are in flight to something that may be slow, ill or
// away, and for which lanes.
//
// Neither knows what the items are. Both are safe for concurrent use.
package lanes
