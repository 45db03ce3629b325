package resthook

import (
	"encoding/json"
	"maps"
)

// Connection is a client's connection: the payload of connect and
// ConnectionStatusEvent (docs/protocol.md, 2.3).
type Connection struct {
	NodeID                    string   // the media server's id, 32 characters @ its address
	AppKey                    string   // picks the app; empty means defaultApp
	SessionID                 string   // the connection's id; opaque
	UseWsTunnel               bool     // media goes through the WebSocket
	UseWsTunnelPacketization2 bool     // second form of that
	UseBase64BinaryEncoding   bool     // binary frames as text
	UseSelfSigned             bool     // old clients: self-signed media certificates
	MediaProviders            []string // "WebRTC", "MSE", "WSPlayer", "Flash"
	ClientVersion             string   // version of the client's SDK
	ClientOSVersion           string   // as the browser tells
	ClientBrowserVersion      string   // as the browser tells
	KeepAlive                 bool     // keep the client after its connection is lost
	Origin                    string   // origin of the client's page
	URLServer                 string   // the WebSocket URL that the client used
	Login                     string   // SIP, room or RTMP login
	AuthToken                 string   // token of a connection to resume; equals the session id
	MSEPacketizationVersion   int
	SIPRegisterRequired       *bool // nil: the backend said nothing; false: no REGISTER
	SIPLogin                  string
	SIPAuthenticationName     string
	SIPPassword               string
	SIPVisibleName            string
	SIPDomain                 string
	SIPOutboundProxy          string
	SIPPort                   int
	SIPContactParams          string           // appended to the Contact header of REGISTER
	Width                     int              // pixels
	Height                    int              // pixels
	SupportedResolutions      string           // "640x480"
	Status                    ConnectionStatus // in ConnectionStatusEvent
	Info                      Info             // why the status is what it is
	RestClientConfig          *Policy          // in the answer to connect: the session's policy
	Custom                    map[string]any   // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var connectionLayout = newLayout("Connection",
	func(p *Connection) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[Connection]{
		{name: "nodeId", at: func(p *Connection) any { return &p.NodeID }},
		{name: "appKey", at: func(p *Connection) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *Connection) any { return &p.SessionID }},
		{name: "useWsTunnel", at: func(p *Connection) any { return &p.UseWsTunnel }},
		{name: "useWsTunnelPacketization2", at: func(p *Connection) any { return &p.UseWsTunnelPacketization2 }},
		{name: "useBase64BinaryEncoding", at: func(p *Connection) any { return &p.UseBase64BinaryEncoding }},
		{name: "useSelfSigned", at: func(p *Connection) any { return &p.UseSelfSigned }},
		{name: "mediaProviders", at: func(p *Connection) any { return &p.MediaProviders }},
		{name: "clientVersion", at: func(p *Connection) any { return &p.ClientVersion }},
		{name: "clientOSVersion", at: func(p *Connection) any { return &p.ClientOSVersion }},
		{name: "clientBrowserVersion", at: func(p *Connection) any { return &p.ClientBrowserVersion }},
		{name: "keepAlive", at: func(p *Connection) any { return &p.KeepAlive }},
		{name: "origin", at: func(p *Connection) any { return &p.Origin }},
		{name: "urlServer", at: func(p *Connection) any { return &p.URLServer }},
		{name: "login", at: func(p *Connection) any { return &p.Login }},
		{name: "authToken", at: func(p *Connection) any { return &p.AuthToken }, secret: true},
		{name: "msePacketizationVersion", at: func(p *Connection) any { return &p.MSEPacketizationVersion }},
		{name: "sipRegisterRequired", at: func(p *Connection) any { return &p.SIPRegisterRequired }},
		{name: "sipLogin", at: func(p *Connection) any { return &p.SIPLogin }},
		{name: "sipAuthenticationName", at: func(p *Connection) any { return &p.SIPAuthenticationName }},
		{name: "sipPassword", at: func(p *Connection) any { return &p.SIPPassword }, secret: true},
		{name: "sipVisibleName", at: func(p *Connection) any { return &p.SIPVisibleName }},
		{name: "sipDomain", at: func(p *Connection) any { return &p.SIPDomain }},
		{name: "sipOutboundProxy", at: func(p *Connection) any { return &p.SIPOutboundProxy }},
		{name: "sipPort", at: func(p *Connection) any { return &p.SIPPort }},
		{name: "sipContactParams", at: func(p *Connection) any { return &p.SIPContactParams }, secret: true},
		{name: "width", at: func(p *Connection) any { return &p.Width }},
		{name: "height", at: func(p *Connection) any { return &p.Height }},
		{name: "supportedResolutions", at: func(p *Connection) any { return &p.SupportedResolutions }},
		{name: "status", at: func(p *Connection) any { return (*string)(&p.Status) }},
		{name: "info", at: func(p *Connection) any { return (*string)(&p.Info) }},
		{name: "restClientConfig", at: func(p *Connection) any { return &p.RestClientConfig }},
		{name: "custom", at: func(p *Connection) any { return &p.Custom }},
	})

// withoutPolicy is the connection as a client can have described it: what
// governs a session is the backend's to say, and nobody else's.
func (p *Connection) withoutPolicy() *Connection {
	if p == nil {
		return nil
	}
	bare := *p
	bare.RestClientConfig = nil
	if _, ok := bare.Unknown[restClientConfig]; ok {
		bare.Unknown = maps.Clone(bare.Unknown)
		delete(bare.Unknown, restClientConfig)
	}
	bare.origin.zero &^= 1 << connectionLayout.index[restClientConfig]
	bare.origin.nulls &^= 1 << connectionLayout.index[restClientConfig]
	return &bare
}

// Registration is the state of a client's SIP registration: the payload of
// RegistrationStatusEvent (docs/protocol.md, 2.3).
type Registration struct {
	NodeID        string // the media server's id, 32 characters @ its address
	AppKey        string // picks the app; empty means defaultApp
	SessionID     string // the connection's id; opaque
	Status        RegistrationStatus
	Info          Info           // why the status is what it is
	SIPMessageRaw string         // the SIP message behind it
	Custom        map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var registrationLayout = newLayout("Registration",
	func(p *Registration) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[Registration]{
		{name: "nodeId", at: func(p *Registration) any { return &p.NodeID }},
		{name: "appKey", at: func(p *Registration) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *Registration) any { return &p.SessionID }},
		{name: "status", at: func(p *Registration) any { return (*string)(&p.Status) }},
		{name: "info", at: func(p *Registration) any { return (*string)(&p.Info) }},
		{name: "sipMessageRaw", at: func(p *Registration) any { return &p.SIPMessageRaw }, secret: true},
		{name: "custom", at: func(p *Registration) any { return &p.Custom }},
	})
