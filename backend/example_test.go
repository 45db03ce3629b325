package backend_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// call posts a hook, as a media server does, and prints the answer.
func call(handler http.Handler, path, body string, header ...string) {
	request := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	fmt.Println(answer.Code, strings.TrimSpace(answer.Body.String()))
}

// letIn is a connect handler that allows clients with the token.
func letIn(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
	if c.Custom["token"] != "secret" {
		return nil, backend.Deny("wrong token")
	}
	return c, nil
}

// A Mux mirrors every hook that has no handler, under any path.
func ExampleNewMux() {
	router := http.NewServeMux()
	router.Handle("/rest/", backend.NewMux())

	call(router, "/rest/connect", `{"login":"alice"}`)
	call(router, "/rest/StreamStatusEvent", `{"status":"PUBLISHING"}`)
	// Output:
	// 200 {"login":"alice"}
	// 200 {"status":"PUBLISHING"}
}

// A backend that renames streams, refuses those without a token, and mirrors
// every other hook.
func ExampleHandle() {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		if s.Custom["token"] != "secret" {
			return nil, backend.Deny("wrong token")
		}
		s.Name = "live/" + s.Name
		return s, nil
	})

	call(mux, "/rest/publishStream", `{"name":"cam","custom":{"token":"secret"}}`)
	call(mux, "/rest/publishStream", `{"name":"cam","custom":{"token":"guessed"}}`)
	call(mux, "/rest/StreamStatusEvent", `{"name":"live/cam","status":"PUBLISHING"}`)
	// Output:
	// 200 {"name":"live/cam","custom":{"token":"secret"}}
	// 403 wrong token
	// 200 {"name":"live/cam","status":"PUBLISHING"}
}

// A media server can define hooks of its own, with their own payload types.
func ExampleHandle_ownHook() {
	type greeting struct {
		From string `json:"from"`
		Text string `json:"text"`
	}
	greet, err := resthook.NewHook[greeting]("greet", resthook.KindDirect)
	if err != nil {
		log.Fatal(err)
	}
	mux := backend.NewMux()
	backend.Handle(mux, greet, func(_ context.Context, g *greeting) (*greeting, error) {
		g.Text = "hello, " + g.From
		return g, nil
	})

	call(mux, "/rest/greet", `{"from":"alice"}`)
	// Output:
	// 200 {"from":"alice","text":"hello, alice"}
}

// The answer to connect contains a policy: which denials the media server obeys, and
// which values the backend may change from then on. Without a policy the media server
// only logs a denial of publishStream.
func ExampleHandle_policy() {
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {
			RestOnError: resthook.OnErrorFail,                                          // a denial stops the stream
			RestPolicy:  resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}, // the name may be changed
		},
		resthook.StreamStatusEvent: {RestExclude: []string{"sdp"}}, // leave out of the payload
	})
	if err != nil {
		log.Fatal(err) // a wrong value or field name
	}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(ctx context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		c.RestClientConfig = policy
		return c, nil
	})
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		s.Name = "live/" + s.Name
		return s, nil
	})

	// The other side: a media server, built with the client of this library.
	server := httptest.NewServer(mux)
	defer server.Close()
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: server.URL + "/rest"}))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	defer client.Close(ctx)
	session, err := client.Connect(ctx, &resthook.Connection{SessionID: "s-1"})
	if err != nil {
		log.Fatal(err)
	}
	stream, err := resthook.PublishStream.Send(ctx, session, &resthook.Stream{Name: "cam"})
	fmt.Println(stream.Name, err)
	fmt.Println(session.Policy().Rule("publishStream").RestOnError)
	// Output:
	// live/cam <nil>
	// FAIL
}

// The text of a denial is sent to the media server, which logs it. The text of any other
// error is only in the backend's own log.
func ExampleDeny() {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PlayStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		if s.Name == "private" {
			return nil, fmt.Errorf("session %s: %w", s.SessionID, backend.Deny("not for you"))
		}
		return nil, fmt.Errorf("dial db.internal: connection refused")
	})

	call(mux, "/rest/playStream", `{"name":"private"}`)
	call(mux, "/rest/playStream", `{"name":"cam"}`)
	// Output:
	// 403 not for you
	// 500 Internal Server Error
}

// The checks that a backend on a network needs, in front of any handler.
func ExampleWrap() {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, letIn)
	handler, err := backend.Wrap(mux,
		backend.WithBasicAuth("wcs", resthook.NewSecret("from the configuration")),
		backend.WithBodyLimit(64<<10),
		backend.WithLogger(slog.New(slog.DiscardHandler)),
	)
	if err != nil {
		log.Fatal(err)
	}

	call(handler, "/rest/connect", `{"custom":{"token":"secret"}}`)
	_, err = backend.Wrap(mux, backend.WithBasicAuth("wcs", resthook.Secret{}))
	fmt.Println(err)
	// Output:
	// 401 no name and password
	// invalid configuration: basic auth with an empty name or password
}

