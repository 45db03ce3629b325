package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"github.com/wcskit/resthook"
)

// apiLimit is how large a request of a backend may be, in bytes: the ids of all
// clients, and a payload.
const apiLimit = 1 << 20

// message is a request to send data to clients, one or several.
type message struct {
	NodeID      string         `json:"nodeId"`
	OperationID string         `json:"operationId"`
	SessionID   string         `json:"sessionId,omitempty"`
	SessionIDs  []string       `json:"sessionIds,omitempty"`
	Payload     map[string]any `json:"payload"`
}

// dataSend is the REST API call by which a backend speaks to clients. Those who
// have gone meanwhile are left out. It waits for no client.
func (m *mediaServer) dataSend(w http.ResponseWriter, r *http.Request) {
	// A page of some site can post here in its visitor's name, but not with
	// this type.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "the body has to be application/json", http.StatusUnsupportedMediaType)
		return
	}
	msg, err := readMessage(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	there := m.present(msg)
	if len(there) == 0 {
		http.Error(w, "no such session", http.StatusNotFound)
		return
	}
	for _, c := range there {
		data := &resthook.Data{OperationID: msg.OperationID, Payload: msg.Payload}
		if err := show(c, frameOnData, resthook.OnDataEvent, data); err != nil {
			m.log.Error("send data", "session", c.session, "error", err)
		}
	}
}

func readMessage(w http.ResponseWriter, r *http.Request) (message, error) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, apiLimit)); err != nil {
		return message{}, err
	}
	var msg message
	decoder := json.NewDecoder(&body)
	decoder.UseNumber() // a number goes to the clients as it came
	if err := decoder.Decode(&msg); err != nil {
		return message{}, fmt.Errorf("not a message: %w", err)
	}
	if msg.OperationID == "" || msg.Payload == nil {
		return message{}, errors.New("not a message: no operationId or payload")
	}
	return msg, nil
}

// present are the clients named that are here.
func (m *mediaServer) present(msg message) []*client {
	if msg.NodeID != nodeID {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var there []*client
	for _, id := range append(msg.SessionIDs, msg.SessionID) {
		if c, ok := m.clients[id]; ok {
			there = append(there, c)
		}
	}
	return there
}
