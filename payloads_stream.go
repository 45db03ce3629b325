package resthook

import "encoding/json"

// Stream is a stream that is published or played: the payload of publishStream,
// playStream, StreamStatusEvent and their like (docs/protocol.md, 2.3). Made in
// Go, it sends Published, HasVideo, HasAudio and Record as false too.
type Stream struct {
	NodeID         string // the media server's id, 32 characters @ its address
	AppKey         string // picks the app; empty means defaultApp
	SessionID      string // the connection's id; opaque
	MediaSessionID string // the stream's own id
	Name           string // the stream's name; a backend may change it
	Published      bool   // true for the publisher, false for a subscriber
	HasVideo       bool
	HasAudio       bool
	Status         StreamStatus
	Info           Info   // why the status is what it is: one of the Info constants, or another text
	SDP            string // some 3 kB; often in restExclude
	Record         bool   // the stream is recorded
	RecordName     string // the recording's file, once it is complete
	Width          int    // pixels
	Height         int    // pixels
	Bitrate        int    // kbit/s, 0 for automatic
	MinBitrate     int    // kbit/s
	MaxBitrate     int    // kbit/s
	Quality        int    // 0 for automatic
	MediaProvider  string // "WebRTC", "Flash", "HLS", "RTSP"
	MediaType      string // "publish" or "play"
	AudioCodec     string
	VideoCodec     string
	CodecImpl      string
	GOP            int // frames
	FPS            int // frames per second
	AudioBitrate   int // kbit/s
	AudioState     *MediaState
	VideoState     *MediaState
	Transport      string // "UDP" or "TCP"
	CVOExtension   bool   // the orientation of the video is sent
	History        bool
	CreateDate     UnixMilli      // when the stream was made, in milliseconds since 1970
	RTMPURL        string         // where the stream is sent on to
	Constraints    map[string]any // as the browser was asked
	Custom         map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var streamLayout = newLayout("Stream",
	func(p *Stream) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[Stream]{
		{name: "nodeId", at: func(p *Stream) any { return &p.NodeID }},
		{name: "appKey", at: func(p *Stream) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *Stream) any { return &p.SessionID }},
		{name: "mediaSessionId", at: func(p *Stream) any { return &p.MediaSessionID }},
		{name: "name", at: func(p *Stream) any { return &p.Name }},
		{name: "published", at: func(p *Stream) any { return &p.Published }, always: true},
		{name: "hasVideo", at: func(p *Stream) any { return &p.HasVideo }, always: true},
		{name: "hasAudio", at: func(p *Stream) any { return &p.HasAudio }, always: true},
		{name: "status", at: func(p *Stream) any { return (*string)(&p.Status) }},
		{name: "info", at: func(p *Stream) any { return (*string)(&p.Info) }},
		{name: "sdp", at: func(p *Stream) any { return &p.SDP }, secret: true},
		{name: "record", at: func(p *Stream) any { return &p.Record }, always: true},
		{name: "recordName", at: func(p *Stream) any { return &p.RecordName }},
		{name: "width", at: func(p *Stream) any { return &p.Width }},
		{name: "height", at: func(p *Stream) any { return &p.Height }},
		{name: "bitrate", at: func(p *Stream) any { return &p.Bitrate }},
		{name: "minBitrate", at: func(p *Stream) any { return &p.MinBitrate }},
		{name: "maxBitrate", at: func(p *Stream) any { return &p.MaxBitrate }},
		{name: "quality", at: func(p *Stream) any { return &p.Quality }},
		{name: "mediaProvider", at: func(p *Stream) any { return &p.MediaProvider }},
		{name: "mediaType", at: func(p *Stream) any { return &p.MediaType }},
		{name: "audioCodec", at: func(p *Stream) any { return &p.AudioCodec }},
		{name: "videoCodec", at: func(p *Stream) any { return &p.VideoCodec }},
		{name: "codecImpl", at: func(p *Stream) any { return &p.CodecImpl }},
		{name: "gop", at: func(p *Stream) any { return &p.GOP }},
		{name: "fps", at: func(p *Stream) any { return &p.FPS }},
		{name: "audioBitrate", at: func(p *Stream) any { return &p.AudioBitrate }},
		{name: "audioState", at: func(p *Stream) any { return &p.AudioState }},
		{name: "videoState", at: func(p *Stream) any { return &p.VideoState }},
		{name: "transport", at: func(p *Stream) any { return &p.Transport }},
		{name: "cvoExtension", at: func(p *Stream) any { return &p.CVOExtension }},
		{name: "history", at: func(p *Stream) any { return &p.History }},
		{name: "createDate", at: func(p *Stream) any { return &p.CreateDate }},
		{name: "rtmpUrl", at: func(p *Stream) any { return &p.RTMPURL }, secret: true},
		{name: "constraints", at: func(p *Stream) any { return &p.Constraints }},
		{name: "custom", at: func(p *Stream) any { return &p.Custom }},
	})