// The hash that WCS sends if rest_hook_send_hash=true.
func ExampleWithHash() {
	handler, err := backend.Wrap(backend.NewMux(), backend.WithHash(resthook.NewSecret("1234567890")))
	if err != nil {
		log.Fatal(err)
	}

	call(handler, "/rest/connect", `{}`, "Authorization", "WCS 6ba3d7619d7c1dc5e0f8493b186198d3")
	call(handler, "/rest/connect", `{"login":"root"}`, "Authorization", "WCS 6ba3d7619d7c1dc5e0f8493b186198d3")
	call(handler, "/rest/connect", `{}`)
	// Output:
	// 200 {}
	// 403 wrong WCS hash
	// 403 no WCS hash
}

// Signatures of Standard Webhooks. During a rotation both the old and the new secret are
// valid.
func ExampleWithSignature() {
	handler, err := backend.Wrap(backend.NewMux(), backend.WithSignature(resthook.NewSecret(newSecret), resthook.NewSecret(oldSecret)))
	if err != nil {
		log.Fatal(err)
	}

	stamp := unix(time.Now())
	call(handler, "/rest/connect", `{}`, "Webhook-Id", "id-1", "Webhook-Timestamp", stamp,
		"Webhook-Signature", sign(oldSecret, "id-1", stamp, `{}`))
	call(handler, "/rest/connect", `{}`, "Webhook-Id", "id-2", "Webhook-Timestamp", stamp,
		"Webhook-Signature", sign(oldSecret, "id-1", stamp, `{}`))
	call(handler, "/rest/connect", `{}`, "Webhook-Id", "id-1", "Webhook-Timestamp", "1614265330",
		"Webhook-Signature", sign(oldSecret, "id-1", "1614265330", `{}`))
	// Output:
	// 200 {}
	// 403 wrong signature
	// 403 the timestamp is too old
}

// HTTP basic authentication with the app's restUsername and restPassword.
func ExampleWithBasicAuth() {
	handler, err := backend.Wrap(backend.NewMux(), backend.WithBasicAuth("wcs", resthook.NewSecret("pass")))
	if err != nil {
		log.Fatal(err)
	}

	call(handler, "/rest/connect", `{}`, "Authorization", "Basic d2NzOnBhc3M=")
	call(handler, "/rest/connect", `{}`, "Authorization", "Basic d2NzOmd1ZXNz")
	// Output:
	// 200 {}
	// 401 wrong name or password
}

// A hook that is sent again because its answer was lost gets the same answer, and is not
// handled twice.
func ExampleWithRepeats() {
	bills := 0
	mux := backend.NewMux()
	backend.Handle(mux, resthook.MakeCall, func(_ context.Context, c *resthook.Call) (*resthook.Call, error) {
		bills++
		return &resthook.Call{Callee: fmt.Sprintf("line-%d", bills)}, nil
	})
	handler, err := backend.Wrap(mux, backend.WithRepeats(backend.RepeatLimits{Window: time.Hour}))
	if err != nil {
		log.Fatal(err)
	}

	call(handler, "/rest/call", `{"callee":"100"}`, "Webhook-Id", "id-1")
	call(handler, "/rest/call", `{"callee":"100"}`, "Webhook-Id", "id-1")
	call(handler, "/rest/call", `{"callee":"100"}`, "Webhook-Id", "id-2")
	fmt.Println(bills, "bills")
	// Output:
	// 200 {"callee":"line-1"}
	// 200 {"callee":"line-1"}
	// 200 {"callee":"line-2"}
	// 2 bills
}

// One line for each hook, without its payload.
func ExampleWithLogger() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" {
			return slog.Attr{} // these values differ between runs
		}
		return a
	}}))
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, letIn)
	handler, err := backend.Wrap(mux, backend.WithLogger(logger))
	if err != nil {
		log.Fatal(err)
	}

	call(handler, "/rest/connect", `{"sessionId":"s-1","custom":{"token":"guessed"}}`)
	// Output:
	// level=INFO msg="hook answered" hook=connect session=s-1 id="" status=403 remote=192.0.2.1:1234 error="wrong token"
	// 403 wrong token
}

// The data that comes with a hook beside its payload.
func ExampleDeliveryOf() {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.StreamStatusEvent, func(ctx context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		d := backend.DeliveryOf(ctx)
		fmt.Printf("%s %s of session %s: its hook %d, made at %s\n", s.Name, s.Status, d.Session, d.Sequence, d.Time.UTC().Format(time.TimeOnly))
		return nil, nil
	})

	call(mux, "/rest/StreamStatusEvent", `{"sessionId":"s-1","name":"cam","status":"PUBLISHING"}`,
		"Webhook-Id", "id-7", "Webhook-Timestamp", "1795456800", "Resthook-Sequence", "7")
	// Output:
	// cam PUBLISHING of session s-1: its hook 7, made at 18:00:00
	// 200 {"sessionId":"s-1","name":"cam","status":"PUBLISHING"}
}

