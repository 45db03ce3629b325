package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
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

func newMediaServer(out io.Writer) *mediaServer {
	m := &mediaServer{out: out, clients: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rest-api/data/send", m.send)
	m.server = httptest.NewServer(mux)
	return m
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

// send delivers data to the sessions named.
func (m *mediaServer) send(w http.ResponseWriter, r *http.Request) {
	var message struct {
		SessionIDs []string
		Payload    map[string]string
	}
	if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, session := range message.SessionIDs {
		if login, ok := m.clients[session]; ok {
			fmt.Fprintf(m.out, "   data/send      to %-5s: %s says %q\n", login, message.Payload["from"], message.Payload["body"])
		}
	}
}
