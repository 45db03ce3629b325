package peer

import (
	"encoding/json"
	"fmt"

	"github.com/wcskit/resthook"
)

const method = "StreamStatusEvent"

// Stream is the payload for encoding/json: the fields of a [resthook.Stream]
// that are set in [payload].
type Stream struct {
	NodeID         string      `json:"nodeId"`
	AppKey         string      `json:"appKey"`
	SessionID      string      `json:"sessionId"`
	MediaSessionID string      `json:"mediaSessionId"`
	Name           string      `json:"name"`
	Published      bool        `json:"published"`
	HasVideo       bool        `json:"hasVideo"`
	HasAudio       bool        `json:"hasAudio"`
	Status         string      `json:"status"`
	Record         bool        `json:"record"`
	Width          int         `json:"width"`
	Height         int         `json:"height"`
	Bitrate        int         `json:"bitrate"`
	MinBitrate     int         `json:"minBitrate"`
	MaxBitrate     int         `json:"maxBitrate"`
	MediaProvider  string      `json:"mediaProvider"`
	MediaType      string      `json:"mediaType"`
	AudioCodec     string      `json:"audioCodec"`
	VideoCodec     string      `json:"videoCodec"`
	GOP            int         `json:"gop"`
	FPS            int         `json:"fps"`
	AudioBitrate   int         `json:"audioBitrate"`
	AudioState     *MediaState `json:"audioState"`
	VideoState     *MediaState `json:"videoState"`
	Transport      string      `json:"transport"`
	CreateDate     int64       `json:"createDate"`
}

// MediaState is the state of a stream's audio or video.
type MediaState struct {
	Muted bool `json:"muted"`
}

// payload is a StreamStatusEvent of some 600 bytes, of the session of a worker.
func payload(worker int) *resthook.Stream {
	return &resthook.Stream{
		NodeID: "Qm3vTz8kWn5rYb2xJc7dLf4gHs9pAe6u@127.0.0.1", AppKey: "defaultApp", SessionID: sessionID(worker),
		MediaSessionID: "5d0c2b70-7e54-4b8a-93f5-0f6f7c1d2e3a", Name: "conference-42/camera-7",
		Published: true, HasVideo: true, HasAudio: true, Status: resthook.StreamPublishing,
		AudioCodec: "opus", VideoCodec: "H264", Width: 1280, Height: 720, Bitrate: 2500, MinBitrate: 500,
		MaxBitrate: 4000, FPS: 30, GOP: 60, AudioBitrate: 48, Transport: "UDP", CreateDate: 1795456800123,
		MediaType: "publish", MediaProvider: "WebRTC", AudioState: &resthook.MediaState{}, VideoState: &resthook.MediaState{},
	}
}

func sessionID(worker int) string {
	return fmt.Sprintf("/10.20.30.40:64573/10.20.30.1:8443-0b6ae1f0-6c1f-4f0e-9d2e-1d5b7f%06d", worker)
}

// plain is the same payload for encoding/json.
func plain(worker int) (*Stream, error) {
	text, err := json.Marshal(payload(worker))
	if err != nil {
		return nil, err
	}
	s := new(Stream)
	return s, json.Unmarshal(text, s)
}

// plainWorkers is what the contestants with encoding/json have for each worker: the
// payload, and what the last answer said.
type plainWorkers struct {
	sent  []*Stream
	taken []*Stream
}

func newPlainWorkers(workers int) (plainWorkers, error) {
	p := plainWorkers{sent: make([]*Stream, workers), taken: make([]*Stream, workers)}
	for i := range p.sent {
		var err error
		if p.sent[i], err = plain(i); err != nil {
			return p, err
		}
	}
	return p, nil
}
