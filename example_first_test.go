package resthook_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// What a user meets first, one function at a time. The examples share two
// backends: admitsTheToken, and exampleClient's own.

// exampleClient is a client of a backend, and what ends both.
func exampleClient(cfg resthook.Config, handler http.Handler, opts ...resthook.Option) (*resthook.Client, func()) {
	server := httptest.NewServer(handler)
	client, err := resthook.NewClient(cfg, append(opts, resthook.WithApp(resthook.App{URL: server.URL}))...)
	if err != nil {
		fmt.Println(err)
	}
	return client, func() {
		if err := client.Close(context.Background()); err != nil {
			fmt.Println(err)
		}
		server.Close()
	}
}

// exampleSession is a session under a policy for one method.
func exampleSession(client *resthook.Client, method resthook.Method, rule resthook.Rule) *resthook.Session {
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{method: rule})
	if err != nil {
		fmt.Println(err)
	}
	session, err := client.Resume(&resthook.Connection{SessionID: "s-1", RestClientConfig: policy})
	if err != nil {
		fmt.Println(err)
	}
	return session
}

// One app for most clients and one for those of another key. Every fault of the
// config and the options is reported at once.
func ExampleNewClient() {
	client, err := resthook.NewClient(resthook.DefaultConfig(),
		resthook.WithApp(resthook.App{URL: "https://backend.example/rest"}),
		resthook.WithApp(resthook.App{Key: "phoneApp", URL: "https://phone.example/hooks", Username: "media", Password: resthook.NewSecret("secret")}),
		resthook.WithRetryStatuses(502, 503, 504))
	fmt.Println(client, err)
	if err := client.Close(context.Background()); err != nil {
		fmt.Println(err)
	}

	_, err = resthook.NewClient(resthook.DefaultConfig(),
		resthook.WithApp(resthook.App{URL: "https://backend.example/rest"}),
		resthook.WithApp(resthook.App{URL: "https://other.example/rest"}),
		resthook.WithRetryStatuses(200))
	fmt.Println(errors.Is(err, resthook.ErrConfig))
	fmt.Println(err)
	// Output:
	// resthook.Client[{Key: URL:https://backend.example/rest Username: Password: Methods:[]} {Key:phoneApp URL:https://phone.example/hooks Username:media Password:*** Methods:[]}] <nil>
	// true
	// invalid configuration: two apps with the key ""
	// invalid configuration: retry status 200: not a status that fails
}

// A client that is allowed gets a session, which follows the policy of the answer.
func ExampleClient_Connect() {
	url, stop := admitsTheToken()
	defer stop()
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: url}))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	session, err := client.Connect(ctx, &resthook.Connection{SessionID: "s-1", Custom: map[string]any{"token": "secret"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(session, session.Policy().Rule("publishStream").RestOverwrite)
	_, err = client.Connect(ctx, &resthook.Connection{SessionID: "s-2", Custom: map[string]any{"token": "guessed"}})
	fmt.Println("denied:", resthook.Denied(err))
	fmt.Println("closed:", client.Close(ctx))
	// Output:
	// resthook.Session{s-1 of defaultApp} [name]
	// denied: true
	// closed: <nil>
}

// Close delivers what waits, as far as its context allows, and says what it left.
func ExampleClient_Close() {
	asked, over := make(chan struct{}), make(chan struct{})
	client, stop := exampleClient(resthook.DefaultConfig(), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-over
	}))
	defer stop()
	session := exampleSession(client, resthook.StreamStatusEvent, resthook.Rule{})
	if err := resthook.StreamStatusEvent.Notify(context.Background(), session, &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing}); err != nil {
		fmt.Println(err)
	}
	<-asked // and not answered
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // no time at all
	fmt.Println(client.Close(ctx))
	close(over)
	// Output: close: 1 StreamStatusEvent not delivered: context canceled
}

