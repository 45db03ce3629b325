package catalogue

func streamFields() []Field {
	return []Field{
		{"mediaSessionId", "string", "the stream's own id"},
		{"name", "string", "name of the stream; an answer can give another"},
		{"published", "boolean", "true of the publisher's side, false of a subscriber's"},
		{"hasVideo", "boolean", "the stream has video"},
		{"hasAudio", "boolean", "the stream has audio"},
		{"status", "string", "NEW, PENDING, PUBLISHING, PLAYING, PAUSED, UNPUBLISHED, STOPPED, FAILED or PLAYBACK_PROBLEM"},
		{"info", "string", "why the status is what it is, in words; empty where there is nothing to say"},
		{"sdp", "string", "session description, some 3 kB; often in restExclude"},
		{"record", "boolean", "the stream is recorded"},
		{"recordName", "string", "file of the recording, once it is complete"},
		{"width", "integer", "width of the video, in pixels; 0: as it comes"},
		{"height", "integer", "height of the video, in pixels; 0: as it comes"},
		{"bitrate", "integer", "bit rate of the video, in kbit/s; 0: automatic"},
		{"minBitrate", "integer", "least bit rate of the video, in kbit/s; 0: none"},
		{"maxBitrate", "integer", "greatest bit rate of the video, in kbit/s; 0: none"},
		{"quality", "integer", "quality of the video, 1 to 100; 0: automatic"},
		{"mediaProvider", "string", "how the media travel: WebRTC, Flash, HLS, RTSP and others"},
		{"mediaType", "string", "publish or play"},
		{"audioCodec", "string", "codec of the audio, such as opus"},
		{"videoCodec", "string", "codec of the video, such as H264"},
		{"codecImpl", "string", "implementation of the codec where the video is transcoded"},
		{"gop", "integer", "distance of key frames, in frames"},
		{"fps", "integer", "frame rate, in frames per second"},
		{"audioBitrate", "integer", "bit rate of the audio, in kbit/s"},
		{"audioState", "object", "muted: whether the audio is"},
		{"videoState", "object", "muted: whether the video is"},
		{"transport", "string", "transport of the media: UDP or TCP"},
		{"cvoExtension", "boolean", "the orientation of the video is sent along"},
		{"history", "boolean", "the stream is one that has ended, of the media server's history"},
		{"createDate", "integer", "when the stream was made, in milliseconds since 1970"},
		{"rtmpUrl", "string", "RTMP URL that the stream is sent on to"},
		{"constraints", "object", "what the browser was asked for"},
	}
}

func playbackFields() []Field {
	return []Field{
		{"mediaSessionId", "string", "the stream's own id"},
		{"name", "string", "name of the stream, or its RTSP URL"},
		{"mediaProvider", "string", "HLS or RTSP"},
		{"userAgent", "string", "playRTSP: the player, as it tells itself"},
		{"token", "string", "old form of playHLS: the token; the new form has custom.token"},
		{"rtspUrl", "string", "old form of playRTSP: the URL; the new form has name"},
		{"User-Agent", "string", "old form of playRTSP: the player; the new form has userAgent"},
		{"published", "boolean", "old form: false"},
		{"hasVideo", "boolean", "old form: the stream has video"},
		{"hasAudio", "boolean", "old form: the stream has audio"},
		{"status", "string", "old form: status of the stream, NEW"},
		{"record", "boolean", "old form: the stream is recorded"},
		{"width", "integer", "old form: width of the video, in pixels"},
		{"height", "integer", "old form: height of the video, in pixels"},
		{"bitrate", "integer", "old form: bit rate of the video, in kbit/s"},
		{"minBitrate", "integer", "old form: least bit rate of the video, in kbit/s"},
		{"maxBitrate", "integer", "old form: greatest bit rate of the video, in kbit/s"},
		{"quality", "integer", "old form: quality of the video"},
	}
}

func streamSignalFields() []Field {
	return []Field{
		{"mediaSessionId", "string", "the stream's own id"},
		{"type", "string", "audioMuted, audioUnmuted, videoMuted, videoUnmuted, data, snapshotCompleted, snapshotFailed, resize or notEnoughBandwidth"},
		{"payload", "object", "with the type data: what the publisher tells"},
		{"origin", "string", "scheme, host and port of the publisher's page"},
	}
}

func recordingFields() []Field {
	return []Field{
		{"mediaSessionId", "string", "the stream's own id"},
		{"name", "string", "name of the stream"},
		{"status", "string", "state of the recording"},
		{"info", "string", "why the status is what it is, in words; empty where there is nothing to say"},
		{"report", "object", "what was written: mixedFilename and others"},
	}
}
