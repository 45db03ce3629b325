package resthook

// The texts of a stream's info (docs/protocol.md, 2.3). A server may say
// something else.
const (
	InfoFailedByICEError                         = "Failed by ICE error"
	InfoFailedByICETimeout                       = "Failed by ICE timeout"
	InfoFailedByICEKeepAlive                     = "Failed by ICE keep alive"
	InfoFailedByDTLSFingerprintError             = "Failed by DTLS fingerprint error"
	InfoFailedByDTLSError                        = "Failed by DTLS error"
	InfoFailedByHLSWriterError                   = "Failed by HLS writer error"
	InfoFailedByRTMPWriterError                  = "Failed by RTMP writer error"
	InfoFailedByRTPActivity                      = "Failed by RTP activity"
	InfoStoppedBySessionDisconnect               = "Stopped by session disconnect"
	InfoStoppedByRESTTerminate                   = "Stopped by rest /terminate"
	InfoStoppedByPublisherStop                   = "Stopped by publisher stop"
	InfoStoppedByUser                            = "Stopped by user"
	InfoFailedByError                            = "Failed by error"
	InfoFailedToAddStreamToProxy                 = "Failed to add stream to proxy"
	InfoDistributorStopped                       = "Distributor stopped"
	InfoPublishStreamIsNotReady                  = "Publish stream is not ready"
	InfoStreamNotFound                           = "Stream not found"
	InfoStreamNameIsAlreadyInUse                 = "Stream name is already in use"
	InfoMediaSessionIDIsNull                     = "MediaSessionId is null"
	InfoMediaSessionIDIsAlreadyInUse             = "MediaSessionId is already in use"
	InfoSessionNotReady                          = "Session not ready"
	InfoSessionDoesNotExist                      = "Session does not exist"
	InfoRTSPHasWrongFormat                       = "Rtsp has wrong format"
	InfoFileHasWrongFormat                       = "File has wrong format"
	InfoFailedToConnectToRTSPStream              = "Failed to connect to rtsp stream"
	InfoRTSPStreamNotFound                       = "Rtsp stream not found"
	InfoRTSPAgentShutdown                        = "RtspAgent shutdown"
	InfoStreamFailed                             = "Stream failed"
	InfoNoCommonCodecs                           = "No common codecs"
	InfoBadURI                                   = "Bad URI"
	InfoGotExceptionWhileStreamingFile           = "Got exception while streaming file"
	InfoRequestedStreamShutdown                  = "Requested stream shutdown"
	InfoFailedToReadFile                         = "Failed to read file"
	InfoFileNotFound                             = "File not found"
	InfoFailedToConnectToOriginStream            = "Failed to connect to origin stream"
	InfoCDNStreamNotFound                        = "CDN stream not found"
	InfoFailedToGetAgentStorage                  = "Failed to get agent storage"
	InfoAgentServicingOriginStreamIsShuttingDown = "Agent servicing origin stream is shutting down"
	InfoTerminatedByKeepAlive                    = "Terminated by keep-alive"
	InfoTranscodingRequiredButDisabled           = "Transcoding required, but disabled"
	InfoRestrictedAccess                         = "Restricted access"
	InfoNoAvailableTranscoders                   = "No available transcoders"
)

// The texts of a call's info; beside them stand those of a stream that name ICE,
// DTLS, RTP, RTMP, codecs and transcoding (docs/protocol.md, 2.3).
const (
	InfoNormalCallClearing      = "Normal call clearing"
	InfoFailedBySessionCreation = "Failed by session creation"
	InfoFailedByRequestTimeout  = "Failed by request timeout"
)
