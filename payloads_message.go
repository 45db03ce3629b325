package resthook

import "encoding/json"

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

	origin origin
}

var messageLayout = newLayout("Message",
	func(p *Message) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[Message]{
		{name: "nodeId", at: func(p *Message) any { return &p.NodeID }},
		{name: "appKey", at: func(p *Message) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *Message) any { return &p.SessionID }},
		{name: "id", at: func(p *Message) any { return &p.ID }},
		{name: "from", at: func(p *Message) any { return &p.From }},
		{name: "to", at: func(p *Message) any { return &p.To }},
		{name: "visibleName", at: func(p *Message) any { return &p.VisibleName }},
		{name: "body", at: func(p *Message) any { return &p.Body }, secret: true},
		{name: "contentType", at: func(p *Message) any { return &p.ContentType }},
		{name: "isImdnRequired", at: func(p *Message) any { return &p.IsIMDNRequired }},
		{name: "status", at: func(p *Message) any { return (*string)(&p.Status) }},
		{name: "info", at: func(p *Message) any { return (*string)(&p.Info) }},
		{name: "custom", at: func(p *Message) any { return &p.Custom }},
	})

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

	origin origin
}

var subscriptionLayout = newLayout("Subscription",
	func(p *Subscription) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[Subscription]{
		{name: "nodeId", at: func(p *Subscription) any { return &p.NodeID }},
		{name: "appKey", at: func(p *Subscription) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *Subscription) any { return &p.SessionID }},
		{name: "event", at: func(p *Subscription) any { return &p.Event }},
		{name: "expires", at: func(p *Subscription) any { return &p.Expires }},
		{name: "status", at: func(p *Subscription) any { return &p.Status }},
		{name: "terminate", at: func(p *Subscription) any { return &p.Terminate }},
		{name: "requestBody", at: func(p *Subscription) any { return &p.RequestBody }, secret: true},
		{name: "sipMessageRaw", at: func(p *Subscription) any { return &p.SIPMessageRaw }, secret: true},
		{name: "custom", at: func(p *Subscription) any { return &p.Custom }},
	})

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

	origin origin
}

var xcapLayout = newLayout("XCAP",
	func(p *XCAP) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[XCAP]{
		{name: "nodeId", at: func(p *XCAP) any { return &p.NodeID }},
		{name: "appKey", at: func(p *XCAP) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *XCAP) any { return &p.SessionID }},
		{name: "url", at: func(p *XCAP) any { return &p.URL }},
		{name: "status", at: func(p *XCAP) any { return &p.Status }},
		{name: "responseBody", at: func(p *XCAP) any { return &p.ResponseBody }, secret: true},
		{name: "custom", at: func(p *XCAP) any { return &p.Custom }},
	})
