// Package backend is the receiving side of the hooks for Go backends: an
// http.Handler that reads each hook into its typed payload, asks the handler
// for it, and writes the answer as the protocol asks.
//
// # What to call first
//
// [NewMux] makes the handler, [Handle] adds what is to be decided or known, and
// [Deny] says no. All other hooks are mirrored, as the protocol asks:
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
// [Wrap] puts in front of it what a backend on a network needs, and
// [ListenAndServe] serves it until a signal comes:
//
//	handler, err := backend.Wrap(mux, backend.WithSignature(secret), backend.WithLogger(logger))
//	if err != nil {
//		return err
//	}
//	return backend.ListenAndServe(ctx, ":8080", handler)
//
// Both are handlers of net/http, for any router and any server: the last element
// of the path is the method, whatever stands before it.
//
//	router.Handle("/rest/", handler) // http.ServeMux; in chi, router.Handle("/rest/*", handler)
//
// # A refusal counts where the policy says so
//
// The media server always obeys the answer to connect. Any other refusal it only
// logs, and any change it ignores, unless the restClientConfig in the answer to
// connect says otherwise for that method: RestOnError: [resthook.OnErrorFail], or
// RestPolicy: [resthook.RestPolicyOverwrite] with the fields.
//
// # Who may send
//
// [WithSignature] checks the signatures of Standard Webhooks, [WithHash] the
// hash that WCS sends, [WithBasicAuth] a name and a password, all in constant
// time. What fails the first two is answered with 403, as the protocol asks for
// the hash; the third has 401. Without any of them, everybody who reaches the
// address is believed.
//
// # A hook may come twice
//
// A media server that loses the connection before the answer sends the hook
// again. [Wrap] gives the repeat the answer of the first, within a window, and
// no handler sees it (see [WithRepeats]). The memory is that of the process: of
// several behind one address, each has its own, and a handler whose effects must
// not happen twice then has to keep [Delivery.ID] where they all see it.
//
// # To every connected client
//
// [Sessions] knows who is connected, by the hooks connect and
// ConnectionStatusEvent; [Sender] sends to them through the REST APIs of their
// media servers. A chat message to all is:
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
// A hook is held in memory as a whole, up to 1 MiB ([WithBodyLimit]), and so is
// its answer. Nothing is global, and there is no goroutine but those of
// [Serve] and, while it runs, of [Sender.Send].
package backend
