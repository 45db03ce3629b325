package resthook

import (
	"encoding/json"

	"github.com/wcskit/resthook/internal/layout"
)

// BugReport is a client's report: the payload of submitBugReport and
// BugReportStatusEvent (docs/protocol.md, 2.3).
type BugReport struct {
	NodeID    string // the media server's id, 32 characters @ its address
	AppKey    string // picks the app; empty means defaultApp
	SessionID string // the connection's id; opaque
	Text      string
	Type      string // such as "no_media"
	Filename  string // where the report was written
	Status    string
	Info      Info           // why the status is what it is
	Custom    map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin layout.Origin
}

var bugReportLayout = newLayout("BugReport",
	func(p *BugReport) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *BugReport) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *BugReport) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *BugReport) *string { return &p.SessionID }),
	layout.Text("text", func(p *BugReport) *string { return &p.Text }).Secret(),
	layout.Text("type", func(p *BugReport) *string { return &p.Type }),
	layout.Text("filename", func(p *BugReport) *string { return &p.Filename }),
	layout.Text("status", func(p *BugReport) *string { return &p.Status }),
	layout.Text("info", func(p *BugReport) *Info { return &p.Info }),
	object("custom", func(p *BugReport) *map[string]any { return &p.Custom }),
)

// DebugSession starts or stops the collection of a client's logs: the payload of
// sessionDebug and SessionDebugStatusEvent (docs/protocol.md, 2.3).
type DebugSession struct {
	NodeID    string // the media server's id, 32 characters @ its address
	AppKey    string // picks the app; empty means defaultApp
	SessionID string // the connection's id; opaque
	Command   string // "start" or "stop"
	Status    string
	Info      Info           // why the status is what it is
	Custom    map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin layout.Origin
}

var debugSessionLayout = newLayout("DebugSession",
	func(p *DebugSession) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *DebugSession) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *DebugSession) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *DebugSession) *string { return &p.SessionID }),
	layout.Text("command", func(p *DebugSession) *string { return &p.Command }),
	layout.Text("status", func(p *DebugSession) *string { return &p.Status }),
	layout.Text("info", func(p *DebugSession) *Info { return &p.Info }),
	object("custom", func(p *DebugSession) *map[string]any { return &p.Custom }),
)

// ErrorReport is an error that belongs to no other event: the payload of
// ErrorStatusEvent (docs/protocol.md, 3.1).
type ErrorReport struct {
	NodeID    string // the media server's id, 32 characters @ its address
	AppKey    string // picks the app; empty means defaultApp
	SessionID string // the connection's id; opaque
	APIMethod string // the event that failed
	ID        string // of the stream or call
	Status    string
	Info      Info           // what happened
	Custom    map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin layout.Origin
}

var errorReportLayout = newLayout("ErrorReport",
	func(p *ErrorReport) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *ErrorReport) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *ErrorReport) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *ErrorReport) *string { return &p.SessionID }),
	layout.Text("apiMethod", func(p *ErrorReport) *string { return &p.APIMethod }),
	layout.Text("id", func(p *ErrorReport) *string { return &p.ID }),
	layout.Text("status", func(p *ErrorReport) *string { return &p.Status }),
	layout.Text("info", func(p *ErrorReport) *Info { return &p.Info }),
	object("custom", func(p *ErrorReport) *map[string]any { return &p.Custom }),
)

// Report is a payload without documented fields of its own: that of pushLogs,
// StreamsStatEvent and StreamTranscodingGroupEvent. What it holds is in Unknown.
type Report struct {
	NodeID    string         // the media server's id, 32 characters @ its address
	AppKey    string         // picks the app; empty means defaultApp
	SessionID string         // the connection's id; opaque
	Custom    map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin layout.Origin
}

var reportLayout = newLayout("Report",
	func(p *Report) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *Report) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *Report) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *Report) *string { return &p.SessionID }),
	object("custom", func(p *Report) *map[string]any { return &p.Custom }),
)
