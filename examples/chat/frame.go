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
	frameConnection = "connection"      // the first frame: login and token
	frameSendData   = "sendData"        // data for the backend
	frameDataStatus = "DataStatusEvent" // an OnDataEvent has arrived (the SDK does not send this); also the server's answer to sendData
	framePing       = "ping"            // both sides check that the other is alive
	framePong       = "pong"
)

// What only the server sends.
const (
	frameUserData = "getUserData" // the client is connected
	frameOnData   = "OnDataEvent" // data from the backend
	frameFail     = "fail"        // an error
)

// readFrame reads a frame. Its object is checked where it is used.
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

// object is the object of the frame, or null if it has none.
func (f frame) object() json.RawMessage {
	if len(f.Data) == 0 {
		return json.RawMessage("null")
	}
	return f.Data[0]
}

// writeFrame writes a frame. The SDK always reads data[0], so a frame without an object
// contains a null.
func writeFrame(message string, object any) ([]byte, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("frame %s: %w", message, err)
	}
	return json.Marshal(frame{message, []json.RawMessage{text}})
}
