package resthook

// The statuses that are documented, as named types. Others may come; they are
// kept as they are. (docs/protocol.md, 2.3)

// ConnectionStatus is the state of a connection.
type ConnectionStatus string

// The values of ConnectionStatus.
const (
	ConnectionPending      ConnectionStatus = "PENDING"
	ConnectionEstablished  ConnectionStatus = "ESTABLISHED"
	ConnectionRegistered   ConnectionStatus = "REGISTERED"
	ConnectionDisconnected ConnectionStatus = "DISCONNECTED"
	ConnectionFailed       ConnectionStatus = "FAILED"
)

// RegistrationStatus is the state of a SIP registration.
type RegistrationStatus string

// The values of RegistrationStatus.
const (
	RegistrationRegistered   RegistrationStatus = "REGISTERED"
	RegistrationUnregistered RegistrationStatus = "UNREGISTERED"
	RegistrationFailed       RegistrationStatus = "FAILED"
)

// CallStatus is the state of a call.
type CallStatus string

// The values of CallStatus.
const (
	CallNew             CallStatus = "NEW"
	CallPending         CallStatus = "PENDING"
	CallTrying          CallStatus = "TRYING"
	CallRing            CallStatus = "RING"
	CallRingMedia       CallStatus = "RING_MEDIA"
	CallSessionProgress CallStatus = "SESSION_PROGRESS"
	CallEstablished     CallStatus = "ESTABLISHED"
	CallHold            CallStatus = "HOLD"
	CallBusy            CallStatus = "BUSY"
	CallFinish          CallStatus = "FINISH"
	CallFailed          CallStatus = "FAILED"
)

// StreamStatus is the state of a stream. It ends as UNPUBLISHED, STOPPED or
// FAILED; RESIZE, SNAPSHOT_COMPLETE and NOT_ENOUGH_BANDWIDTH are deprecated.
type StreamStatus string

// The values of StreamStatus.
const (
	StreamNew                StreamStatus = "NEW"
	StreamPending            StreamStatus = "PENDING"
	StreamPublishing         StreamStatus = "PUBLISHING"
	StreamPlaying            StreamStatus = "PLAYING"
	StreamPaused             StreamStatus = "PAUSED"
	StreamUnpublished        StreamStatus = "UNPUBLISHED"
	StreamStopped            StreamStatus = "STOPPED"
	StreamFailed             StreamStatus = "FAILED"
	StreamPlaybackProblem    StreamStatus = "PLAYBACK_PROBLEM"
	StreamResize             StreamStatus = "RESIZE"
	StreamSnapshotComplete   StreamStatus = "SNAPSHOT_COMPLETE"
	StreamNotEnoughBandwidth StreamStatus = "NOT_ENOUGH_BANDWIDTH"
	StreamLocalStreamStopped StreamStatus = "LOCAL_STREAM_STOPPED"
)

// MessageStatus is the state of a SIP message.
type MessageStatus string

// The values of MessageStatus.
const (
	MessageSent                 MessageStatus = "SENT"
	MessageAccepted             MessageStatus = "ACCEPTED"
	MessageFailed               MessageStatus = "FAILED"
	MessageReceived             MessageStatus = "RECEIVED"
	MessageIMDNNotificationSent MessageStatus = "IMDN_NOTIFICATION_SENT"
	MessageIMDNDelivered        MessageStatus = "IMDN_DELIVERED"
	MessageIMDNFailed           MessageStatus = "IMDN_FAILED"
	MessageIMDNForbidden        MessageStatus = "IMDN_FORBIDDEN"
	MessageIMDNError            MessageStatus = "IMDN_ERROR"
)

// DataStatus says whether what a client sent was accepted.
type DataStatus string

// The values of DataStatus.
const (
	DataAccepted DataStatus = "ACCEPTED"
	DataFailed   DataStatus = "FAILED"
)

// SignalType is what a publisher tells its subscribers.
type SignalType string

// The values of SignalType.
const (
	SignalAudioMuted         SignalType = "audioMuted"
	SignalAudioUnmuted       SignalType = "audioUnmuted"
	SignalVideoMuted         SignalType = "videoMuted"
	SignalVideoUnmuted       SignalType = "videoUnmuted"
	SignalData               SignalType = "data"
	SignalSnapshotCompleted  SignalType = "snapshotCompleted"
	SignalSnapshotFailed     SignalType = "snapshotFailed"
	SignalResize             SignalType = "resize"
	SignalNotEnoughBandwidth SignalType = "notEnoughBandwidth"
)

// DTMFType is how a tone travels.
type DTMFType string

// The values of DTMFType.
const (
	DTMFRFC2833   DTMFType = "RFC2833"
	DTMFInfo      DTMFType = "INFO"
	DTMFInfoRelay DTMFType = "INFO_RELAY"
)
