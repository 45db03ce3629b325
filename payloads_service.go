package resthook

import "encoding/json"

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

	origin origin
}

var bugReportLayout = newLayout("BugReport",
	func(p *BugReport) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[BugReport]{
		{name: "nodeId", at: func(p *BugReport) any { return &p.NodeID }},
		{name: "appKey", at: func(p *BugReport) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *BugReport) any { return &p.SessionID }},
		{name: "text", at: func(p *BugReport) any { return &p.Text }, secret: true},
		{name: "type", at: func(p *BugReport) any { return &p.Type }},
		{name: "filename", at: func(p *BugReport) any { return &p.Filename }},
		{name: "status", at: func(p *BugReport) any { return &p.Status }},
		{name: "info", at: func(p *BugReport) any { return (*string)(&p.Info) }},
		{name: "custom", at: func(p *BugReport) any { return &p.Custom }},
	})

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

	origin origin
}

var debugSessionLayout = newLayout("DebugSession",
	func(p *DebugSession) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[DebugSession]{
		{name: "nodeId", at: func(p *DebugSession) any { return &p.NodeID }},
		{name: "appKey", at: func(p *DebugSession) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *DebugSession) any { return &p.SessionID }},
		{name: "command", at: func(p *DebugSession) any { return &p.Command }},
		{name: "status", at: func(p *DebugSession) any { return &p.Status }},
		{name: "info", at: func(p *DebugSession) any { return (*string)(&p.Info) }},
		{name: "custom", at: func(p *DebugSession) any { return &p.Custom }},
	})

// ErrorReport is an error that belongs to no other event: the payload of
// ErrorStatusEvent (docs/protocol.md, 3.1).
type ErrorReport struct {
	NodeID    string // the media server's id, 32 characters @ its address
	AppKey    string // picks the app; empty means defaultApp
	SessionID string // the connection's id; opaque
	APIMethod string // the event that it stands for
	ID        string // of the stream or call
	Status    string
	Info      Info           // what happened
	Custom    map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var errorReportLayout = newLayout("ErrorReport",
	func(p *ErrorReport) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[ErrorReport]{
		{name: "nodeId", at: func(p *ErrorReport) any { return &p.NodeID }},
		{name: "appKey", at: func(p *ErrorReport) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *ErrorReport) any { return &p.SessionID }},
		{name: "apiMethod", at: func(p *ErrorReport) any { return &p.APIMethod }},
		{name: "id", at: func(p *ErrorReport) any { return &p.ID }},
		{name: "status", at: func(p *ErrorReport) any { return &p.Status }},
		{name: "info", at: func(p *ErrorReport) any { return (*string)(&p.Info) }},
		{name: "custom", at: func(p *ErrorReport) any { return &p.Custom }},
	})

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

	origin origin
}

var reportLayout = newLayout("Report",
	func(p *Report) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[Report]{
		{name: "nodeId", at: func(p *Report) any { return &p.NodeID }},
		{name: "appKey", at: func(p *Report) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *Report) any { return &p.SessionID }},
		{name: "custom", at: func(p *Report) any { return &p.Custom }},
	})
