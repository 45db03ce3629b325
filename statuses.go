package resthook

import (
	"net/http"
)

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

// SignalType is the type of a signal from a publisher to its subscribers.
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

// DTMFType is how a tone is sent.
type DTMFType string

// The values of DTMFType.
const (
	DTMFRFC2833   DTMFType = "RFC2833"
	DTMFInfo      DTMFType = "INFO"
	DTMFInfoRelay DTMFType = "INFO_RELAY"
)

// Info says in words why a stream, a call, a connection or another thing is as it is.
// The constants are the texts that are documented (docs/protocol.md, 2.3); a media
// server may say something else, in its own words.
type Info string

// The texts of a stream's info.
const (
	InfoFailedByICEError                         Info = "Failed by ICE error"
	InfoFailedByICETimeout                       Info = "Failed by ICE timeout"
	InfoFailedByICEKeepAlive                     Info = "Failed by ICE keep alive"
	InfoFailedByDTLSFingerprintError             Info = "Failed by DTLS fingerprint error"
	InfoFailedByDTLSError                        Info = "Failed by DTLS error"
	InfoFailedByHLSWriterError                   Info = "Failed by HLS writer error"
	InfoFailedByRTMPWriterError                  Info = "Failed by RTMP writer error"
	InfoFailedByRTPActivity                      Info = "Failed by RTP activity"
	InfoStoppedBySessionDisconnect               Info = "Stopped by session disconnect"
	InfoStoppedByRESTTerminate                   Info = "Stopped by rest /terminate"
	InfoStoppedByPublisherStop                   Info = "Stopped by publisher stop"
	InfoStoppedByUser                            Info = "Stopped by user"
	InfoFailedByError                            Info = "Failed by error"
	InfoFailedToAddStreamToProxy                 Info = "Failed to add stream to proxy"
	InfoDistributorStopped                       Info = "Distributor stopped"
	InfoPublishStreamIsNotReady                  Info = "Publish stream is not ready"
	InfoStreamNotFound                           Info = "Stream not found"
	InfoStreamNameIsAlreadyInUse                 Info = "Stream name is already in use"
	InfoMediaSessionIDIsNull                     Info = "MediaSessionId is null"
	InfoMediaSessionIDIsAlreadyInUse             Info = "MediaSessionId is already in use"
	InfoSessionNotReady                          Info = "Session not ready"
	InfoSessionDoesNotExist                      Info = "Session does not exist"
	InfoRTSPHasWrongFormat                       Info = "Rtsp has wrong format"
	InfoFileHasWrongFormat                       Info = "File has wrong format"
	InfoFailedToConnectToRTSPStream              Info = "Failed to connect to rtsp stream"
	InfoRTSPStreamNotFound                       Info = "Rtsp stream not found"
	InfoRTSPAgentShutdown                        Info = "RtspAgent shutdown"
	InfoStreamFailed                             Info = "Stream failed"
	InfoNoCommonCodecs                           Info = "No common codecs"
	InfoBadURI                                   Info = "Bad URI"
	InfoGotExceptionWhileStreamingFile           Info = "Got exception while streaming file"
	InfoRequestedStreamShutdown                  Info = "Requested stream shutdown"
	InfoFailedToReadFile                         Info = "Failed to read file"
	InfoFileNotFound                             Info = "File not found"
	InfoFailedToConnectToOriginStream            Info = "Failed to connect to origin stream"
	InfoCDNStreamNotFound                        Info = "CDN stream not found"
	InfoFailedToGetAgentStorage                  Info = "Failed to get agent storage"
	InfoAgentServicingOriginStreamIsShuttingDown Info = "Agent servicing origin stream is shutting down"
	InfoTerminatedByKeepAlive                    Info = "Terminated by keep-alive"
	InfoTranscodingRequiredButDisabled           Info = "Transcoding required, but disabled"
	InfoRestrictedAccess                         Info = "Restricted access"
	InfoNoAvailableTranscoders                   Info = "No available transcoders"
)

// The texts of a call's info. Those of a stream that name ICE, DTLS, RTP, RTMP, codecs and
// transcoding are also used.
const (
	InfoNormalCallClearing      Info = "Normal call clearing"
	InfoFailedBySessionCreation Info = "Failed by session creation"
	InfoFailedByRequestTimeout  Info = "Failed by request timeout"
)

// InfoRecovered is the info of a closing event that a [Journal] kept: the media server ended
// without it, and its successor delivers it. It is a text of this library.
const InfoRecovered Info = "The media server ended; closed by its successor"

// hint says what to check after a 4xx that usually comes from a wrong URL or a proxy, not
// from a decision of the backend. It is empty for any other status.
func hint(status int) string {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusMisdirectedRequest:
		return "look at the path and host in the app's URL, and at the proxies before the backend"
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return "look at the limits of the backend and of the proxies before it"
	case http.StatusProxyAuthRequired:
		return "a proxy wants a password: look at the network before the backend"
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusLengthRequired, http.StatusUnsupportedMediaType,
		http.StatusExpectationFailed, http.StatusUpgradeRequired:
		return "look at the log of the backend, and at the proxies before it"
	}
	return ""
}
