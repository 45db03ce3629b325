package resthook

import (
	"encoding/json"

	"github.com/wcskit/resthook/internal/layout"
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
	ClientOSVersion           string   // as the browser says
	ClientBrowserVersion      string   // as the browser says
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

	origin layout.Origin
}

var connectionLayout = newLayout("Connection",
	func(p *Connection) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *Connection) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *Connection) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *Connection) *string { return &p.SessionID }),
	layout.Bool("useWsTunnel", func(p *Connection) *bool { return &p.UseWsTunnel }),
	layout.Bool("useWsTunnelPacketization2", func(p *Connection) *bool { return &p.UseWsTunnelPacketization2 }),
	layout.Bool("useBase64BinaryEncoding", func(p *Connection) *bool { return &p.UseBase64BinaryEncoding }),
	layout.Bool("useSelfSigned", func(p *Connection) *bool { return &p.UseSelfSigned }),
	layout.Texts("mediaProviders", func(p *Connection) *[]string { return &p.MediaProviders }),
	layout.Text("clientVersion", func(p *Connection) *string { return &p.ClientVersion }),
	layout.Text("clientOSVersion", func(p *Connection) *string { return &p.ClientOSVersion }),
	layout.Text("clientBrowserVersion", func(p *Connection) *string { return &p.ClientBrowserVersion }),
	layout.Bool("keepAlive", func(p *Connection) *bool { return &p.KeepAlive }),
	layout.Text("origin", func(p *Connection) *string { return &p.Origin }),
	layout.Text("urlServer", func(p *Connection) *string { return &p.URLServer }),
	layout.Text("login", func(p *Connection) *string { return &p.Login }),
	layout.Text("authToken", func(p *Connection) *string { return &p.AuthToken }).Secret(),
	layout.Int("msePacketizationVersion", func(p *Connection) *int { return &p.MSEPacketizationVersion }),
	layout.OptionalBool("sipRegisterRequired", func(p *Connection) **bool { return &p.SIPRegisterRequired }),
	layout.Text("sipLogin", func(p *Connection) *string { return &p.SIPLogin }),
	layout.Text("sipAuthenticationName", func(p *Connection) *string { return &p.SIPAuthenticationName }),
	layout.Text("sipPassword", func(p *Connection) *string { return &p.SIPPassword }).Secret(),
	layout.Text("sipVisibleName", func(p *Connection) *string { return &p.SIPVisibleName }),
	layout.Text("sipDomain", func(p *Connection) *string { return &p.SIPDomain }),
	layout.Text("sipOutboundProxy", func(p *Connection) *string { return &p.SIPOutboundProxy }),
	layout.Int("sipPort", func(p *Connection) *int { return &p.SIPPort }),
	layout.Text("sipContactParams", func(p *Connection) *string { return &p.SIPContactParams }).Secret(),
	layout.Int("width", func(p *Connection) *int { return &p.Width }),
	layout.Int("height", func(p *Connection) *int { return &p.Height }),
	layout.Text("supportedResolutions", func(p *Connection) *string { return &p.SupportedResolutions }),
	layout.Text("status", func(p *Connection) *ConnectionStatus { return &p.Status }),
	layout.Text("info", func(p *Connection) *Info { return &p.Info }),
	layout.Of("restClientConfig", policyType(), func(p *Connection) **Policy { return &p.RestClientConfig }),
	object("custom", func(p *Connection) *map[string]any { return &p.Custom }),
)

// policyType is the type of a restClientConfig in a payload.
func policyType() layout.Type[*Policy] {
	return layout.Type[*Policy]{
		Want:   "a restClientConfig",
		Append: func(b []byte, p *Policy) ([]byte, error) { return p.append(b), nil },
		Read:   readPolicy,
		Equal:  (*Policy).Equal,
	}
}

func readPolicy(value []byte) (*Policy, bool) {
	p := new(Policy)
	var reads json.Unmarshaler = p // else Go sees a circle: a policy looks into the catalogue, whose hooks have layouts
	return p, reads.UnmarshalJSON(value) == nil
}

// withoutPolicy is the connection as a client can have described it: what
// governs a session is the backend's to say, and nobody else's.
func (p *Connection) withoutPolicy() *Connection {
	if p == nil {
		return nil
	}
	return connectionLayout.Without(p, restClientConfig)
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

	origin layout.Origin
}

var registrationLayout = newLayout("Registration",
	func(p *Registration) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *Registration) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *Registration) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *Registration) *string { return &p.SessionID }),
	layout.Text("status", func(p *Registration) *RegistrationStatus { return &p.Status }),
	layout.Text("info", func(p *Registration) *Info { return &p.Info }),
	layout.Text("sipMessageRaw", func(p *Registration) *string { return &p.SIPMessageRaw }).Secret(),
	object("custom", func(p *Registration) *map[string]any { return &p.Custom }),
)
