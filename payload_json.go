package resthook

import (
	"fmt"
	"log/slog"
)

// The methods by which payload types print masked, compare, and are written by
// encoding/json as they are sent. They are the same for each type; Go has no way to write
// them once.

func (*Connection) codec() codec[Connection] { return connectionLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Connection) Equal(q Connection) bool { return connectionLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Connection) MarshalJSON() ([]byte, error) { return connectionLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Connection) UnmarshalJSON(data []byte) error { return connectionLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Connection) String() string { return connectionLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p Connection) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Connection) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Registration) codec() codec[Registration] { return registrationLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Registration) Equal(q Registration) bool { return registrationLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Registration) MarshalJSON() ([]byte, error) { return registrationLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Registration) UnmarshalJSON(data []byte) error { return registrationLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Registration) String() string { return registrationLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p Registration) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Registration) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Stream) codec() codec[Stream] { return streamLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Stream) Equal(q Stream) bool { return streamLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Stream) MarshalJSON() ([]byte, error) { return streamLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Stream) UnmarshalJSON(data []byte) error { return streamLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Stream) String() string { return streamLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p Stream) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Stream) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*MediaState) codec() codec[MediaState] { return mediaStateLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p MediaState) Equal(q MediaState) bool { return mediaStateLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p MediaState) MarshalJSON() ([]byte, error) { return mediaStateLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *MediaState) UnmarshalJSON(data []byte) error { return mediaStateLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p MediaState) String() string { return mediaStateLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p MediaState) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p MediaState) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Playback) codec() codec[Playback] { return playbackLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Playback) Equal(q Playback) bool { return playbackLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Playback) MarshalJSON() ([]byte, error) { return playbackLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Playback) UnmarshalJSON(data []byte) error { return playbackLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Playback) String() string { return playbackLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p Playback) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Playback) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*StreamSignal) codec() codec[StreamSignal] { return streamSignalLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p StreamSignal) Equal(q StreamSignal) bool { return streamSignalLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p StreamSignal) MarshalJSON() ([]byte, error) { return streamSignalLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *StreamSignal) UnmarshalJSON(data []byte) error { return streamSignalLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p StreamSignal) String() string { return streamSignalLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p StreamSignal) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p StreamSignal) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Recording) codec() codec[Recording] { return recordingLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Recording) Equal(q Recording) bool { return recordingLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Recording) MarshalJSON() ([]byte, error) { return recordingLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Recording) UnmarshalJSON(data []byte) error { return recordingLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Recording) String() string { return recordingLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p Recording) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Recording) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Call) codec() codec[Call] { return callLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Call) Equal(q Call) bool { return callLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Call) MarshalJSON() ([]byte, error) { return callLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Call) UnmarshalJSON(data []byte) error { return callLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Call) String() string { return callLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p Call) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Call) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*DTMF) codec() codec[DTMF] { return dtmfLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p DTMF) Equal(q DTMF) bool { return dtmfLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p DTMF) MarshalJSON() ([]byte, error) { return dtmfLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *DTMF) UnmarshalJSON(data []byte) error { return dtmfLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p DTMF) String() string { return dtmfLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p DTMF) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p DTMF) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Message) codec() codec[Message] { return messageLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Message) Equal(q Message) bool { return messageLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Message) MarshalJSON() ([]byte, error) { return messageLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Message) UnmarshalJSON(data []byte) error { return messageLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Message) String() string { return messageLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p Message) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Message) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Subscription) codec() codec[Subscription] { return subscriptionLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Subscription) Equal(q Subscription) bool { return subscriptionLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Subscription) MarshalJSON() ([]byte, error) { return subscriptionLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Subscription) UnmarshalJSON(data []byte) error { return subscriptionLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Subscription) String() string { return subscriptionLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p Subscription) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Subscription) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*XCAP) codec() codec[XCAP] { return xcapLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p XCAP) Equal(q XCAP) bool { return xcapLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p XCAP) MarshalJSON() ([]byte, error) { return xcapLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *XCAP) UnmarshalJSON(data []byte) error { return xcapLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p XCAP) String() string { return xcapLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p XCAP) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p XCAP) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Data) codec() codec[Data] { return dataLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Data) Equal(q Data) bool { return dataLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Data) MarshalJSON() ([]byte, error) { return dataLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Data) UnmarshalJSON(data []byte) error { return dataLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Data) String() string { return dataLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p Data) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Data) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*BugReport) codec() codec[BugReport] { return bugReportLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p BugReport) Equal(q BugReport) bool { return bugReportLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p BugReport) MarshalJSON() ([]byte, error) { return bugReportLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *BugReport) UnmarshalJSON(data []byte) error { return bugReportLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p BugReport) String() string { return bugReportLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p BugReport) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p BugReport) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*DebugSession) codec() codec[DebugSession] { return debugSessionLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p DebugSession) Equal(q DebugSession) bool { return debugSessionLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p DebugSession) MarshalJSON() ([]byte, error) { return debugSessionLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *DebugSession) UnmarshalJSON(data []byte) error { return debugSessionLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p DebugSession) String() string { return debugSessionLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p DebugSession) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p DebugSession) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*ErrorReport) codec() codec[ErrorReport] { return errorReportLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p ErrorReport) Equal(q ErrorReport) bool { return errorReportLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p ErrorReport) MarshalJSON() ([]byte, error) { return errorReportLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *ErrorReport) UnmarshalJSON(data []byte) error { return errorReportLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p ErrorReport) String() string { return errorReportLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p ErrorReport) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p ErrorReport) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (*Report) codec() codec[Report] { return reportLayout }

// Equal reports whether two payloads have the same values, those of Unknown and
// of objects as JSON. It is what go-cmp asks.
func (p Report) Equal(q Report) bool { return reportLayout.Equal(&p, &q) }

// MarshalJSON writes the payload as it is sent.
func (p Report) MarshalJSON() ([]byte, error) { return reportLayout.Marshal(&p) }

// UnmarshalJSON reads the payload; unknown fields go to Unknown. A value that
// does not convert gives a [*FieldError] after all others were read.
func (p *Report) UnmarshalJSON(data []byte) error { return reportLayout.Unmarshal(p, data) }

// String prints the payload with its secrets masked.
func (p Report) String() string { return reportLayout.Print(&p) }

// Format prints what String returns, whatever the verb.
func (p Report) Format(f fmt.State, verb rune) { printTo(f, verb, p.String()) }

// LogValue prints the payload with its secrets masked.
func (p Report) LogValue() slog.Value { return slog.StringValue(p.String()) }
