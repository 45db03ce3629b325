package resthook

import (
	"encoding/json"

	"github.com/wcskit/resthook/internal/layout"
)

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

	origin layout.Origin
}

var dataLayout = newLayout("Data",
	func(p *Data) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *Data) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *Data) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *Data) *string { return &p.SessionID }),
	layout.Text("operationId", func(p *Data) *string { return &p.OperationID }),
	object("payload", func(p *Data) *map[string]any { return &p.Payload }),
	layout.Text("status", func(p *Data) *DataStatus { return &p.Status }),
	layout.Text("info", func(p *Data) *Info { return &p.Info }),
	object("custom", func(p *Data) *map[string]any { return &p.Custom }),
)
