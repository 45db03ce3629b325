// Package catalogue has, for each method of the protocol, the meaning of its payload's
// fields and a sample payload.
package catalogue

import (
	"bytes"
	_ "embed" // the samples
	"encoding/json"
	"slices"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/jsontext"
)

// Field is one field of a payload: its name on the wire, its type in JSON, and what
// it means, with its unit.
type Field struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Doc  string `json:"doc"`
}

// Fields are the fields of a payload type, such as Stream, in the order in which they are
// sent; nil for an unknown type.
func Fields(payload string) []Field {
	own, known := ownFields(payload)
	if !known {
		return nil
	}
	return slices.Concat(ids(), own, []Field{custom()})
}

// ownFields are the fields that not every payload has.
func ownFields(payload string) (fields []Field, known bool) {
	switch payload {
	case "Connection":
		return connectionFields(), true
	case "Registration":
		return registrationFields(), true
	case "Call":
		return callFields(), true
	case "DTMF":
		return dtmfFields(), true
	case "Message":
		return messageFields(), true
	case "Subscription":
		return subscriptionFields(), true
	case "XCAP":
		return xcapFields(), true
	case "Stream":
		return streamFields(), true
	case "Playback":
		return playbackFields(), true
	case "StreamSignal":
		return streamSignalFields(), true
	case "Recording":
		return recordingFields(), true
	case "Data":
		return dataFields(), true
	case "BugReport":
		return bugReportFields(), true
	case "DebugSession":
		return debugSessionFields(), true
	case "ErrorReport":
		return errorReportFields(), true
	case "Report":
		return nil, true
	}
	return nil, false
}

// ids are the fields that identify media server, app and session.
func ids() []Field {
	return []Field{
		{"nodeId", "string", "the media server's id: 32 characters @ its address"},
		{"appKey", "string", "picks the app that is asked; defaultApp where the client gives none"},
		{"sessionId", "string", "the connection's id, which names the client in every hook; opaque"},
	}
}

func custom() Field {
	return Field{"custom", "object", "what the client gave of its own accord, such as a token; of an RTMP, RTSP or HLS player the parameters of its URL"}
}

// Names are the names of all methods.
func Names() []string {
	var all []string
	for _, m := range resthook.Methods() {
		all = append(all, m.Name())
	}
	return all
}

//go:embed samples.json
var samples []byte

// Sample is a realistic payload of a method, as one line of JSON; nil if the method is not
// in the catalogue.
func Sample(method string) json.RawMessage {
	sample, known := jsontext.Get(samples, method)
	if !known {
		return nil
	}
	var line bytes.Buffer
	if err := json.Compact(&line, sample); err != nil {
		return nil
	}
	return line.Bytes()
}