// A new config is in force for the hooks that follow. One that can't be used
// changes nothing.
func ExampleClient_Reload() {
	client, stop := exampleClient(resthook.DefaultConfig(), backend.Echo())
	defer stop()
	cfg, err := resthook.ParseConfig(strings.NewReader("disable_rest_requests=true\n"))
	if err != nil {
		fmt.Println(err)
	}
	sent := func() {
		outcome, err := resthook.PlayStream.SendJSON(context.Background(), client, []byte(`{"name":"cam"}`))
		fmt.Println("sent:", outcome.Sent, outcome.Action, err)
	}
	sent()
	fmt.Println(client.Reload(cfg))
	sent()
	cfg.RetryCount = -1
	fmt.Println(errors.Is(client.Reload(cfg), resthook.ErrConfig))
	// Output:
	// sent: true continue <nil>
	// <nil>
	// sent: false continue <nil>
	// true
}

// The results of all events.
func ExampleClient_Stats() {
	client, stop := exampleClient(resthook.DefaultConfig(), backend.Echo())
	session := exampleSession(client, resthook.StreamStatusEvent, resthook.Rule{})
	for range 3 {
		if err := resthook.StreamStatusEvent.Notify(context.Background(), session, &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing}); err != nil {
			fmt.Println(err)
		}
	}
	stop() // delivers what waits
	stats := client.Stats()
	fmt.Println(stats.Queued, "wait")
	for _, event := range stats.Events {
		fmt.Println(event.Count, event.Hook, event.Result)
	}
	// Output:
	// 0 wait
	// 3 StreamStatusEvent delivered
}

// A player's URL as the payload of playHLS or playRTSP.
func ExampleClient_ParsePlayback() {
	client, stop := exampleClient(resthook.DefaultConfig(), backend.Echo())
	defer stop()
	for _, url := range []string{
		"https://edge.example/cam/cam.m3u8?token=1254789&quality=high",
		"rtsp://edge.example:554/cam?aclAuth=1254789&appKey=phoneApp",
		"cam.m3u8",
	} {
		p, err := client.ParsePlayback(url)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(p.MediaProvider, p.Name, p.AppKey, len(p.Custom))
	}
	// Output:
	// HLS cam  1
	// RTSP rtsp://edge.example/cam phoneApp 1
	// invalid configuration: playback of (URL without a host): not a url with a host
}

// admitsPlayers is a backend that admits one token, and says when it is asked.
func admitsPlayers(hook resthook.Hook[resthook.Playback], token string) http.Handler {
	mux := backend.NewMux()
	backend.Handle(mux, hook, func(_ context.Context, p *resthook.Playback) (*resthook.Playback, error) {
		fmt.Println("asked about", p.Name)
		if p.Custom[token] != "1254789" {
			return nil, backend.Deny("wrong token")
		}
		return nil, nil
	})
	return mux
}

// An HLS player asks for a file every few seconds; its backend is asked once.
func ExampleClient_AdmitHLS() {
	cfg := resthook.DefaultConfig()
	cfg.HLSAuthEnabled = true
	client, stop := exampleClient(cfg, admitsPlayers(resthook.PlayHLS, "token"))
	defer stop()
	for _, file := range []string{"cam.m3u8?token=1254789", "1.ts?token=1254789", "cam.m3u8?token=guessed"} {
		player, err := client.ParsePlayback("https://edge.example/cam/" + file)
		if err != nil {
			fmt.Println(err)
			return
		}
		err = client.AdmitHLS(context.Background(), player)
		fmt.Println("plays:", err == nil, "denied:", resthook.Denied(err))
	}
	// Output:
	// asked about cam
	// plays: true denied: false
	// plays: true denied: false
	// asked about cam
	// plays: false denied: true
}

