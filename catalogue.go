package resthook

import (
	"context"

	"github.com/wcskit/resthook/internal/layout"
)

// The catalogue: every documented method once (docs/protocol.md, 2.2). A
// hook is named as its method, but for MakeCall, whose payload is [Call].
var (
	// Connect asks whether a client may connect. [Client.Connect] sends it and
	// makes a session of the answer.
	Connect Hook[Connection] = newHook("connect", KindConnect, connectionLayout)
	// ConnectionStatusEvent reports the status of a connection; its last one is
	// DISCONNECTED.
	ConnectionStatusEvent Hook[Connection] = newHook("ConnectionStatusEvent", KindEvent, connectionLayout)
	// RegistrationStatusEvent reports the status of a SIP registration.
	RegistrationStatusEvent Hook[Registration] = newHook("RegistrationStatusEvent", KindEvent, registrationLayout)

	// MakeCall ("call") asks whether a client may call, and whom.
	MakeCall Hook[Call] = newHook("call", KindDirect, callLayout)
	// Answer asks whether a client may answer a call.
	Answer Hook[Call] = newHook("answer", KindDirect, callLayout)
	// Hold asks whether a client may hold a call.
	Hold Hook[Call] = newHook("hold", KindDirect, callLayout)
	// Unhold asks whether a client may take a call up again.
	Unhold Hook[Call] = newHook("unhold", KindDirect, callLayout)
	// Transfer asks whether a client may transfer a call.
	Transfer Hook[Call] = newHook("transfer", KindDirect, callLayout)
	// Hangup reports that a client hangs up.
	Hangup Hook[Call] = newHook("hangup", KindDirect, callLayout)
	// SendDTMF ("sendDtmf") asks whether a client may send a tone.
	SendDTMF Hook[DTMF] = newHook("sendDtmf", KindDirect, dtmfLayout)
	// CallStatusEvent reports the status of a call.
	CallStatusEvent Hook[Call] = newHook("CallStatusEvent", KindEvent, callLayout)
	// TransferStatusEvent reports the status of a transfer.
	TransferStatusEvent Hook[Call] = newHook("TransferStatusEvent", KindEvent, callLayout)
	// OnCallEvent asks whether a call may reach a client.
	OnCallEvent Hook[Call] = newHook("OnCallEvent", KindIncoming, callLayout)
	// OnTransferEvent asks whether a transfer may reach a client.
	OnTransferEvent Hook[Call] = newHook("OnTransferEvent", KindIncoming, callLayout)

	// SendMessage asks whether a client may send a SIP message.
	SendMessage Hook[Message] = newHook("sendMessage", KindDirect, messageLayout)
	// SendIMDN asks whether a client may confirm a SIP message.
	SendIMDN Hook[Message] = newHook("sendIMDN", KindDirect, messageLayout)
	// MessageStatusEvent reports the status of a SIP message.
	MessageStatusEvent Hook[Message] = newHook("MessageStatusEvent", KindEvent, messageLayout)
	// OnMessageEvent asks whether a SIP message may reach a client.
	OnMessageEvent Hook[Message] = newHook("OnMessageEvent", KindIncoming, messageLayout)
	// Subscribe asks whether a client may make a SIP subscription.
	Subscribe Hook[Subscription] = newHook("subscribe", KindDirect, subscriptionLayout)
	// SubscriptionStatusEvent reports the status of a SIP subscription.
	SubscriptionStatusEvent Hook[Subscription] = newHook("SubscriptionStatusEvent", KindEvent, subscriptionLayout)
	// SendXCAPRequest ("sendXcapRequest") asks whether a client may fetch an
	// XCAP document.
	SendXCAPRequest Hook[XCAP] = newHook("sendXcapRequest", KindDirect, xcapLayout)
	// XCAPStatusEvent ("XcapStatusEvent") reports its result.
	XCAPStatusEvent Hook[XCAP] = newHook("XcapStatusEvent", KindEvent, xcapLayout)

	// PublishStream asks whether a client may publish, and under which name.
	PublishStream Hook[Stream] = newHook("publishStream", KindDirect, streamLayout)
	// UnPublishStream reports that a client stops publishing.
	UnPublishStream Hook[Stream] = newHook("unPublishStream", KindDirect, streamLayout)
	// PlayStream asks whether a client may play, and what.
	PlayStream Hook[Stream] = newHook("playStream", KindDirect, streamLayout)
	// PauseStream asks whether a client may pause.
	PauseStream Hook[Stream] = newHook("pauseStream", KindDirect, streamLayout)
	// StopStream reports that a client stops playing.
	StopStream Hook[Stream] = newHook("stopStream", KindDirect, streamLayout)
	// Snapshot asks whether a client may take a picture of a stream.
	Snapshot Hook[Stream] = newHook("snapshot", KindDirect, streamLayout)
	// AvailableStream asks whether a client may look for a stream.
	AvailableStream Hook[Stream] = newHook("availableStream", KindDirect, streamLayout)
	// StreamStatusEvent reports the status of a stream.
	StreamStatusEvent Hook[Stream] = newHook("StreamStatusEvent", KindEvent, streamLayout)
	// StreamKeepAliveEvent reports that a stream is still there. Under restOnError=FAIL a
	// refusal ends it (docs/protocol.md, 4.6).
	StreamKeepAliveEvent Hook[Stream] = newHook("StreamKeepAliveEvent", KindEvent, streamLayout)
	// StreamsStatEvent carries statistics.
	StreamsStatEvent Hook[Report] = newHook("StreamsStatEvent", KindEvent, reportLayout)
	// StreamTranscodingGroupEvent reports on a transcoding group.
	StreamTranscodingGroupEvent Hook[Report] = newHook("StreamTranscodingGroupEvent", KindEvent, reportLayout)
	// RecordingStatusEvent reports on a recording.
	RecordingStatusEvent Hook[Recording] = newHook("RecordingStatusEvent", KindEvent, recordingLayout)
	// SendStreamEvent asks whether a publisher may send its subscribers
	// something.
	SendStreamEvent Hook[StreamSignal] = newHook("sendStreamEvent", KindDirect, streamSignalLayout)
	// StreamEvent reports it, once for each subscriber.
	StreamEvent Hook[StreamSignal] = newHook("StreamEvent", KindEvent, streamSignalLayout)

	// PlayHLS asks whether a player may play over HLS. It has no session: send
	// it to the [Client]. Any failure refuses (docs/protocol.md, 4.2).
	PlayHLS Hook[Playback] = newHook("playHLS", KindDirect, playbackLayout)
	// PlayRTSP asks whether a player may play over RTSP. It has no session:
	// send it to the [Client]. Any failure refuses (docs/protocol.md, 4.2).
	PlayRTSP Hook[Playback] = newHook("playRTSP", KindDirect, playbackLayout)

	// OnDataEvent asks whether what a client sent is accepted; an error means
	// that the client gets FAILED (docs/protocol.md, 4.5).
	OnDataEvent Hook[Data] = newHook("OnDataEvent", KindDirect, dataLayout)
	// DataStatusEvent reports the result of sending data.
	DataStatusEvent Hook[Data] = newHook("DataStatusEvent", KindEvent, dataLayout)

	// SubmitBugReport asks whether a client may report a fault.
	SubmitBugReport Hook[BugReport] = newHook("submitBugReport", KindDirect, bugReportLayout)
	// BugReportStatusEvent reports its result.
	BugReportStatusEvent Hook[BugReport] = newHook("BugReportStatusEvent", KindEvent, bugReportLayout)
	// PushLogs asks whether a client may send its logs.
	PushLogs Hook[Report] = newHook("pushLogs", KindDirect, reportLayout)
	// SessionDebug asks whether a client may start or stop debug logs.
	SessionDebug Hook[DebugSession] = newHook("sessionDebug", KindDirect, debugSessionLayout)
	// SessionDebugStatusEvent reports its result.
	SessionDebugStatusEvent Hook[DebugSession] = newHook("SessionDebugStatusEvent", KindEvent, debugSessionLayout)
	// ErrorStatusEvent reports an error that belongs to no other event.
	ErrorStatusEvent Hook[ErrorReport] = newHook("ErrorStatusEvent", KindEvent, errorReportLayout)
)

