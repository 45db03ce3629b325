// Package durable keeps the events of resthook on NATS JetStream, so that they survive the end of the
// process, and ends the sessions, streams and calls that were open then.
//
//	store, err := durable.Open(ctx, "/var/lib/mediaserver/events")
//	client, err := resthook.NewClient(cfg, append(store.Options(), resthook.WithApp(app))...)
//
// [Open] keeps them in a directory, [Connect] in a cluster of NATS servers. Each media server delivers
// the events of its own sessions. What it leaves when it ends is delivered by its next start or, in a
// cluster, by one other media server: first the events, in order for each session, then the closing
// events of what was open. Delivery is at least once, each event with one id. README.md of this module
// says what is guaranteed and what is not.
package durable
