// Package chaos plays storms against the public API of resthook: from one seed
// come a network, a configuration, apps, clients and backends that misbehave by
// plan, request by request. Every hook carries a nonce that its own answer has
// to carry back, and each backend keeps a ledger of what it received and what it
// said to which nonce. When a storm is over, both sides are compared, and
// what does not fit is a [Finding] with the seed that plays the same plan again.
//
//	go test ./internal/chaos                                  a few seconds
//	make chaos CHAOS_TIME=10m                                 as long as one likes
//	make chaos CHAOS_SEED=31                                  one storm again
//
// The same seeds are played twice: over real sockets, and in memory on virtual
// time, where no wait takes long and no machine is too slow.
//
// The plan follows from the seed alone. How its goroutines meet does not: a
// finding may take several runs of its seed to come again.
package chaos
