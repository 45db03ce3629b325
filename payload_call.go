package resthook

import (
	"encoding/json"

	"github.com/wcskit/resthook/internal/layout"
)

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

	origin layout.Origin
}

var callLayout = newLayout("Call",
	func(p *Call) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *Call) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *Call) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *Call) *string { return &p.SessionID }),
	layout.Text("callId", func(p *Call) *string { return &p.CallID }),
	layout.Text("parentCallId", func(p *Call) *string { return &p.ParentCallID }),
	layout.Bool("incoming", func(p *Call) *bool { return &p.Incoming }),
	layout.Text("status", func(p *Call) *CallStatus { return &p.Status }),
	layout.Int("sipStatus", func(p *Call) *int { return &p.SIPStatus }),
	layout.Text("info", func(p *Call) *Info { return &p.Info }),
	layout.Text("caller", func(p *Call) *string { return &p.Caller }),
	layout.Text("callee", func(p *Call) *string { return &p.Callee }),
	layout.Text("visibleName", func(p *Call) *string { return &p.VisibleName }),
	layout.Text("target", func(p *Call) *string { return &p.Target }),
	layout.Bool("hasVideo", func(p *Call) *bool { return &p.HasVideo }),
	layout.Bool("hasAudio", func(p *Call) *bool { return &p.HasAudio }),
	layout.Bool("receiveVideo", func(p *Call) *bool { return &p.ReceiveVideo }),
	layout.Text("mediaProvider", func(p *Call) *string { return &p.MediaProvider }),
	layout.Text("sdp", func(p *Call) *string { return &p.SDP }).Secret(),
	layout.Text("sipSDP", func(p *Call) *string { return &p.SIPSDP }).Secret(),
	layout.Text("sipMessageRaw", func(p *Call) *string { return &p.SIPMessageRaw }).Secret(),
	layout.Bool("isMsrp", func(p *Call) *bool { return &p.IsMSRP }),
	layout.Bool("holdForTransfer", func(p *Call) *bool { return &p.HoldForTransfer }),
	layout.Text("rtmpUrl", func(p *Call) *string { return &p.RTMPURL }).Secret(),
	layout.Text("rtmpStream", func(p *Call) *string { return &p.RTMPStream }),
	layout.Text("rtmpStreamStatus", func(p *Call) *string { return &p.RTMPStreamStatus }),
	object("inviteParameters", func(p *Call) *map[string]any { return &p.InviteParameters }),
	object("custom", func(p *Call) *map[string]any { return &p.Custom }),
)

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

	origin layout.Origin
}

var dtmfLayout = newLayout("DTMF",
	func(p *DTMF) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *DTMF) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *DTMF) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *DTMF) *string { return &p.SessionID }),
	layout.Text("callId", func(p *DTMF) *string { return &p.CallID }),
	layout.Text("type", func(p *DTMF) *DTMFType { return &p.Type }),
	layout.Text("dtmf", func(p *DTMF) *string { return &p.DTMF }).Secret(),
	object("custom", func(p *DTMF) *map[string]any { return &p.Custom }),
)
