// Package lanes has a bounded queue in memory and a limiter for the work on its items.
//
// A [Queue] holds items. Each item belongs to a lane. The items of a lane are given out in
// order, one at a time, and an item that has to be tried again later delays its own lane
// only. Lanes belong to owners, which have equal shares of the bounds. When the queue is
// full, it drops items of the owner that uses most of it, those of the lowest priority
// first (load shedding). A [Limiter] bounds how many attempts are in flight to a backend
// that may be slow, failing or down, and for which lanes.
//
// Neither knows what the items are. Both are safe for concurrent use.
package lanes