// AdmitRTSP may be called for each request of an RTSP session; the backend is
// asked once.
func ExampleClient_AdmitRTSP() {
	cfg := resthook.DefaultConfig()
	cfg.RTSPServerAuthEnabled = true
	client, stop := exampleClient(cfg, admitsPlayers(resthook.PlayRTSP, "aclAuth"))
	defer stop()
	player, err := client.ParsePlayback("rtsp://edge.example/cam?aclAuth=1254789")
	if err != nil {
		fmt.Println(err)
		return
	}
	player.SessionID = "/10.0.0.17:59711/10.0.0.5:554"
	for _, request := range []string{"DESCRIBE", "SETUP", "PLAY"} {
		fmt.Println(request, client.AdmitRTSP(context.Background(), player))
	}
	client.ForgetRTSP(player.SessionID) // at TEARDOWN
	// Output:
	// asked about rtsp://edge.example/cam
	// DESCRIBE <nil>
	// SETUP <nil>
	// PLAY <nil>
}

// A session that was kept over a restart is made again, without a request.
func ExampleClient_Resume() {
	client, stop := exampleClient(resthook.DefaultConfig(), backend.Echo())
	defer stop()
	session, err := client.Resume(&resthook.Connection{SessionID: "s-1", Login: "ann"})
	fmt.Println(session, err)
	fmt.Println(session.Disconnect(context.Background()))
	// Output:
	// resthook.Session{s-1 of defaultApp} <nil>
	// <nil>
}

// Under OVERWRITE and FAIL the backend renames a stream, or refuses it. An error
// means: act.
func ExampleHook_Send() {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		if s.Name == "private" {
			return nil, backend.Deny("not yours")
		}
		s.Name = "live/" + s.Name
		return s, nil
	})
	client, stop := exampleClient(resthook.DefaultConfig(), mux)
	defer stop()
	session := exampleSession(client, resthook.PublishStream, resthook.Rule{
		RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}, RestOnError: resthook.OnErrorFail,
	})
	for _, name := range []string{"cam", "private"} {
		stream, err := resthook.PublishStream.Send(context.Background(), session, &resthook.Stream{Name: name, Published: true})
		if failed, ok := errors.AsType[*resthook.Error](err); ok {
			fmt.Println(name, failed.Action, "denied:", resthook.Denied(err))
			continue
		}
		fmt.Println(name, "is published as", stream.Name)
	}
	// Output:
	// cam is published as live/cam
	// private break denied: true
}

// Events are delivered off the media path, in order.
func ExampleHook_Notify() {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.StreamStatusEvent, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		fmt.Println("the backend hears:", s.Status)
		return nil, nil
	})
	client, stop := exampleClient(resthook.DefaultConfig(), mux)
	session := exampleSession(client, resthook.StreamStatusEvent, resthook.Rule{})
	for _, status := range []resthook.StreamStatus{resthook.StreamPending, resthook.StreamPublishing, resthook.StreamUnpublished} {
		if err := resthook.StreamStatusEvent.Notify(context.Background(), session, &resthook.Stream{Name: "cam", Status: status}); err != nil {
			fmt.Println(err)
		}
	}
	stop() // delivers what waits
	// Output:
	// the backend hears: PENDING
	// the backend hears: PUBLISHING
	// the backend hears: UNPUBLISHED
}

// What the backend knows and the client must not see.
func ExampleHook_ClientView() {
	client, stop := exampleClient(resthook.DefaultConfig(), backend.Echo())
	defer stop()
	session := exampleSession(client, resthook.PlayStream, resthook.Rule{ClientExclude: []string{"name", "custom.account"}})
	stream := &resthook.Stream{
		Name: "rtsp://10.0.0.7/cam", Status: resthook.StreamPlaying,
		Custom: map[string]any{"account": "4711", "title": "Door"},
	}
	seen, err := resthook.PlayStream.ClientView(session, stream)
	fmt.Printf("%q %v %v %v\n", seen.Name, seen.Status, seen.Custom, err)
	// Output: "" PLAYING map[title:Door] <nil>
}

