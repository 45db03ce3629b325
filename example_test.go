package resthook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// admitsTheToken is a backend that admits clients with the token, and renames streams.
func admitsTheToken() (url string, stop func()) {
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}, RestOnError: resthook.OnErrorFail},
	})
	if err != nil {
		fmt.Println(err)
	}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		if c.Custom["token"] != "secret" {
			return nil, backend.Deny("wrong token")
		}
		c.RestClientConfig = policy
		return c, nil
	})
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		s.Name = "live/" + s.Name
		return s, nil
	})
	server := httptest.NewServer(mux)
	return server.URL, server.Close
}

// The main steps: a config, a client, a session, a hook.
func Example() {
	url, stop := admitsTheToken()
	defer stop()
	ctx := context.Background()

	cfg, err := resthook.ParseConfig(strings.NewReader("rest_request_timeout=5\n"))
	if err != nil {
		fmt.Println(err)
	}
	client, err := resthook.NewClient(cfg, resthook.WithApp(resthook.App{Key: "defaultApp", URL: url}))
	if err != nil {
		fmt.Println(err)
	}
	defer func() { fmt.Println("closed:", client.Close(ctx)) }()

	session, err := client.Connect(ctx, &resthook.Connection{SessionID: "s-1", Custom: map[string]any{"token": "secret"}})
	if err != nil {
		fmt.Println(err)
	}
	stream, err := resthook.PublishStream.Send(ctx, session, &resthook.Stream{Name: "cam", Published: true})
	fmt.Println(stream.Name, err)
	fmt.Println("disconnected:", session.Disconnect(ctx))
	// Output:
	// live/cam <nil>
	// disconnected: <nil>
	// closed: <nil>
}

// A denial differs from a backend that could not be reached. Either way the client is not
// let in.
func ExampleDenied() {
	url, stop := admitsTheToken()
	ctx := context.Background()
	cfg := resthook.DefaultConfig()
	cfg.RetryCount = 0
	client, err := resthook.NewClient(cfg, resthook.WithApp(resthook.App{URL: url}))
	if err != nil {
		fmt.Println(err)
	}
	connect := func() {
		session, err := client.Connect(ctx, &resthook.Connection{Custom: map[string]any{"token": "guessed"}})
		fmt.Println("let in:", session != nil, "denied:", resthook.Denied(err))
	}
	connect()
	stop()
	connect()
	// Output:
	// let in: false denied: true
	// let in: false denied: false
}

// The fields of an Error.
func ExampleError() {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "maintenance", http.StatusServiceUnavailable)
	}))
	defer backend.Close()
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: backend.URL}))
	if err != nil {
		fmt.Println(err)
	}
	_, err = client.Connect(context.Background(), &resthook.Connection{})
	if failed, ok := errors.AsType[*resthook.Error](err); ok {
		fmt.Println(failed.Hook, failed.Kind, failed.Status, failed.Attempts, failed.Action)
		fmt.Print(string(failed.Answer))
	}
	// Output:
	// connect status 503 1 break
	// maintenance
}

// A hook of a media server's own, with a payload type of its own.
func ExampleNewHook() {
	type vote struct {
		SessionID string `json:"sessionId"`
		Choice    string `json:"choice"`
		Accepted  bool   `json:"accepted"`
	}
	hook, err := resthook.NewHook[vote]("vote", resthook.KindDirect)
	if err != nil {
		fmt.Println(err)
	}
	mux := backend.NewMux()
	backend.Handle(mux, hook, func(_ context.Context, v *vote) (*vote, error) {
		v.Accepted = v.Choice == "yes"
		return v, nil
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: server.URL}))
	if err != nil {
		fmt.Println(err)
	}
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		hook: {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"accepted"}},
	})
	if err != nil {
		fmt.Println(err)
	}
	session, err := client.Resume(&resthook.Connection{SessionID: "s-1", RestClientConfig: policy})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(hook.Send(context.Background(), session, &vote{Choice: "yes"}))
	// Output:
	// &{ yes true} <nil>
}

// A mistake in a policy is an error where the policy is made.
func ExampleNewPolicy() {
	_, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"Name"}},
	})
	fmt.Println(err)
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}, RestOnError: resthook.OnErrorFail},
	})
	if err != nil {
		fmt.Println(err)
	}
	text, err := policy.MarshalJSON()
	fmt.Println(string(text), err)
	// Output:
	// invalid restClientConfig: publishStream: Stream has no field "Name"
	// {"publishStream":{"clientExclude":"","restExclude":"","restOnError":"FAIL","restPolicy":"OVERWRITE","restOverwrite":"name"}} <nil>
}

// The catalogue.
func ExampleMethods() {
	for _, method := range resthook.Methods()[:4] {
		fmt.Fprintln(os.Stdout, method.Name(), method.Kind(), method.PayloadType())
	}
	// Output:
	// connect connect Connection
	// ConnectionStatusEvent event Connection
	// RegistrationStatusEvent event Registration
	// call direct Call
}
