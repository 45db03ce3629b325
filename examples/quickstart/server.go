package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/wcskit/resthook"
)

const nodeID = "Qm3vTz8kWn5rYb2xJc7dLf4gHs9pAe6u@127.0.0.1"

// mediaServer stands in for a media server: it knows its clients, and offers
// backends the REST API call that sends data to them.
type mediaServer struct {
	server *httptest.Server

	mu      sync.Mutex
	out     io.Writer
	clients map[string]string // session id -> login
}

func newMediaServer(out io.Writer) (*mediaServer, error) {
	m := &mediaServer{out: out, clients: map[string]string{}}
	// Whoever gets in here speaks to every client: beyond the loopback, give a
	// name and a password.
	send, err := resthook.DataSendHandler(resthook.DataSendConfig{AllowAnyone: true}, m.deliver)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/rest-api/data/send", send)
	m.server = httptest.NewServer(mux)
	return m, nil
}

func (m *mediaServer) url() string { return m.server.URL }
func (m *mediaServer) stop()       { m.server.Close() }

func (m *mediaServer) join(session, login string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clients[session] = login
}

func (m *mediaServer) leave(session string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.clients, session)
}

// deliver passes on what a backend has to say to the sessions named.
func (m *mediaServer) deliver(_ context.Context, sessions []string, data *resthook.Data) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, session := range sessions {
		if login, ok := m.clients[session]; ok {
			fmt.Fprintf(m.out, "   data/send      to %-5s: %s says %q\n", login, data.Payload["from"], data.Payload["body"])
		}
	}
	return nil
}
