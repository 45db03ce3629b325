// Package backend is the receiving side of the hooks for Go backends: an
// http.Handler that reads each hook into its typed payload, asks the handler
// for it, and writes the answer as the protocol asks.
//
// # What to call first
//
// [NewMux] makes the handler, [Handle] adds a function for a hook, and [Deny] denies.
// All other hooks are mirrored, as the protocol asks:
//
//	mux := backend.NewMux()
//	backend.Handle(mux, resthook.Connect, func(ctx context.Context, c *resthook.Connection) (*resthook.Connection, error) {
//		if c.Custom["token"] != "secret" {
//			return nil, backend.Deny("wrong token")
//		}
//		c.RestClientConfig = policy // of resthook.NewPolicy: what may be refused and changed from here on
//		return c, nil
//	})
//
// [Wrap] adds what a backend on a network needs: authentication, limits, deduplication
// and logging. [ListenAndServe] serves it until ctx ends:
//
//	handler, err := backend.Wrap(mux, backend.WithSignature(secret), backend.WithLogger(logger))
//	if err != nil {
//		return err
//	}
//	return backend.ListenAndServe(ctx, ":8080", handler)
//
// Both are handlers of net/http, for any router and any server: the last element of the
// path is the method, whatever precedes it.
//
//	router.Handle("/rest/", handler) // http.ServeMux; in chi, router.Handle("/rest/*", handler)
//
// # When a denial counts
//
// The media server always obeys the answer to connect. It only logs any other denial and
// ignores any change, unless the restClientConfig in the answer to connect says otherwise
// for that method: RestOnError: [resthook.OnErrorFail], or RestPolicy:
// [resthook.RestPolicyOverwrite] with the fields.
//
// # Who may send
//
// [WithSignature] checks the signatures of Standard Webhooks, [WithHash] the hash that
// WCS sends, [WithBasicAuth] a name and a password, all in constant time. A hook that
// fails one of the first two is answered with 403, as the protocol asks for the hash; one
// that fails the third, with 401. Without any of them, everybody who can reach the
// address may send hooks.
//
// # A hook may come twice
//
// Delivery is at-least-once: a media server that loses the connection before the answer
// sends the hook again. [Wrap] answers the repeat as it answered the first one, for a
// while, and no handler sees it (see [WithRepeats]). Each process remembers its own
// answers. With several processes behind one address, a handler whose effects must not
// happen twice has to store [Delivery.ID], an idempotency key, where all of them see it.
//
// # To every connected client
//
// [Sessions] keeps the connected clients, by the hooks connect and
// ConnectionStatusEvent. [Sender] sends to them through the REST APIs of their media
// servers. A chat message to all is:
//
//	sessions := backend.NewSessions(0)
//	sender, err := backend.NewSender(backend.SenderConfig{})
//	backend.Handle(mux, resthook.Connect, sessions.OnConnect(connect))
//	backend.Handle(mux, resthook.ConnectionStatusEvent, sessions.OnStatus(nil))
//	backend.Handle(mux, resthook.OnDataEvent, func(ctx context.Context, d *resthook.Data) (*resthook.Data, error) {
//		go func() { // after the answer, which the media server waits for
//			if err := sender.Send(context.WithoutCancel(ctx), sessions.Of(d.AppKey), d); err != nil {
//				logger.WarnContext(ctx, "chat", "error", err) // some media server is away; the others have it
//			}
//		}()
//		return d, nil
//	})
//
// # Limits
//
// A whole hook is kept in memory, up to 1 MiB ([WithBodyLimit]), and so is its answer.
// Nothing is global. There are no goroutines except those of [Serve] and, while it runs,
// of [Sender.Send].
package backend
