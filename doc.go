// Package resthook is how a media server talks to its application's backend:
// for each thing that a client does (connects, publishes, plays, calls, sends
// data) the server posts a small JSON object, a REST hook, to url/method, and
// the backend's answer admits or refuses it, may change it, and says what comes
// of the next ones. It speaks the protocol of Flashphoner's Web Call Server.
//
// # What to call first
//
// [LoadConfig] reads the server's flashphoner.properties, [NewClient] makes the
// client that all goroutines share, [Client.Connect] asks whether a client may
// come in, and the session that it returns takes every hook of that client:
//
//	cfg, err := resthook.LoadConfig(properties)
//	client, err := resthook.NewClient(cfg,
//		resthook.WithApp(resthook.App{Key: "defaultApp", URL: url}),
//		resthook.WithDefaultRule(resthook.Rule{RestOnError: resthook.OnErrorFail}),
//		resthook.WithLogger(slog.Default()))
//
//	session, err := client.Connect(ctx, &resthook.Connection{
//		AppKey:    "defaultApp",
//		SessionID: id,
//		Custom:    map[string]any{"token": token},
//	})
//	if err != nil {
//		return err // denied, unreachable, timed out: not let in
//	}
//	stream, err := resthook.PublishStream.Send(ctx, session, &resthook.Stream{Name: "cam", Published: true})
//	if err != nil {
//		return err // denied, or the backend could not be asked: do not publish
//	}
//	stream.Status = resthook.StreamPublishing
//	if err := resthook.StreamStatusEvent.Notify(ctx, session, stream); err != nil { // returns at once; delivered in order
//		return err
//	}
//	stream.Status = resthook.StreamUnpublished
//	// For what is billed: Record returns when the queue has stored the event. Shutdown sends DISCONNECTED.
//	return resthook.StreamStatusEvent.Record(last, session, stream)
//
//	closing, cancel := context.WithTimeout(context.Background(), 20*time.Second)
//	defer cancel()
//	return errors.Join(err, client.Shutdown(closing)) // ends all sessions, delivers queued events
//
// These are lines of examples/first, a whole program that is stopped by SIGTERM.
//
// A hook is a value, such as [PublishStream]; [NewHook] makes more, and
// [Methods] lists those that are documented. [DataSendHandler] takes what a
// backend has to say to connected clients, which is no hook.
//
// # What it promises
//
//   - An error means: act. [Hook.Send] returns one only where the media server
//     has to decline, break or warn; under restOnError=LOG a failure is logged
//     and the payload comes back as it was (it fails open).
//   - It fails closed where the protocol does: a client connects only where the
//     backend allows it, by a 200 with exactly one JSON object. Redirects are never
//     followed, certificates are verified, answers are bounded.
//   - The media path never waits for what it need not: [Hook.Notify] does not wait
//     for the network. The events of a session arrive in order, over retries too,
//     and no session's trouble holds up another.
//   - Delivery is at-least-once: a hook whose answer was lost is sent again, with the
//     same idempotency key ([HeaderID]).
//   - The retry policy: a hook is sent again where it could not be delivered, or where
//     its connection broke before an answer, with exponential backoff and jitter;
//     never after an answer, and not after a timeout, unless an option says so, for all
//     methods or one ([WithHookPolicy]). A decision never takes longer than its context
//     allows, retries included.
//   - Overload is a designed state. The queue is bounded and puts no backpressure on
//     the media path: it has load shedding by [Priority], and every loss is counted.
//     A backend that is down meets a circuit breaker with a slow start; with several
//     ([App].URLs), another one is asked at once.
//   - Connections are kept alive, in a connection pool of bounded size for each host.
//   - Secrets stay in. Passwords, keys, tokens and credentials in URLs appear in
//     no log, error or printed payload.
//   - Nothing is global: no package state that changes, no init, no panic, no
//     goroutine that outlives [Client.Close], but for one that a callback holds.
//
// In the repository, docs/concepts.md explains each of these words. What goes over the
// wire is in docs/protocol.md, 2.2 and others: comments cite its sections like that.
//
// # Limits
//
// A hook may arrive twice: a connection that is lost before an answer says
// nothing about what the backend did, and the hook is sent again. Events that wait
// are in memory, unless [WithQueue] brings another queue. HTTP/1.1 only, unless
// [WithTransport] brings another transport; through a proxy with [WithProxy]. An answer nests
// at most 200 deep.
package resthook