// SendJSON returns the whole outcome of a hook, also under restOnError=LOG.
func ExampleHook_SendJSON() {
	client, stop := exampleClient(resthook.DefaultConfig(), http.NotFoundHandler())
	defer stop()
	outcome, err := resthook.PlayStream.SendJSON(context.Background(), client, []byte(`{"name":"cam"}`))
	fmt.Println(outcome.Action, outcome.Attempts, outcome.Status, string(outcome.Payload), err)
	fmt.Println(errors.Is(outcome.Err, resthook.ErrStatus))
	// Output:
	// continue 1 404 {"name":"cam"} <nil>
	// true
}

// The closing event goes after all others of the session, and no hook after it.
func ExampleSession_Disconnect() {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.ConnectionStatusEvent, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		fmt.Println("the backend hears:", c.SessionID, c.Status)
		return nil, nil
	})
	client, stop := exampleClient(resthook.DefaultConfig(), mux)
	defer stop()
	session := exampleSession(client, resthook.StreamStatusEvent, resthook.Rule{})
	fmt.Println(session.Disconnect(context.Background()))
	err := resthook.StreamStatusEvent.Notify(context.Background(), session, &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing})
	fmt.Println("too late:", errors.Is(err, resthook.ErrClosed))
	// Output:
	// the backend hears: s-1 DISCONNECTED
	// <nil>
	// too late: true
}

// A backend ends a stream by refusing its keep-alive.
func ExampleSession_KeepAlive() {
	cfg := resthook.DefaultConfig()
	cfg.KeepAliveEnabled, cfg.KeepAliveAppKeys = true, []string{"defaultApp"}
	cfg.KeepAliveInterval = 10 * time.Millisecond // 10 seconds, where it is not set
	mux := backend.NewMux()
	backend.Handle(mux, resthook.StreamKeepAliveEvent, func(context.Context, *resthook.Stream) (*resthook.Stream, error) {
		return nil, backend.Deny("time is up")
	})
	client, stop := exampleClient(cfg, mux)
	defer stop()
	session := exampleSession(client, resthook.StreamKeepAliveEvent, resthook.Rule{RestOnError: resthook.OnErrorFail})

	ended := make(chan resthook.Info)
	stopAsking, err := session.KeepAlive(&resthook.Stream{Name: "cam"}, func(info resthook.Info) { ended <- info })
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stopAsking() // when the stream ends by itself
	fmt.Println(<-ended)
	// Output: Terminated by keep-alive
}

// ClientView as JSON, for whoever does not know the payload's type.
func ExampleSession_ClientView() {
	client, stop := exampleClient(resthook.DefaultConfig(), backend.Echo())
	defer stop()
	session := exampleSession(client, resthook.OnDataEvent, resthook.Rule{ClientExclude: []string{"payload.from"}})
	seen, err := session.ClientView(resthook.OnDataEvent, map[string]any{"payload": map[string]any{"from": "ann", "text": "hello"}})
	fmt.Println(string(seen), err)
	// Output: {"payload":{"text":"hello"}} <nil>
}

// A misspelt word is an error that names its place. A key without effect is a warning.
func ExampleParsePolicy() {
	_, err := resthook.ParsePolicy([]byte(`{"publishStream":{"restOnError":"FIAL"}}`))
	fmt.Println(err)
	policy, err := resthook.ParsePolicy([]byte(`{"publishStream":{"restOnError":"FAIL","overwrite":"name"}}`))
	fmt.Println(policy.Rule("publishStream").RestOnError, policy.Rule("playStream").RestOnError, err)
	fmt.Println(policy.Warnings())
	// Output:
	// invalid restClientConfig: publishStream.restOnError: "FIAL" is not LOG or FAIL
	// FAIL LOG <nil>
	// [publishStream.overwrite: unknown key, ignored]
}

