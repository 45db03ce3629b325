package resthook

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

// The texts of a call's info; beside them stand those of a stream that name ICE,
// DTLS, RTP, RTMP, codecs and
// transcoding.
const (
	InfoNormalCallClearing      Info = "Normal call clearing"
	InfoFailedBySessionCreation Info = "Failed by session creation"
	InfoFailedByRequestTimeout  Info = "Failed by request timeout"
)
