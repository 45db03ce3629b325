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
//		return err // refused, unreachable, timed out: never let in
//	}
//	stream, err := resthook.PublishStream.Send(ctx, session, &resthook.Stream{Name: "cam", Published: true})
//	if err != nil {
//		return err // refused, or nobody could be asked: nothing is published
//	}
//	stream.Status = resthook.StreamPublishing
//	if err := resthook.StreamStatusEvent.Notify(session, stream); err != nil { // returns at once; delivered in order
//		return err
//	}
//
//	closing, cancel := context.WithTimeout(context.Background(), 20*time.Second)
//	defer cancel()
//	return errors.Join(err, client.Shutdown(closing)) // ends all sessions, delivers what waits
//
// These are lines of examples/first, a whole program that is stopped by SIGTERM.
//
// A hook is a value, such as [PublishStream]; [NewHook] makes more, and
// [Methods] lists those that are documented.
//
// # What it promises
//
//   - An error means: act. [Hook.Send] returns one only where the media server
//     has to decline, break or warn; under restOnError=LOG a failure is logged
//     and the payload comes back as it was.
//   - Nothing is believed that was not said. Only a 200 with exactly one JSON
//     object is a yes; redirects are never followed; certificates are verified;
//     answers are capped, read to the end and closed, so that connections are
//     used again.
//   - The media path never waits for what it need not: [Hook.Notify] does not wait
//     for the network. The events of a session arrive in order, over retries too,
//     and no session's trouble holds up another.
//   - Overload is a designed state: the queue is bounded, progress is shed before
//     status and closing events last of all, and every loss is counted.
//   - A decision never takes longer than its context allows, retries included.
//     What is repeated hangs on what went over the wire, and every request is
//     counted: net/http repeats none by itself.
//   - Secrets stay in. Passwords, keys, tokens and credentials in URLs appear in
//     no log, error or printed payload.
//   - Nothing is global: no package state that changes, no init, no panic, no
//     goroutine that outlives [Client.Close], but for one that a callback holds.
//
// # Limits
//
// A hook may arrive twice: a connection that is lost before an answer says
// nothing about what the backend did, and the hook is sent again. HTTP/1.1 only;
// no proxy, unless [WithTransport] brings one. An answer nests at most 200 deep.
package resthook
