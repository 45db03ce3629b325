package resthook

import (
	"encoding/json"

	"github.com/wcskit/resthook/internal/layout"
)

// Message is a SIP message: the payload of sendMessage, sendIMDN, OnMessageEvent
// and MessageStatusEvent (docs/protocol.md, 2.3).
type Message struct {
	NodeID         string // the media server's id, 32 characters @ its address
	AppKey         string // picks the app; empty means defaultApp
	SessionID      string // the connection's id; opaque
	ID             string
	From           string // may be a list, parted by commas
	To             string
	VisibleName    string
	Body           string
	ContentType    string // empty means text/plain
	IsIMDNRequired bool   // the sender wants to know of its delivery
	Status         MessageStatus
	Info           Info           // why the status is what it is
	Custom         map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin layout.Origin
}

var messageLayout = newLayout("Message",
	func(p *Message) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *Message) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *Message) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *Message) *string { return &p.SessionID }),
	layout.Text("id", func(p *Message) *string { return &p.ID }),
	layout.Text("from", func(p *Message) *string { return &p.From }),
	layout.Text("to", func(p *Message) *string { return &p.To }),
	layout.Text("visibleName", func(p *Message) *string { return &p.VisibleName }),
	layout.Text("body", func(p *Message) *string { return &p.Body }).Secret(),
	layout.Text("contentType", func(p *Message) *string { return &p.ContentType }),
	layout.Bool("isImdnRequired", func(p *Message) *bool { return &p.IsIMDNRequired }),
	layout.Text("status", func(p *Message) *MessageStatus { return &p.Status }),
	layout.Text("info", func(p *Message) *Info { return &p.Info }),
	object("custom", func(p *Message) *map[string]any { return &p.Custom }),
)

// Subscription is a SIP subscription: the payload of subscribe and
// SubscriptionStatusEvent (docs/protocol.md, 2.3).
type Subscription struct {
	NodeID        string // the media server's id, 32 characters @ its address
	AppKey        string // picks the app; empty means defaultApp
	SessionID     string // the connection's id; opaque
	Event         string // such as "reg"
	Expires       int    // seconds
	Status        string
	Terminate     bool
	RequestBody   string
	SIPMessageRaw string         // the SIP message behind it
	Custom        map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin layout.Origin
}

var subscriptionLayout = newLayout("Subscription",
	func(p *Subscription) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *Subscription) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *Subscription) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *Subscription) *string { return &p.SessionID }),
	layout.Text("event", func(p *Subscription) *string { return &p.Event }),
	layout.Int("expires", func(p *Subscription) *int { return &p.Expires }),
	layout.Text("status", func(p *Subscription) *string { return &p.Status }),
	layout.Bool("terminate", func(p *Subscription) *bool { return &p.Terminate }),
	layout.Text("requestBody", func(p *Subscription) *string { return &p.RequestBody }).Secret(),
	layout.Text("sipMessageRaw", func(p *Subscription) *string { return &p.SIPMessageRaw }).Secret(),
	object("custom", func(p *Subscription) *map[string]any { return &p.Custom }),
)

// XCAP is a request for a document on an XCAP server: the payload of
// sendXcapRequest and XcapStatusEvent (docs/protocol.md, 2.3).
type XCAP struct {
	NodeID       string // the media server's id, 32 characters @ its address
	AppKey       string // picks the app; empty means defaultApp
	SessionID    string // the connection's id; opaque
	URL          string
	Status       string
	ResponseBody string         // XML
	Custom       map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin layout.Origin
}

var xcapLayout = newLayout("XCAP",
	func(p *XCAP) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *XCAP) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *XCAP) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *XCAP) *string { return &p.SessionID }),
	layout.Text("url", func(p *XCAP) *string { return &p.URL }),
	layout.Text("status", func(p *XCAP) *string { return &p.Status }),
	layout.Text("responseBody", func(p *XCAP) *string { return &p.ResponseBody }).Secret(),
	object("custom", func(p *XCAP) *map[string]any { return &p.Custom }),
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
