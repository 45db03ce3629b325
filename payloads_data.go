package resthook

import "encoding/json"

// Data is what a client sends on its own account: the payload of OnDataEvent and
// DataStatusEvent (docs/protocol.md, 4.5).
type Data struct {
	NodeID      string // the media server's id, 32 characters @ its address
	AppKey      string // picks the app; empty means defaultApp
	SessionID   string // the connection's id; opaque
	OperationID string
	Payload     map[string]any // what the client sent; numbers are json.Number when read
	Status      DataStatus     // in DataStatusEvent
	Info        Info           // why the status is what it is
	Custom      map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var dataLayout = newLayout("Data",
	func(p *Data) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[Data]{
		{name: "nodeId", at: func(p *Data) any { return &p.NodeID }},
		{name: "appKey", at: func(p *Data) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *Data) any { return &p.SessionID }},
		{name: "operationId", at: func(p *Data) any { return &p.OperationID }},
		{name: "payload", at: func(p *Data) any { return &p.Payload }},
		{name: "status", at: func(p *Data) any { return (*string)(&p.Status) }},
		{name: "info", at: func(p *Data) any { return (*string)(&p.Info) }},
		{name: "custom", at: func(p *Data) any { return &p.Custom }},
	})
