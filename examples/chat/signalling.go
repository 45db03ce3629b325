package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/wcskit/resthook"
)

// What a client is told about a failure.
const (
	infoNoSuchApp = "this server has the appKey " + appKey + " and no other"
	infoDeclined  = "wrong login or token"
	infoRefused   = "refused by the application"
	infoNotAsked  = "the application could not be asked"
	infoTooFast   = "too many messages, slow down"
	infoNoObject  = "the payload is not an object"
)

// operationLimit is the greatest length of an operation's id, in bytes.
const operationLimit = 64

// take handles a frame. Other frames are about media, or are a pong, which needs no
// action.
func (m *mediaServer) take(ctx context.Context, c *client, f frame) error {
	switch f.Message {
	case frameSendData:
		return m.ask(ctx, c, f.object())
	case frameDataStatus:
		return m.acknowledge(c, f.object())
	case framePing:
		return show(c, framePong, resthook.DataStatusEvent, nil)
	}
	return nil
}

// ask sends the client's data to the backend, and tells the client the result. It is a
// direct hook: under restOnError=FAIL the backend may deny it.
func (m *mediaServer) ask(ctx context.Context, c *client, object json.RawMessage) error {
	data, err := readData(object)
	if err != nil {
		return err
	}
	status := &resthook.Data{OperationID: data.OperationID, Status: resthook.DataAccepted}
	if info := m.refusal(ctx, c, data); info != "" {
		status.Status, status.Info = resthook.DataFailed, resthook.Info(info)
	}
	return show(c, frameDataStatus, resthook.DataStatusEvent, status)
}

// refusal is the reason why data was not accepted, or empty if it was.
func (m *mediaServer) refusal(ctx context.Context, c *client, data *resthook.Data) string {
	switch {
	case data.Payload == nil:
		return infoNoObject
	case !c.pace.allow(time.Now()):
		return infoTooFast
	}
	_, err := resthook.OnDataEvent.Send(ctx, c.session, data)
	switch {
	case err == nil:
		return ""
	case resthook.Denied(err):
		return infoRefused
	}
	return infoNotAsked
}

// acknowledge tells the backend that a client has got its data. It waits for no answer.
// Notify bounds the number of queued events.
func (m *mediaServer) acknowledge(c *client, object json.RawMessage) error {
	data, err := readData(object)
	if err != nil {
		return err
	}
	return resthook.DataStatusEvent.Notify(context.Background(), c.session, data)
}

// readData takes only the fields that a client may set.
func readData(object json.RawMessage) (*resthook.Data, error) {
	said := new(resthook.Data)
	err := json.Unmarshal(object, said)
	if _, misfit := errors.AsType[*resthook.FieldError](err); err != nil && !misfit {
		return nil, errors.Join(errNoFrame, err)
	}
	if said.OperationID == "" || len(said.OperationID) > operationLimit {
		return nil, errors.Join(errNoFrame, errors.New("no operationId that can be used"))
	}
	return &resthook.Data{OperationID: said.OperationID, Payload: said.Payload, Status: said.Status}, nil
}

// show delivers a payload to the client, without the fields that the backend hides from
// clients (clientExclude).
func show[P any](c *client, message string, hook resthook.Hook[P], payload *P) error {
	var object any
	if payload != nil {
		view, err := hook.ClientView(c.session, payload)
		if err != nil {
			return err
		}
		object = view
	}
	text, err := writeFrame(message, object)
	if err != nil {
		return err
	}
	c.deliver(text)
	return nil
}
