package resthook

import "encoding/json"

// Call is a telephone call: the payload of call, answer, hold, transfer,
// OnCallEvent, CallStatusEvent and their like (docs/protocol.md, 2.3).
type Call struct {
	NodeID           string // the media server's id, 32 characters @ its address
	AppKey           string // picks the app; empty means defaultApp
	SessionID        string // the connection's id; opaque
	CallID           string
	ParentCallID     string // the call that this one came from
	Incoming         bool
	Status           CallStatus
	SIPStatus        int  // the SIP status, such as 180
	Info             Info // why the status is what it is: one of the Info constants, or another text
	Caller           string
	Callee           string // whom to call; a backend may change it
	VisibleName      string
	Target           string // whom to transfer the call to
	HasVideo         bool
	HasAudio         bool
	ReceiveVideo     bool
	MediaProvider    string // "WebRTC" or "Flash"
	SDP              string
	SIPSDP           string // the SDP of the SIP side
	SIPMessageRaw    string // the SIP message behind the status
	IsMSRP           bool
	HoldForTransfer  bool
	RTMPURL          string // where the call is sent on to
	RTMPStream       string
	RTMPStreamStatus string
	InviteParameters map[string]any // added to the SIP INVITE
	Custom           map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var callLayout = newLayout("Call",
	func(p *Call) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[Call]{
		{name: "nodeId", at: func(p *Call) any { return &p.NodeID }},
		{name: "appKey", at: func(p *Call) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *Call) any { return &p.SessionID }},
		{name: "callId", at: func(p *Call) any { return &p.CallID }},
		{name: "parentCallId", at: func(p *Call) any { return &p.ParentCallID }},
		{name: "incoming", at: func(p *Call) any { return &p.Incoming }},
		{name: "status", at: func(p *Call) any { return (*string)(&p.Status) }},
		{name: "sipStatus", at: func(p *Call) any { return &p.SIPStatus }},
		{name: "info", at: func(p *Call) any { return (*string)(&p.Info) }},
		{name: "caller", at: func(p *Call) any { return &p.Caller }},
		{name: "callee", at: func(p *Call) any { return &p.Callee }},
		{name: "visibleName", at: func(p *Call) any { return &p.VisibleName }},
		{name: "target", at: func(p *Call) any { return &p.Target }},
		{name: "hasVideo", at: func(p *Call) any { return &p.HasVideo }},
		{name: "hasAudio", at: func(p *Call) any { return &p.HasAudio }},
		{name: "receiveVideo", at: func(p *Call) any { return &p.ReceiveVideo }},
		{name: "mediaProvider", at: func(p *Call) any { return &p.MediaProvider }},
		{name: "sdp", at: func(p *Call) any { return &p.SDP }, secret: true},
		{name: "sipSDP", at: func(p *Call) any { return &p.SIPSDP }, secret: true},
		{name: "sipMessageRaw", at: func(p *Call) any { return &p.SIPMessageRaw }, secret: true},
		{name: "isMsrp", at: func(p *Call) any { return &p.IsMSRP }},
		{name: "holdForTransfer", at: func(p *Call) any { return &p.HoldForTransfer }},
		{name: "rtmpUrl", at: func(p *Call) any { return &p.RTMPURL }, secret: true},
		{name: "rtmpStream", at: func(p *Call) any { return &p.RTMPStream }},
		{name: "rtmpStreamStatus", at: func(p *Call) any { return &p.RTMPStreamStatus }},
		{name: "inviteParameters", at: func(p *Call) any { return &p.InviteParameters }},
		{name: "custom", at: func(p *Call) any { return &p.Custom }},
	})

// DTMF is a tone of a call: the payload of sendDtmf.
type DTMF struct {
	NodeID    string // the media server's id, 32 characters @ its address
	AppKey    string // picks the app; empty means defaultApp
	SessionID string // the connection's id; opaque
	CallID    string
	Type      DTMFType       // empty means RFC2833
	DTMF      string         // the tones
	Custom    map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var dtmfLayout = newLayout("DTMF",
	func(p *DTMF) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[DTMF]{
		{name: "nodeId", at: func(p *DTMF) any { return &p.NodeID }},
		{name: "appKey", at: func(p *DTMF) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *DTMF) any { return &p.SessionID }},
		{name: "callId", at: func(p *DTMF) any { return &p.CallID }},
		{name: "type", at: func(p *DTMF) any { return (*string)(&p.Type) }},
		{name: "dtmf", at: func(p *DTMF) any { return &p.DTMF }, secret: true},
		{name: "custom", at: func(p *DTMF) any { return &p.Custom }},
	})