// newHook takes the layout as an argument, and not from its type, so that Go
// makes the layouts before the hooks.
func newHook[P any](name string, kind Kind, l *layout.Layout[P]) Hook[P] {
	return Hook[P]{name: name, kind: kind, codec: l}
}

// Method is a hook whose payload type does not matter to the one who holds it:
// a [Hook] of any P, and nothing else.
type Method interface {
	Name() string
	Kind() Kind
	PayloadType() string
	// Effect says what an answer to the hook can change.
	Effect() string
	SendJSON(ctx context.Context, to Target, data []byte) (Outcome, error)
	NotifyJSON(ctx context.Context, to Target, data []byte) error

	hasField(name string) bool
	fieldNames() []string
}

// Methods returns the catalogue in its order. The slice is the caller's.
func Methods() []Method {
	return []Method{
		Connect, ConnectionStatusEvent, RegistrationStatusEvent,
		MakeCall, Answer, Hold, Unhold, Transfer, Hangup, SendDTMF,
		CallStatusEvent, TransferStatusEvent, OnCallEvent, OnTransferEvent,
		SendMessage, SendIMDN, MessageStatusEvent, OnMessageEvent,
		Subscribe, SubscriptionStatusEvent, SendXCAPRequest, XCAPStatusEvent,
		PublishStream, UnPublishStream, PlayStream, PauseStream, StopStream,
		Snapshot, AvailableStream, StreamStatusEvent, StreamKeepAliveEvent,
		StreamsStatEvent, StreamTranscodingGroupEvent, RecordingStatusEvent,
		SendStreamEvent, StreamEvent, PlayHLS, PlayRTSP,
		OnDataEvent, DataStatusEvent,
		SubmitBugReport, BugReportStatusEvent, PushLogs,
		SessionDebug, SessionDebugStatusEvent, ErrorStatusEvent,
	}
}

// FindMethod returns the catalogue's method of that exact name.
func FindMethod(name string) (Method, bool) {
	for _, m := range Methods() {
		if m.Name() == name {
			return m, true
		}
	}
	return nil, false
}

// Effect says what an answer to the hook can change (docs/protocol.md,
// 3.1 and 4).
func (h Hook[P]) Effect() string {
	switch h.name {
	case "connect":
		return "admits or declines; any field but nodeId, appKey, sessionId"
	case "playHLS", "playRTSP":
		return "admits or refuses; no session, so no field"
	case "OnDataEvent":
		return "FAIL: accepted or failed; OVERWRITE: the fields named"
	case "StreamKeepAliveEvent":
		return "FAIL: ends the stream; OVERWRITE: the fields named"
	}
	if h.kind == KindEvent {
		return "FAIL: warns the client; OVERWRITE: the fields named"
	}
	return "FAIL: refuses; OVERWRITE: the fields named"
}
