package main

import (
	"context"
	"net/http/httptest"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// appBackend is the application's side: what you would write in a program of
// its own.
type appBackend struct {
	server   *httptest.Server
	policy   *resthook.Policy
	sessions *backend.Sessions // who is connected
	sender   *backend.Sender   // speaks to them
}

// startBackend serves the hooks on a loopback port.
func startBackend(mediaServer string) (*appBackend, error) {
	// The policy goes to the media server in the answer to connect. It says
	// which answers count, and which fields the backend may change.
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream:     {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}, RestOnError: resthook.OnErrorFail},
		resthook.MakeCall:          {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"callee"}, RestOnError: resthook.OnErrorFail},
		resthook.OnDataEvent:       {RestOnError: resthook.OnErrorFail},
		resthook.StreamStatusEvent: {RestExclude: []string{"sdp"}},
	})
	if err != nil {
		return nil, err
	}
	sender, err := backend.NewSender(backend.SenderConfig{
		URL:     func(string) (string, error) { return mediaServer + "/rest-api", nil }, // there is one node
		Timeout: 2 * time.Second,                                                        // the media server waits for the answer meanwhile
	})
	if err != nil {
		return nil, err
	}
	b := &appBackend{policy: policy, sessions: backend.NewSessions(0), sender: sender}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, b.sessions.OnConnect(b.connect))
	backend.Handle(mux, resthook.PublishStream, b.publish)
	backend.Handle(mux, resthook.MakeCall, b.call)
	backend.Handle(mux, resthook.OnDataEvent, b.data)
	backend.Handle(mux, resthook.ConnectionStatusEvent, b.sessions.OnStatus(nil))
	b.server = httptest.NewServer(mux)
	return b, nil
}

func (b *appBackend) url() string { return b.server.URL + "/rest" }

func (b *appBackend) stop() {
	b.server.Close()
	b.sender.Close()
}

// connect lets in who has the token.
func (b *appBackend) connect(_ context.Context, conn *resthook.Connection) (*resthook.Connection, error) {
	if conn.Custom["token"] != "secret" {
		return nil, backend.Deny("wrong token")
	}
	conn.RestClientConfig = b.policy
	return conn, nil
}

// publish renames streams, so that clients never learn the real name.
func (b *appBackend) publish(_ context.Context, stream *resthook.Stream) (*resthook.Stream, error) {
	stream.Name = "live/" + stream.Name
	return stream, nil
}

// call redirects the number of the help desk.
func (b *appBackend) call(_ context.Context, call *resthook.Call) (*resthook.Call, error) {
	if call.Callee == "100" {
		call.Callee = "helpdesk@example.org"
	}
	return call, nil
}

// data sends what one client says to all that are connected, through the media
// server's REST API.
func (b *appBackend) data(ctx context.Context, data *resthook.Data) (*resthook.Data, error) {
	from, ok := b.sessions.Get(data.NodeID, data.SessionID)
	if !ok || data.Payload == nil {
		return nil, backend.Deny("who says what?")
	}
	data.Payload["from"] = from.Login
	return data, b.sender.Send(ctx, b.sessions.Of(data.AppKey), data)
}
