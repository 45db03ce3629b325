package sessions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// start serves a backend and returns a client for it.
func start(cfg resthook.Config, handler http.Handler, opts ...resthook.Option) (*resthook.Client, func()) {
	server := httptest.NewServer(handler)
	opts = append(opts, resthook.WithLogger(slog.New(slog.DiscardHandler)))
	client, err := resthook.NewClient(cfg, append(opts, resthook.WithApp(resthook.App{URL: server.URL + "/rest"}))...)
	if err != nil {
		log.Fatal(err)
	}
	return client, func() {
		if err := client.Close(context.Background()); err != nil {
			log.Print(err)
		}
		server.Close()
	}
}

// connected is a session under a policy that the backend gave it.
func connected(client *resthook.Client) *resthook.Session {
	session, err := client.Connect(context.Background(), &resthook.Connection{SessionID: "s-1"})
	if err != nil {
		log.Fatal(err)
	}
	return session
}

// withPolicy is a backend that answers connect with a policy.
func withPolicy(rules map[resthook.Method]resthook.Rule) *backend.Mux {
	policy, err := resthook.NewPolicy(rules)
	if err != nil {
		log.Fatal(err)
	}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		c.RestClientConfig = policy
		return c, nil
	})
	return mux
}

// In its answer to connect the backend sets a policy: what it gets to see, what it may
// change, and whether its denials count.
func Example_policy() {
	mux := withPolicy(map[resthook.Method]resthook.Rule{
		resthook.PlayStream: {
			RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"},
			RestOnError: resthook.OnErrorFail, RestExclude: []string{"sdp"}, ClientExclude: []string{"name"},
		},
	})
	backend.Handle(mux, resthook.PlayStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		if s.Name == "private" {
			return nil, backend.Deny("not for you")
		}
		fmt.Printf("the backend sees sdp %q\n", s.SDP)
		s.Name = "rtsp://10.0.0.7/cam"
		return s, nil
	})
	client, stop := start(resthook.DefaultConfig(), mux)
	defer stop()
	session := connected(client)

	stream, err := resthook.PlayStream.Send(context.Background(), session, &resthook.Stream{Name: "cam", SDP: "v=0"})
	fmt.Println("the server plays", stream.Name, err)
	seen, err := resthook.PlayStream.ClientView(session, stream)
	fmt.Printf("the client sees name %q, sdp %q, %v\n", seen.Name, seen.SDP, err)

	_, err = resthook.PlayStream.Send(context.Background(), session, &resthook.Stream{Name: "private"})
	fmt.Println("denied:", resthook.Denied(err))
	// Output:
	// the backend sees sdp ""
	// the server plays rtsp://10.0.0.7/cam <nil>
	// the client sees name "", sdp "v=0", <nil>
	// denied: true
}

// Events are queued and delivered in order. Disconnect sends the last one.
func Example_events() {
	arrived := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if number := r.Header.Get(resthook.HeaderSequence); number != "" {
				fmt.Println("hook", number, "of the session:", path.Base(r.URL.Path))
			}
			next.ServeHTTP(w, r)
		})
	}
	client, stop := start(resthook.DefaultConfig(), arrived(backend.Echo()))
	defer stop()
	session := connected(client)

	for _, status := range []resthook.StreamStatus{resthook.StreamPublishing, resthook.StreamUnpublished} {
		if err := resthook.StreamStatusEvent.Notify(context.Background(), session, &resthook.Stream{Name: "cam", Status: status}); err != nil {
			log.Print(err)
		}
	}
	fmt.Println("disconnected:", session.Disconnect(context.Background()))
	for _, count := range client.Stats().Events {
		fmt.Println(count.Hook, count.Result, count.Count)
	}
	// Output:
	// hook 1 of the session: StreamStatusEvent
	// hook 2 of the session: StreamStatusEvent
	// hook 3 of the session: ConnectionStatusEvent
	// disconnected: <nil>
	// ConnectionStatusEvent delivered 1
	// StreamStatusEvent delivered 2
}

