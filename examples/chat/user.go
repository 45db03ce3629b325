package main

import (
	"context"
	"time"

	"github.com/coder/websocket"
)

// user is a client in Go; the page is one in JavaScript.
type user struct {
	login  string
	socket *websocket.Conn
}

// utterance is a message of a user.
type utterance struct {
	OperationID string         `json:"operationId"`
	Payload     map[string]any `json:"payload"`
}

// enter dials the media server and sends the first frame. The next frame is the server's
// answer.
func enter(ctx context.Context, url, login, token string) (*user, error) {
	socket, _, err := websocket.Dial(ctx, url, nil) //nolint:bodyclose // the connection is the answer's body
	if err != nil {
		return nil, err
	}
	u := &user{login, socket}
	return u, u.send(ctx, frameConnection, map[string]any{
		"appKey": appKey, "custom": map[string]any{"login": login, "token": token},
	})
}

func (u *user) send(ctx context.Context, message string, object any) error {
	text, err := writeFrame(message, object)
	if err != nil {
		return err
	}
	return send(ctx, u.socket, text)
}

// next returns the next frame that is not a ping. It answers pings, and acknowledges
// data from the backend.
func (u *user) next(ctx context.Context) (frame, error) {
	for {
		f, err := receive(ctx, u.socket, time.Minute)
		switch {
		case err != nil:
			return frame{}, err
		case f.Message == framePing:
			err = u.send(ctx, framePong, nil)
		case f.Message == frameOnData:
			return f, u.acknowledge(ctx, f)
		default:
			return f, nil
		}
		if err != nil {
			return frame{}, err
		}
	}
}

func (u *user) leave() error { return u.socket.Close(websocket.StatusNormalClosure, "") }

func (u *user) acknowledge(ctx context.Context, f frame) error {
	data, err := readData(f.object())
	if err != nil {
		return err
	}
	return u.send(ctx, frameDataStatus, map[string]any{"operationId": data.OperationID, "status": "ACCEPTED"})
}
