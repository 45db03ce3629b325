package main

import (
	"encoding/json"
	"errors"
	"fmt"
)

// frame is one message on the WebSocket, in the form of the WCS browser SDK,
// both ways: a name and a list with one object.
//
//	{"message": "sendData", "data": [{"operationId": "7", "payload": {"body": "hello"}}]}
type frame struct {
	Message string            `json:"message"`
	Data    []json.RawMessage `json:"data"`
}

// What clients send.
const (
	frameConnection = "connection"      // the first frame: who it is
	frameSendData   = "sendData"        // something for the backend
	frameDataStatus = "DataStatusEvent" // an OnDataEvent has arrived, which the SDK does not say; also the server's answer to sendData
	framePing       = "ping"            // both sides ask whether the other is there
	framePong       = "pong"
)

// What the server sends beside these.
const (
	frameUserData = "getUserData" // the client is in
	frameOnData   = "OnDataEvent" // something from the backend
	frameFail     = "fail"        // an error
)

// readFrame reads a frame; the rest of its form is looked at where it is used.
func readFrame(text []byte) (frame, error) {
	var f frame
	if err := json.Unmarshal(text, &f); err != nil {
		return frame{}, fmt.Errorf("frame: %w", err)
	}
	if f.Message == "" {
		return frame{}, errors.New("frame: no message")
	}
	return f, nil
}

// object is what the frame is about; null where it has nothing.
func (f frame) object() json.RawMessage {
	if len(f.Data) == 0 {
		return json.RawMessage("null")
	}
	return f.Data[0]
}

// writeFrame writes a frame. The SDK reads data[0] whatever the message, so
// that a frame about nothing holds a null.
func writeFrame(message string, object any) ([]byte, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("frame %s: %w", message, err)
	}
	return json.Marshal(frame{message, []json.RawMessage{text}})
}