// The connected clients and their nodes.
func ExampleSessions() {
	sessions := backend.NewSessions(0)
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, sessions.OnConnect(letIn))
	backend.Handle(mux, resthook.ConnectionStatusEvent, sessions.OnStatus(nil))

	call(mux, "/rest/connect", `{"nodeId":"n1@10.0.0.7","appKey":"chat","sessionId":"s-1","login":"alice","custom":{"token":"secret"}}`)
	call(mux, "/rest/connect", `{"nodeId":"n1@10.0.0.7","appKey":"chat","sessionId":"s-2","login":"eve"}`)
	for session := range sessions.Of("chat") {
		fmt.Println(session.Login, "is", session.ID, "on", session.Node)
	}
	call(mux, "/rest/ConnectionStatusEvent", `{"nodeId":"n1@10.0.0.7","sessionId":"s-1","status":"DISCONNECTED"}`)
	fmt.Println(sessions.Len(), "connected")
	// Output:
	// 200 {"nodeId":"n1@10.0.0.7","appKey":"chat","sessionId":"s-1","login":"alice","custom":{"token":"secret"}}
	// 403 wrong token
	// alice is s-1 on n1@10.0.0.7
	// 200 {"nodeId":"n1@10.0.0.7","sessionId":"s-1","status":"DISCONNECTED"}
	// 0 connected
}

// A chat message goes to every connected client of its app. It is sent after the answer
// to the sender, so that a media server that is down cannot delay or fail that answer.
func ExampleSender() {
	node := httptest.NewServer(http.HandlerFunc(restAPI)) // the REST API of a media server
	defer node.Close()
	sessions := backend.NewSessions(0)
	sender, err := backend.NewSender(backend.SenderConfig{
		URL: func(string) (string, error) { return node.URL + "/rest-api", nil }, // by default, port 8081 of each node
	})
	if err != nil {
		log.Fatal(err)
	}
	defer sender.Close()

	var sending sync.WaitGroup
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, sessions.OnConnect(nil))
	backend.Handle(mux, resthook.ConnectionStatusEvent, sessions.OnStatus(nil))
	backend.Handle(mux, resthook.OnDataEvent, func(ctx context.Context, d *resthook.Data) (*resthook.Data, error) {
		from, ok := sessions.Get(d.NodeID, d.SessionID)
		if !ok || d.Payload == nil {
			return nil, backend.Deny("who says what?")
		}
		d.Payload["from"] = from.Login
		sending.Go(func() {
			if err := sender.Send(context.WithoutCancel(ctx), sessions.Of(d.AppKey), d); err != nil {
				log.Print(err) // names the nodes that failed; the clients of all others have the message
			}
		})
		return d, nil
	})

	call(mux, "/rest/connect", `{"nodeId":"n1@10.0.0.7","sessionId":"s-1","login":"alice"}`)
	call(mux, "/rest/connect", `{"nodeId":"n1@10.0.0.7","sessionId":"s-2","login":"bob"}`)
	call(mux, "/rest/OnDataEvent", `{"nodeId":"n1@10.0.0.7","sessionId":"s-2","operationId":"op-1","payload":{"body":"hello"}}`)
	sending.Wait()
	// Unordered output:
	// 200 {"nodeId":"n1@10.0.0.7","sessionId":"s-1","login":"alice"}
	// 200 {"nodeId":"n1@10.0.0.7","sessionId":"s-2","login":"bob"}
	// POST /rest-api/data/send {"nodeId":"n1@10.0.0.7","operationId":"op-1","sessionIds":["s-1","s-2"],"payload":{"body":"hello","from":"bob"}}
	// 200 {"nodeId":"n1@10.0.0.7","sessionId":"s-2","operationId":"op-1","payload":{"body":"hello","from":"bob"}}
}

// restAPI replaces the REST API of a media server.
func restAPI(_ http.ResponseWriter, r *http.Request) {
	var body strings.Builder
	_ = r.Write(&body)
	_, text, _ := strings.Cut(body.String(), "\r\n\r\n")
	fmt.Println(r.Method, r.URL.Path, text)
}

// Serve until the process is asked to end; hooks in flight are answered first.
func ExampleListenAndServe() {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, letIn)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	time.AfterFunc(0, stop) // in place of a signal
	fmt.Println(backend.ListenAndServe(ctx, "127.0.0.1:0", mux))
	// Output:
	// <nil>
}

// The address of a node's REST API, unless SenderConfig gives another.
func ExampleNodeURL() {
	fmt.Println(backend.NodeURL("cm2p2VmswiHZ4pO12Ps8anz1NYudEOL1@192.168.1.101"))
	fmt.Println(backend.NodeURL("5tWOFn5ZoMQs22KrEls2Ulhee57hQO9D"))
	// Output:
	// http://192.168.1.101:8081/rest-api <nil>
	//  no address in the node's id
}
