package resthook

import (
	"encoding/json"

	"github.com/wcskit/resthook/internal/layout"
)

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

	origin layout.Origin
}

var streamLayout = newLayout("Stream",
	func(p *Stream) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *Stream) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *Stream) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *Stream) *string { return &p.SessionID }),
	layout.Text("mediaSessionId", func(p *Stream) *string { return &p.MediaSessionID }),
	layout.Text("name", func(p *Stream) *string { return &p.Name }),
	layout.Bool("published", func(p *Stream) *bool { return &p.Published }).Always(),
	layout.Bool("hasVideo", func(p *Stream) *bool { return &p.HasVideo }).Always(),
	layout.Bool("hasAudio", func(p *Stream) *bool { return &p.HasAudio }).Always(),
	layout.Text("status", func(p *Stream) *StreamStatus { return &p.Status }),
	layout.Text("info", func(p *Stream) *Info { return &p.Info }),
	layout.Text("sdp", func(p *Stream) *string { return &p.SDP }).Secret(),
	layout.Bool("record", func(p *Stream) *bool { return &p.Record }).Always(),
	layout.Text("recordName", func(p *Stream) *string { return &p.RecordName }),
	layout.Int("width", func(p *Stream) *int { return &p.Width }),
	layout.Int("height", func(p *Stream) *int { return &p.Height }),
	layout.Int("bitrate", func(p *Stream) *int { return &p.Bitrate }),
	layout.Int("minBitrate", func(p *Stream) *int { return &p.MinBitrate }),
	layout.Int("maxBitrate", func(p *Stream) *int { return &p.MaxBitrate }),
	layout.Int("quality", func(p *Stream) *int { return &p.Quality }),
	layout.Text("mediaProvider", func(p *Stream) *string { return &p.MediaProvider }),
	layout.Text("mediaType", func(p *Stream) *string { return &p.MediaType }),
	layout.Text("audioCodec", func(p *Stream) *string { return &p.AudioCodec }),
	layout.Text("videoCodec", func(p *Stream) *string { return &p.VideoCodec }),
	layout.Text("codecImpl", func(p *Stream) *string { return &p.CodecImpl }),
	layout.Int("gop", func(p *Stream) *int { return &p.GOP }),
	layout.Int("fps", func(p *Stream) *int { return &p.FPS }),
	layout.Int("audioBitrate", func(p *Stream) *int { return &p.AudioBitrate }),
	mediaState("audioState", func(p *Stream) **MediaState { return &p.AudioState }),
	mediaState("videoState", func(p *Stream) **MediaState { return &p.VideoState }),
	layout.Text("transport", func(p *Stream) *string { return &p.Transport }),
	layout.Bool("cvoExtension", func(p *Stream) *bool { return &p.CVOExtension }),
	layout.Bool("history", func(p *Stream) *bool { return &p.History }),
	layout.Int("createDate", func(p *Stream) *UnixMilli { return &p.CreateDate }).Wants("a whole number of milliseconds"),
	layout.Text("rtmpUrl", func(p *Stream) *string { return &p.RTMPURL }).Secret(),
	object("constraints", func(p *Stream) *map[string]any { return &p.Constraints }),
	object("custom", func(p *Stream) *map[string]any { return &p.Custom }),
)

// MediaState is the state of a stream's audio or video.
type MediaState struct {
	Muted bool

	// Unknown holds the fields that this type does not name, as JSON. They are
	// kept on both ways.
	Unknown map[string]json.RawMessage

	origin layout.Origin
}

var mediaStateLayout = newLayout("MediaState",
	func(p *MediaState) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Bool("muted", func(p *MediaState) *bool { return &p.Muted }).Always(),
)

func mediaState[P any](name string, at func(*P) **MediaState) layout.Field[P] {
	return layout.Struct(name, mediaStateLayout, at).Wants("an object with a boolean")
}

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

	origin layout.Origin
}

var playbackLayout = newLayout("Playback",
	func(p *Playback) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *Playback) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *Playback) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *Playback) *string { return &p.SessionID }),
	layout.Text("mediaSessionId", func(p *Playback) *string { return &p.MediaSessionID }),
	layout.Text("name", func(p *Playback) *string { return &p.Name }),
	layout.Text("mediaProvider", func(p *Playback) *string { return &p.MediaProvider }),
	layout.Text("userAgent", func(p *Playback) *string { return &p.UserAgent }),
	layout.Text("token", func(p *Playback) *string { return &p.Token }).Secret(),
	layout.Text("rtspUrl", func(p *Playback) *string { return &p.RTSPURL }),
	layout.Text("User-Agent", func(p *Playback) *string { return &p.OldUserAgent }),
	layout.Bool("published", func(p *Playback) *bool { return &p.Published }),
	layout.Bool("hasVideo", func(p *Playback) *bool { return &p.HasVideo }),
	layout.Bool("hasAudio", func(p *Playback) *bool { return &p.HasAudio }),
	layout.Text("status", func(p *Playback) *StreamStatus { return &p.Status }),
	layout.Bool("record", func(p *Playback) *bool { return &p.Record }),
	layout.Int("width", func(p *Playback) *int { return &p.Width }),
	layout.Int("height", func(p *Playback) *int { return &p.Height }),
	layout.Int("bitrate", func(p *Playback) *int { return &p.Bitrate }),
	layout.Int("minBitrate", func(p *Playback) *int { return &p.MinBitrate }),
	layout.Int("maxBitrate", func(p *Playback) *int { return &p.MaxBitrate }),
	layout.Int("quality", func(p *Playback) *int { return &p.Quality }),
	object("custom", func(p *Playback) *map[string]any { return &p.Custom }),
)

// StreamSignal is a signal that a publisher sends to its subscribers: the payload
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

	origin layout.Origin
}

var streamSignalLayout = newLayout("StreamSignal",
	func(p *StreamSignal) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *StreamSignal) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *StreamSignal) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *StreamSignal) *string { return &p.SessionID }),
	layout.Text("mediaSessionId", func(p *StreamSignal) *string { return &p.MediaSessionID }),
	layout.Text("type", func(p *StreamSignal) *SignalType { return &p.Type }),
	object("payload", func(p *StreamSignal) *map[string]any { return &p.Payload }),
	layout.Text("origin", func(p *StreamSignal) *string { return &p.Origin }),
	object("custom", func(p *StreamSignal) *map[string]any { return &p.Custom }),
)

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

	origin layout.Origin
}

var recordingLayout = newLayout("Recording",
	func(p *Recording) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
	layout.Text("nodeId", func(p *Recording) *string { return &p.NodeID }),
	layout.Text("appKey", func(p *Recording) *string { return &p.AppKey }),
	layout.Text("sessionId", func(p *Recording) *string { return &p.SessionID }),
	layout.Text("mediaSessionId", func(p *Recording) *string { return &p.MediaSessionID }),
	layout.Text("name", func(p *Recording) *string { return &p.Name }),
	layout.Text("status", func(p *Recording) *string { return &p.Status }),
	layout.Text("info", func(p *Recording) *Info { return &p.Info }),
	object("report", func(p *Recording) *map[string]any { return &p.Report }),
	object("custom", func(p *Recording) *map[string]any { return &p.Custom }),
)
