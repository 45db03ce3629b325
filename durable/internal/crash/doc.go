// Package crash is a crash test of durable through HTTP. Media servers run as processes of their
// own, with sessions that begin, have events and end. They are killed, stopped, cut off from NATS,
// or NATS or the backend is. Each says what was stored, after it was ([MediaServer]). The backend
// notes every request ([Backend]). Both are kept in a [Ledger], and at the end it is judged: what
// was stored has come, once by its id and in order, and what was open was closed, once ([Verdict]).
//
// To read it, begin with story.go (what is done to the processes) and run.go (one run). media.go and
// load.go are the media server, nats.go is a NATS server, process.go is a process as its parent
// sees it; verdict.go is the judge.
//
// Sessions can outlive their media server (kept.go, resume.go). Processes can have network namespaces of
// their own (network.go, partition.go): that needs Linux, root and the command ip; elsewhere these
// stories are skipped.
//
//	go test ./internal/crash -short                       each story once, with 50 sessions
//	make crash CRASH_VARIANT=restart CRASH_ROUNDS=100     100 rounds of a story, with 1,000 sessions
//
// The seed decides when something is done, but not what the processes are doing then.
package crash
