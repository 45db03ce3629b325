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
	Connect Hook[Connection] = known("connect", KindConnect, connectionLayout)
	// ConnectionStatusEvent reports the status of a connection; its last one is
	// DISCONNECTED.
	ConnectionStatusEvent Hook[Connection] = known("ConnectionStatusEvent", KindEvent, connectionLayout)
	// RegistrationStatusEvent reports the status of a SIP registration.
	RegistrationStatusEvent Hook[Registration] = known("RegistrationStatusEvent", KindEvent, registrationLayout)

	// MakeCall ("call") asks whether a client may call, and whom.
	MakeCall Hook[Call] = known("call", KindDirect, callLayout)
	// Answer asks whether a client may answer a call.
	Answer Hook[Call] = known("answer", KindDirect, callLayout)
	// Hold asks whether a client may hold a call.
	Hold Hook[Call] = known("hold", KindDirect, callLayout)
	// Unhold asks whether a client may take a call up again.
	Unhold Hook[Call] = known("unhold", KindDirect, callLayout)
	// Transfer asks whether a client may transfer a call.
	Transfer Hook[Call] = known("transfer", KindDirect, callLayout)
	// Hangup tells that a client hangs up.
	Hangup Hook[Call] = known("hangup", KindDirect, callLayout)
	// SendDTMF ("sendDtmf") asks whether a client may send a tone.
	SendDTMF Hook[DTMF] = known("sendDtmf", KindDirect, dtmfLayout)
	// CallStatusEvent reports the status of a call.
	CallStatusEvent Hook[Call] = known("CallStatusEvent", KindEvent, callLayout)
	// TransferStatusEvent reports the status of a transfer.
	TransferStatusEvent Hook[Call] = known("TransferStatusEvent", KindEvent, callLayout)
	// OnCallEvent asks whether a call may reach a client.
	OnCallEvent Hook[Call] = known("OnCallEvent", KindIncoming, callLayout)
	// OnTransferEvent asks whether a transfer may reach a client.
	OnTransferEvent Hook[Call] = known("OnTransferEvent", KindIncoming, callLayout)

	// SendMessage asks whether a client may send a SIP message.
	SendMessage Hook[Message] = known("sendMessage", KindDirect, messageLayout)
	// SendIMDN asks whether a client may confirm a SIP message.
	SendIMDN Hook[Message] = known("sendIMDN", KindDirect, messageLayout)
	// MessageStatusEvent reports the status of a SIP message.
	MessageStatusEvent Hook[Message] = known("MessageStatusEvent", KindEvent, messageLayout)
	// OnMessageEvent asks whether a SIP message may reach a client.
	OnMessageEvent Hook[Message] = known("OnMessageEvent", KindIncoming, messageLayout)
	// Subscribe asks whether a client may make a SIP subscription.
	Subscribe Hook[Subscription] = known("subscribe", KindDirect, subscriptionLayout)
	// SubscriptionStatusEvent reports the status of a SIP subscription.
	SubscriptionStatusEvent Hook[Subscription] = known("SubscriptionStatusEvent", KindEvent, subscriptionLayout)
	// SendXCAPRequest ("sendXcapRequest") asks whether a client may fetch an
	// XCAP document.
	SendXCAPRequest Hook[XCAP] = known("sendXcapRequest", KindDirect, xcapLayout)
	// XCAPStatusEvent ("XcapStatusEvent") reports its result.
	XCAPStatusEvent Hook[XCAP] = known("XcapStatusEvent", KindEvent, xcapLayout)

	// PublishStream asks whether a client may publish, and under which name.
	PublishStream Hook[Stream] = known("publishStream", KindDirect, streamLayout)
	// UnPublishStream tells that a client stops publishing.
	UnPublishStream Hook[Stream] = known("unPublishStream", KindDirect, streamLayout)
	// PlayStream asks whether a client may play, and what.
	PlayStream Hook[Stream] = known("playStream", KindDirect, streamLayout)
	// PauseStream asks whether a client may pause.
	PauseStream Hook[Stream] = known("pauseStream", KindDirect, streamLayout)
	// StopStream tells that a client stops playing.
	StopStream Hook[Stream] = known("stopStream", KindDirect, streamLayout)
	// Snapshot asks whether a client may take a picture of a stream.
	Snapshot Hook[Stream] = known("snapshot", KindDirect, streamLayout)
	// AvailableStream asks whether a client may look for a stream.
	AvailableStream Hook[Stream] = known("availableStream", KindDirect, streamLayout)
	// StreamStatusEvent reports the status of a stream.
	StreamStatusEvent Hook[Stream] = known("StreamStatusEvent", KindEvent, streamLayout)
	// StreamKeepAliveEvent tells that a stream lives. Under restOnError=FAIL a
	// refusal ends it (docs/protocol.md, 4.6).
	StreamKeepAliveEvent Hook[Stream] = known("StreamKeepAliveEvent", KindEvent, streamLayout)
	// StreamsStatEvent carries statistics.
	StreamsStatEvent Hook[Report] = known("StreamsStatEvent", KindEvent, reportLayout)
	// StreamTranscodingGroupEvent reports on a transcoding group.
	StreamTranscodingGroupEvent Hook[Report] = known("StreamTranscodingGroupEvent", KindEvent, reportLayout)
	// RecordingStatusEvent reports on a recording.
	RecordingStatusEvent Hook[Recording] = known("RecordingStatusEvent", KindEvent, recordingLayout)
	// SendStreamEvent asks whether a publisher may tell its subscribers
	// something.
	SendStreamEvent Hook[StreamSignal] = known("sendStreamEvent", KindDirect, streamSignalLayout)
	// StreamEvent reports it, once for each subscriber.
	StreamEvent Hook[StreamSignal] = known("StreamEvent", KindEvent, streamSignalLayout)

	// PlayHLS asks whether a player may play over HLS. It has no session: send
	// it to the [Client]. Any failure refuses (docs/protocol.md, 4.2).
	PlayHLS Hook[Playback] = known("playHLS", KindDirect, playbackLayout)
	// PlayRTSP asks whether a player may play over RTSP. It has no session:
	// send it to the [Client]. Any failure refuses (docs/protocol.md, 4.2).
	PlayRTSP Hook[Playback] = known("playRTSP", KindDirect, playbackLayout)

	// OnDataEvent asks whether what a client sent is accepted; an error means
	// that the client gets FAILED (docs/protocol.md, 4.5).
	OnDataEvent Hook[Data] = known("OnDataEvent", KindDirect, dataLayout)
	// DataStatusEvent reports the result of sending data.
	DataStatusEvent Hook[Data] = known("DataStatusEvent", KindEvent, dataLayout)

	// SubmitBugReport asks whether a client may report a fault.
	SubmitBugReport Hook[BugReport] = known("submitBugReport", KindDirect, bugReportLayout)
	// BugReportStatusEvent reports its result.
	BugReportStatusEvent Hook[BugReport] = known("BugReportStatusEvent", KindEvent, bugReportLayout)
	// PushLogs asks whether a client may send its logs.
	PushLogs Hook[Report] = known("pushLogs", KindDirect, reportLayout)
	// SessionDebug asks whether a client may start or stop debug logs.
	SessionDebug Hook[DebugSession] = known("sessionDebug", KindDirect, debugSessionLayout)
	// SessionDebugStatusEvent reports its result.
	SessionDebugStatusEvent Hook[DebugSession] = known("SessionDebugStatusEvent", KindEvent, debugSessionLayout)
	// ErrorStatusEvent reports an error that belongs to no other event.
	ErrorStatusEvent Hook[ErrorReport] = known("ErrorStatusEvent", KindEvent, errorReportLayout)
)

// known takes the layout as an argument, and not from its type, so that Go
// makes the layouts before the hooks.
func known[P any](name string, kind Kind, l *layout.Layout[P]) Hook[P] {
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
