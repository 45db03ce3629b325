package resthook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/wcskit/resthook/internal/datasend"
)

// DataSendConfig says who may use a [DataSendHandler]. They can send data to every client,
// so there is no default: give a name with a password, a token, both, or AllowAnyone.
type DataSendConfig struct {
	// Username and Password are what a backend gives as HTTP Basic auth. A
	// backend.Sender does so whose URL has them.
	Username string
	Password Secret
	// Token is what a backend gives as a bearer token.
	Token Secret
	// AllowAnyone permits everybody who reaches the handler. Then only backends may
	// be able to reach it. Default: false.
	AllowAnyone bool
	// BodyLimit is how many bytes a request may have, up to 1 GiB. Default: 1 MiB,
	// which is enough for some 10,000 sessions.
	BodyLimit int64
	// Logger gets a line for each request, of level Debug, Info where it was
	// refused, Error where deliver failed. No line has a secret or a payload.
	// Default: [slog.Default].
	Logger *slog.Logger
}

// DeliverFunc delivers data to the clients of the sessions named, as the
// OnDataEvent that a client gets. Of data, OperationID and Payload are for the
// client, and NodeID says which media server is meant. A session that has ended
// is left out; where that leaves nobody, ErrNotConnected says so.
//
// A backend waits for the answer, by default for 5 seconds: hand the data to a
// queue for each client and return. ctx ends with the request. It is called by
// several goroutines at once.
type DeliverFunc func(ctx context.Context, sessions []string, data *Data) error

// ErrNotConnected is what a [DeliverFunc] returns where none of the sessions is
// connected. The backend is answered with 404.
var ErrNotConnected = errors.New("none of the sessions is connected")

const (
	defaultDataLimit = 1 << 20 // bytes
	maxDataLimit     = 1 << 30
)

// DataSendHandler is the media server's side of a message to everybody: a backend
// posts whom it is for and what it says, and deliver passes it on (docs/protocol.md,
// 4.5). Backends expect it at /rest-api/data/send on port 8081.
//
//	handler, err := resthook.DataSendHandler(resthook.DataSendConfig{
//		Username: "backend", Password: password,
//	}, deliver)
//	mux.Handle("/rest-api/data/send", handler)
//
// The answer is 200 without a body when deliver returns nil. Otherwise it is a
// status with a line of text: 401 for a stranger, whose body is not read; 405, 413,
// 415 and 400 for a request that is not a POST of one JSON object of application/json, with
// operationId, payload, and sessionIds or one sessionId; 404 for ErrNotConnected;
// 500 where deliver fails or panics. The error of deliver goes only to the log.
//
// It returns an error that matches [ErrConfig] for a config that permits nobody or
// cannot be used. The handler is safe for concurrent use and has no goroutine. It does
// not bound how long a request takes to arrive: set ReadTimeout of the [http.Server].
func DataSendHandler(cfg DataSendConfig, deliver DeliverFunc) (http.Handler, error) {
	auth, err := cfg.auth()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: data send: %w", ErrConfig, err)
	case deliver == nil:
		return nil, fmt.Errorf("%w: data send: nothing delivers", ErrConfig)
	case cfg.BodyLimit < 0 || cfg.BodyLimit > maxDataLimit:
		return nil, fmt.Errorf("%w: data send: a body limit of %d bytes: not from 1 to %d", ErrConfig, cfg.BodyLimit, maxDataLimit)
	}
	return &datasend.Handler[*Data]{
		Auth: auth, Limit: cmp.Or(cfg.BodyLimit, defaultDataLimit), Logger: cmp.Or(cfg.Logger, slog.Default()),
		Read: readData, Deliver: deliver, NotConnected: ErrNotConnected,
	}, nil
}

// auth checks who may use the handler; nil permits everybody.
func (cfg DataSendConfig) auth() (*datasend.Auth, error) {
	given := datasend.Credentials{Username: cfg.Username, Password: cfg.Password.Reveal(), Token: cfg.Token.Reveal()}
	switch {
	case cfg.AllowAnyone && given != (datasend.Credentials{}):
		return nil, errors.New("credentials, and AllowAnyone")
	case cfg.AllowAnyone:
		return nil, nil //nolint:nilnil // nobody is asked
	case given.Password == masked || given.Token == masked:
		return nil, errMasked
	}
	return datasend.NewAuth(given)
}

// readData is what a body says, without whom it is for.
func readData(body []byte) (datasend.Message[*Data], error) {
	data := new(Data)
	if err := dataLayout.Unmarshal(data, body); err != nil {
		return datasend.Message[*Data]{}, err
	}
	data.SessionID = ""
	delete(data.Unknown, "sessionIds")
	return datasend.Message[*Data]{OperationID: data.OperationID, HasPayload: data.Payload != nil, Data: data}, nil
}
