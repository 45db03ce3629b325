package resthook

import (
	"fmt"
	"log/slog"
)

// What makes a payload type print masked, compare, and go through encoding/json as
// it goes over the wire. The methods are the same for each type; Go has no way to
// write them once.

func (*Connection) layout() *layout[Connection] { return connectionLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Connection) Equal(q Connection) bool { return connectionLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Connection) MarshalJSON() ([]byte, error) { return connectionLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Connection) UnmarshalJSON(data []byte) error { return connectionLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Connection) String() string { return connectionLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p Connection) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Connection) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Registration) layout() *layout[Registration] { return registrationLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Registration) Equal(q Registration) bool { return registrationLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Registration) MarshalJSON() ([]byte, error) { return registrationLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Registration) UnmarshalJSON(data []byte) error { return registrationLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Registration) String() string { return registrationLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p Registration) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Registration) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Stream) layout() *layout[Stream] { return streamLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Stream) Equal(q Stream) bool { return streamLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Stream) MarshalJSON() ([]byte, error) { return streamLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Stream) UnmarshalJSON(data []byte) error { return streamLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Stream) String() string { return streamLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p Stream) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Stream) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*MediaState) layout() *layout[MediaState] { return mediaStateLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p MediaState) Equal(q MediaState) bool { return mediaStateLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p MediaState) MarshalJSON() ([]byte, error) { return mediaStateLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *MediaState) UnmarshalJSON(data []byte) error { return mediaStateLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p MediaState) String() string { return mediaStateLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p MediaState) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p MediaState) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Playback) layout() *layout[Playback] { return playbackLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Playback) Equal(q Playback) bool { return playbackLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Playback) MarshalJSON() ([]byte, error) { return playbackLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Playback) UnmarshalJSON(data []byte) error { return playbackLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Playback) String() string { return playbackLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p Playback) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Playback) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*StreamSignal) layout() *layout[StreamSignal] { return streamSignalLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p StreamSignal) Equal(q StreamSignal) bool { return streamSignalLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p StreamSignal) MarshalJSON() ([]byte, error) { return streamSignalLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *StreamSignal) UnmarshalJSON(data []byte) error { return streamSignalLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p StreamSignal) String() string { return streamSignalLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p StreamSignal) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p StreamSignal) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Recording) layout() *layout[Recording] { return recordingLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Recording) Equal(q Recording) bool { return recordingLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Recording) MarshalJSON() ([]byte, error) { return recordingLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Recording) UnmarshalJSON(data []byte) error { return recordingLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Recording) String() string { return recordingLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p Recording) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Recording) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Call) layout() *layout[Call] { return callLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Call) Equal(q Call) bool { return callLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Call) MarshalJSON() ([]byte, error) { return callLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Call) UnmarshalJSON(data []byte) error { return callLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Call) String() string { return callLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p Call) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Call) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*DTMF) layout() *layout[DTMF] { return dtmfLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p DTMF) Equal(q DTMF) bool { return dtmfLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p DTMF) MarshalJSON() ([]byte, error) { return dtmfLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *DTMF) UnmarshalJSON(data []byte) error { return dtmfLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p DTMF) String() string { return dtmfLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p DTMF) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p DTMF) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Message) layout() *layout[Message] { return messageLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Message) Equal(q Message) bool { return messageLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Message) MarshalJSON() ([]byte, error) { return messageLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Message) UnmarshalJSON(data []byte) error { return messageLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Message) String() string { return messageLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p Message) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Message) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Subscription) layout() *layout[Subscription] { return subscriptionLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Subscription) Equal(q Subscription) bool { return subscriptionLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Subscription) MarshalJSON() ([]byte, error) { return subscriptionLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Subscription) UnmarshalJSON(data []byte) error { return subscriptionLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Subscription) String() string { return subscriptionLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p Subscription) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Subscription) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*XCAP) layout() *layout[XCAP] { return xcapLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p XCAP) Equal(q XCAP) bool { return xcapLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p XCAP) MarshalJSON() ([]byte, error) { return xcapLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *XCAP) UnmarshalJSON(data []byte) error { return xcapLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p XCAP) String() string { return xcapLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p XCAP) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p XCAP) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Data) layout() *layout[Data] { return dataLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Data) Equal(q Data) bool { return dataLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Data) MarshalJSON() ([]byte, error) { return dataLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Data) UnmarshalJSON(data []byte) error { return dataLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Data) String() string { return dataLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p Data) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Data) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*BugReport) layout() *layout[BugReport] { return bugReportLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p BugReport) Equal(q BugReport) bool { return bugReportLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p BugReport) MarshalJSON() ([]byte, error) { return bugReportLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *BugReport) UnmarshalJSON(data []byte) error { return bugReportLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p BugReport) String() string { return bugReportLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p BugReport) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p BugReport) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*DebugSession) layout() *layout[DebugSession] { return debugSessionLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p DebugSession) Equal(q DebugSession) bool { return debugSessionLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p DebugSession) MarshalJSON() ([]byte, error) { return debugSessionLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *DebugSession) UnmarshalJSON(data []byte) error { return debugSessionLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p DebugSession) String() string { return debugSessionLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p DebugSession) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p DebugSession) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*ErrorReport) layout() *layout[ErrorReport] { return errorReportLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p ErrorReport) Equal(q ErrorReport) bool { return errorReportLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p ErrorReport) MarshalJSON() ([]byte, error) { return errorReportLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *ErrorReport) UnmarshalJSON(data []byte) error { return errorReportLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p ErrorReport) String() string { return errorReportLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p ErrorReport) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p ErrorReport) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Report) layout() *layout[Report] { return reportLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Report) Equal(q Report) bool { return reportLayout.equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Report) MarshalJSON() ([]byte, error) { return reportLayout.encode(nil, &p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Report) UnmarshalJSON(data []byte) error { return reportLayout.unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Report) String() string { return reportLayout.print(&p) }

// Format prints what String returns, whatever the verb.
func (p Report) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Report) LogValue() slog.Value { return slog.StringValue(p.String()) }