// A hook that never left this machine can be sent again. One whose answer was lost may
// have had its effect.
func ExampleSafeToRepeat() {
	cfg := resthook.DefaultConfig()
	cfg.RetryCount = 0
	drop := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	client, stop := exampleClient(cfg, drop)
	_, err := client.Connect(context.Background(), &resthook.Connection{})
	fmt.Println(errors.Is(err, resthook.ErrNoAnswer), resthook.SafeToRepeat(err))
	stop()
	_, err = client.Connect(context.Background(), &resthook.Connection{})
	fmt.Println(errors.Is(err, resthook.ErrClosed), resthook.SafeToRepeat(err))
	// Output:
	// true false
	// true true
}

// The observer gets every attempt, hook and event, for metrics and traces.
func ExampleWithObserver() {
	client, stop := exampleClient(resthook.DefaultConfig(), backend.Echo(), resthook.WithObserver(resthook.Observer{
		Start: func(ctx context.Context, s resthook.Start) context.Context {
			fmt.Println("start", s.Hook, s.Kind)
			return ctx // or one with a span
		},
		Attempt: func(_ context.Context, a resthook.Attempt) { fmt.Println("attempt", a.Number, a.Hook, a.Status) },
		End:     func(_ context.Context, o resthook.Outcome) { fmt.Println("end", o.Hook, o.Action, o.Attempts) },
		Event:   func(_ context.Context, o resthook.EventOutcome) { fmt.Println("event", o.Hook, o.Sequence, o.Result) },
	}))
	session, err := client.Connect(context.Background(), &resthook.Connection{SessionID: "s-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := resthook.StreamStatusEvent.Notify(context.Background(), session, &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing}); err != nil {
		fmt.Println(err)
	}
	stop() // delivers what waits
	// Output:
	// start connect connect
	// attempt 1 connect 200
	// end connect continue 1
	// attempt 1 StreamStatusEvent 200
	// event StreamStatusEvent 1 delivered
}

// One line for a hook that failed, without time and port here.
func ExampleWithLogger() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "url" || a.Key == "id" {
				return slog.Attr{}
			}
			return a
		},
	}))
	unavailable := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	client, stop := exampleClient(resthook.DefaultConfig(), unavailable, resthook.WithLogger(logger))
	defer stop()
	session := exampleSession(client, resthook.PlayStream, resthook.Rule{})
	_, err := resthook.PlayStream.Send(context.Background(), session, &resthook.Stream{Name: "cam"})
	fmt.Println(err) // restOnError is LOG
	// Output:
	// level=ERROR msg="hook failed" hook=playStream app="" session=s-1 attempts=1 status=503 kind=status action=continue error="503 Service Unavailable"
	// <nil>
}

// A 503 is an answer. WithRetryStatuses makes it a reason to try again.
func ExampleWithRetryStatuses() {
	asked := 0
	restarting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		backend.Echo().ServeHTTP(w, r)
	})
	client, stop := exampleClient(resthook.DefaultConfig(), restarting, resthook.WithRetryStatuses(503))
	defer stop()
	session, err := client.Connect(context.Background(), &resthook.Connection{SessionID: "s-1"})
	fmt.Println(session, err, asked)
	// Output: resthook.Session{s-1 of defaultApp} <nil> 2
}

// A method by its name, for a command or a router.
func ExampleFindMethod() {
	method, ok := resthook.FindMethod("publishStream")
	fmt.Println(method.Kind(), method.PayloadType(), ok)
	_, ok = resthook.FindMethod("publishstream")
	fmt.Println(ok)
	// Output:
	// direct Stream true
	// false
}

// A config without a file.
func ExampleDefaultConfig() {
	cfg := resthook.DefaultConfig()
	cfg.RequestTimeout = 3 * time.Second
	cfg.SendHash, cfg.SecretKey = true, resthook.NewSecret("1234567890")
	fmt.Println(cfg.RequestTimeout, cfg.RetryCount, cfg.SecretKey, cfg.Validate())
	// Output: 3s 3 *** <nil>
}
