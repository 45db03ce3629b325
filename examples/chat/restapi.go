package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/wcskit/resthook"
)

// backendName is the name that goes with the password of the REST API.
const backendName = "backend"

// api is what backends see: the REST API call by which they speak to clients.
// Who knows the password can speak to every client.
func (m *mediaServer) api(password resthook.Secret) (http.Handler, error) {
	send, err := resthook.DataSendHandler(resthook.DataSendConfig{
		Username: backendName, Password: password, Logger: m.log,
	}, m.dataSend)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/rest-api/data/send", send)
	return mux, nil
}

// dataSend delivers to the clients named. Those who have gone meanwhile are left
// out. It waits for no client.
func (m *mediaServer) dataSend(_ context.Context, sessions []string, data *resthook.Data) error {
	if data.NodeID != nodeID {
		return resthook.ErrNotConnected
	}
	there := m.present(sessions)
	if len(there) == 0 {
		return resthook.ErrNotConnected
	}
	said := &resthook.Data{OperationID: data.OperationID, Payload: data.Payload} // the rest is not for clients
	var faults []error
	for _, c := range there {
		faults = append(faults, show(c, frameOnData, resthook.OnDataEvent, said))
	}
	return errors.Join(faults...)
}

// present are the clients named that are here.
func (m *mediaServer) present(sessions []string) (there []*client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range sessions {
		if c, ok := m.clients[id]; ok {
			there = append(there, c)
		}
	}
	return there
}