// The observer gets the outcome of each event, and whether the client must be warned.
func Example_outcomes() {
	mux := withPolicy(map[resthook.Method]resthook.Rule{resthook.StreamStatusEvent: {RestOnError: resthook.OnErrorFail}})
	backend.Handle(mux, resthook.StreamStatusEvent, func(context.Context, *resthook.Stream) (*resthook.Stream, error) {
		return nil, backend.Deny("no")
	})
	client, stop := start(resthook.DefaultConfig(), mux, resthook.WithObserver(resthook.Observer{
		Event: func(_ context.Context, e resthook.EventOutcome) {
			fmt.Println(e.Hook, e.Result, "status", e.Status, "->", e.Action)
		},
	}))
	session := connected(client)
	if err := resthook.StreamStatusEvent.Notify(context.Background(), session, &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing}); err != nil {
		log.Print(err)
	}
	stop() // delivers the queued events
	// Output:
	// StreamStatusEvent failed status 403 -> warn
}

// A stream goes on until the backend denies a keep-alive.
func Example_keepAlive() {
	cfg := resthook.DefaultConfig()
	cfg.KeepAliveEnabled, cfg.KeepAliveAppKeys = true, []string{"defaultApp"}
	cfg.KeepAliveInterval = 10 * time.Millisecond

	mux := withPolicy(map[resthook.Method]resthook.Rule{resthook.StreamKeepAliveEvent: {RestOnError: resthook.OnErrorFail}})
	asked := 0
	backend.Handle(mux, resthook.StreamKeepAliveEvent, func(context.Context, *resthook.Stream) (*resthook.Stream, error) {
		if asked++; asked == 3 {
			return nil, backend.Deny("time is up")
		}
		return nil, nil
	})
	client, stop := start(cfg, mux)
	defer stop()

	ended := make(chan resthook.Info)
	_, err := connected(client).KeepAlive(&resthook.Stream{Name: "cam", Published: true}, func(info resthook.Info) { ended <- info })
	fmt.Println(err)
	fmt.Println("the stream ends:", <-ended)
	// Output:
	// <nil>
	// the stream ends: Terminated by keep-alive
}

// Players over HLS and RTSP have no session. For a thousand requests of one player the
// backend is asked once.
func Example_playersWithoutASession() {
	cfg := resthook.DefaultConfig()
	cfg.HLSAuthEnabled = true
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PlayHLS, func(_ context.Context, p *resthook.Playback) (*resthook.Playback, error) {
		fmt.Println("asked about", p.Name, "and", p.Custom["token"])
		if p.Custom["token"] != "12345789" {
			return nil, backend.Deny("wrong token")
		}
		return nil, nil
	})
	client, stop := start(cfg, mux)
	defer stop()

	for _, token := range []string{"12345789", "guessed"} {
		admitted := 0
		for range 1000 {
			player, err := client.ParsePlayback("https://edge.example/cam/cam.m3u8?token=" + token)
			if err == nil && client.AdmitHLS(context.Background(), player) == nil {
				admitted++
			}
		}
		fmt.Println("admitted", admitted, "times")
	}
	// Output:
	// asked about cam and 12345789
	// admitted 1000 times
	// asked about cam and guessed
	// admitted 0 times
}

// After a restart of the media server, a session can be resumed.
func Example_resume() {
	client, stop := start(resthook.DefaultConfig(), backend.Echo())
	defer stop()
	kept, err := json.Marshal(connected(client).Connection())
	fmt.Println(string(kept), err)

	conn := new(resthook.Connection)
	if err := json.Unmarshal(kept, conn); err != nil {
		log.Print(err)
	}
	session, err := client.Resume(conn)
	fmt.Println(session.Connection().SessionID, err)
	// Output:
	// {"sessionId":"s-1"} <nil>
	// s-1 <nil>
}
