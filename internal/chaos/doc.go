// Package chaos is a chaos test of the public API of resthook. A storm is one test run: a
// seed decides about the network, the configuration, the apps, the sessions, and how the
// backends misbehave, request by request ([Plan]). Every hook carries a nonce that its
// answer has to carry back. The backends keep a ledger of all requests and answers. At the
// end of a storm, what the client reported is compared with the ledger. Each contradiction
// is a [Finding], with the seed that plays the same plan again.
//
// To read it, begin with run.go (many storms), storm.go (one storm) and plan.go (what a
// seed decides). calls.go is the media server; backend.go, behaviour.go and answer.go are
// the backends; network.go is between them; judge.go and the files beside it compare.
//
//	go test ./internal/chaos                                  a few seconds
//	make chaos CHAOS_TIME=10m                                 for ten minutes
//	make chaos CHAOS_SEED=31                                  one storm again
//
// The same seeds are played over real sockets, and in memory on virtual time, where the
// speed of the machine does not matter.
//
// The seed decides the plan, but not how the goroutines are scheduled: a finding may need
// several runs of its seed to appear again.
package chaos
