package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// appBackend is the application's side: what you would write in a program of
// its own.
type appBackend struct {
	server      *httptest.Server
	mediaServer string // where the media server's REST API is
	policy      *resthook.Policy

	mu      sync.Mutex
	present map[string]string // session id -> login
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
	b := &appBackend{mediaServer: mediaServer, policy: policy, present: map[string]string{}}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, b.connect)
	backend.Handle(mux, resthook.PublishStream, b.publish)
	backend.Handle(mux, resthook.MakeCall, b.call)
	backend.Handle(mux, resthook.OnDataEvent, b.data)
	backend.Handle(mux, resthook.ConnectionStatusEvent, b.connection)
	b.server = httptest.NewServer(mux)
	return b, nil
}

func (b *appBackend) url() string { return b.server.URL + "/rest" }
func (b *appBackend) stop()       { b.server.Close() }

// connect lets in who has the token.
func (b *appBackend) connect(_ context.Context, conn *resthook.Connection) (*resthook.Connection, error) {
	if conn.Custom["token"] != "secret" {
		return nil, backend.Deny("wrong token")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.present[conn.SessionID] = conn.Login
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
	b.mu.Lock()
	everybody := slices.Sorted(maps.Keys(b.present))
	data.Payload["from"] = b.present[data.SessionID]
	b.mu.Unlock()
	message, err := json.Marshal(map[string]any{
		"nodeId": data.NodeID, "operationId": data.OperationID, "sessionIds": everybody, "payload": data.Payload,
	})
	if err != nil {
		return nil, err
	}
	return data, post(ctx, b.mediaServer+"/rest-api/data/send", message)
}

// connection forgets who has gone.
func (b *appBackend) connection(_ context.Context, conn *resthook.Connection) (*resthook.Connection, error) {
	if conn.Status == resthook.ConnectionDisconnected {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.present, conn.SessionID)
	}
	return conn, nil
}

func post(ctx context.Context, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("post %s: %s", url, resp.Status)
	}
	return nil
}