// MediaState is the state of a stream's audio or video.
type MediaState struct {
	Muted bool

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var mediaStateLayout = newLayout("MediaState",
	func(p *MediaState) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[MediaState]{
		{name: "muted", at: func(p *MediaState) any { return &p.Muted }, always: true},
	})

// Playback is a player without a session: the payload of playHLS and playRTSP in
// its new form, with the fields of the old form beside it (docs/protocol.md,
// 4.2).
type Playback struct {
	NodeID         string         // the media server's id, 32 characters @ its address
	AppKey         string         // picks the app; empty means defaultApp
	SessionID      string         // the connection's id; opaque
	MediaSessionID string         // the stream's own id
	Name           string         // the stream, or its RTSP URL
	MediaProvider  string         // "HLS" or "RTSP"
	UserAgent      string         // the RTSP player
	Token          string         // old form of playHLS; the new form has custom.token
	RTSPURL        string         // old form of playRTSP; the new form has name
	OldUserAgent   string         // old form of playRTSP; the new form has userAgent
	Published      bool           // old form, false
	HasVideo       bool           // old form
	HasAudio       bool           // old form
	Status         StreamStatus   // old form
	Record         bool           // old form
	Width          int            // old form
	Height         int            // old form
	Bitrate        int            // old form
	MinBitrate     int            // old form
	MaxBitrate     int            // old form
	Quality        int            // old form
	Custom         map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var playbackLayout = newLayout("Playback",
	func(p *Playback) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[Playback]{
		{name: "nodeId", at: func(p *Playback) any { return &p.NodeID }},
		{name: "appKey", at: func(p *Playback) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *Playback) any { return &p.SessionID }},
		{name: "mediaSessionId", at: func(p *Playback) any { return &p.MediaSessionID }},
		{name: "name", at: func(p *Playback) any { return &p.Name }},
		{name: "mediaProvider", at: func(p *Playback) any { return &p.MediaProvider }},
		{name: "userAgent", at: func(p *Playback) any { return &p.UserAgent }},
		{name: "token", at: func(p *Playback) any { return &p.Token }, secret: true},
		{name: "rtspUrl", at: func(p *Playback) any { return &p.RTSPURL }},
		{name: "User-Agent", at: func(p *Playback) any { return &p.OldUserAgent }},
		{name: "published", at: func(p *Playback) any { return &p.Published }},
		{name: "hasVideo", at: func(p *Playback) any { return &p.HasVideo }},
		{name: "hasAudio", at: func(p *Playback) any { return &p.HasAudio }},
		{name: "status", at: func(p *Playback) any { return (*string)(&p.Status) }},
		{name: "record", at: func(p *Playback) any { return &p.Record }},
		{name: "width", at: func(p *Playback) any { return &p.Width }},
		{name: "height", at: func(p *Playback) any { return &p.Height }},
		{name: "bitrate", at: func(p *Playback) any { return &p.Bitrate }},
		{name: "minBitrate", at: func(p *Playback) any { return &p.MinBitrate }},
		{name: "maxBitrate", at: func(p *Playback) any { return &p.MaxBitrate }},
		{name: "quality", at: func(p *Playback) any { return &p.Quality }},
		{name: "custom", at: func(p *Playback) any { return &p.Custom }},
	})

// StreamSignal is something that a publisher tells its subscribers: the payload
// of sendStreamEvent and StreamEvent (docs/protocol.md, 2.3).
type StreamSignal struct {
	NodeID         string // the media server's id, 32 characters @ its address
	AppKey         string // picks the app; empty means defaultApp
	SessionID      string // the connection's id; opaque
	MediaSessionID string // the stream's own id
	Type           SignalType
	Payload        map[string]any // with the type data; numbers are json.Number when read
	Origin         string         // origin of the client's page
	Custom         map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var streamSignalLayout = newLayout("StreamSignal",
	func(p *StreamSignal) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[StreamSignal]{
		{name: "nodeId", at: func(p *StreamSignal) any { return &p.NodeID }},
		{name: "appKey", at: func(p *StreamSignal) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *StreamSignal) any { return &p.SessionID }},
		{name: "mediaSessionId", at: func(p *StreamSignal) any { return &p.MediaSessionID }},
		{name: "type", at: func(p *StreamSignal) any { return (*string)(&p.Type) }},
		{name: "payload", at: func(p *StreamSignal) any { return &p.Payload }},
		{name: "origin", at: func(p *StreamSignal) any { return &p.Origin }},
		{name: "custom", at: func(p *StreamSignal) any { return &p.Custom }},
	})

// Recording is a finished recording: the payload of RecordingStatusEvent.
type Recording struct {
	NodeID         string // the media server's id, 32 characters @ its address
	AppKey         string // picks the app; empty means defaultApp
	SessionID      string // the connection's id; opaque
	MediaSessionID string // the stream's own id
	Name           string // the stream's name
	Status         string
	Info           Info           // why the status is what it is
	Report         map[string]any // what was written: "mixedFilename" and others
	Custom         map[string]any // what the client gave, such as a token; numbers are json.Number when read

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin origin
}

var recordingLayout = newLayout("Recording",
	func(p *Recording) (*map[string]json.RawMessage, *origin) { return &p.Unknown, &p.origin },
	[]field[Recording]{
		{name: "nodeId", at: func(p *Recording) any { return &p.NodeID }},
		{name: "appKey", at: func(p *Recording) any { return &p.AppKey }},
		{name: "sessionId", at: func(p *Recording) any { return &p.SessionID }},
		{name: "mediaSessionId", at: func(p *Recording) any { return &p.MediaSessionID }},
		{name: "name", at: func(p *Recording) any { return &p.Name }},
		{name: "status", at: func(p *Recording) any { return &p.Status }},
		{name: "info", at: func(p *Recording) any { return (*string)(&p.Info) }},
		{name: "report", at: func(p *Recording) any { return &p.Report }},
		{name: "custom", at: func(p *Recording) any { return &p.Custom }},
	})
