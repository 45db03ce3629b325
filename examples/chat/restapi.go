package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/wcskit/resthook"
)

// backendName is the user name of the REST API.
const backendName = "backend"

// api is the REST API by which backends send data to clients. Whoever has the password
// can send to every client.
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

// dataSend delivers data to the clients named. It skips clients that have left, and
// waits for none.
func (m *mediaServer) dataSend(_ context.Context, sessions []string, data *resthook.Data) error {
	if data.NodeID != nodeID {
		return resthook.ErrNotConnected
	}
	there := m.present(sessions)
	if len(there) == 0 {
		return resthook.ErrNotConnected
	}
	said := &resthook.Data{OperationID: data.OperationID, Payload: data.Payload} // the other fields are not for clients
	var faults []error
	for _, c := range there {
		faults = append(faults, show(c, frameOnData, resthook.OnDataEvent, said))
	}
	return errors.Join(faults...)
}

// present returns those of the clients named that are connected.
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
