package main

import (
	"testing"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// silent publishes a stream that sends no media.
func (r *rig) silent(name string) {
	r.t.Helper()
	silent(r.t, r.url(name))
}

func silent(t *testing.T, url string) {
	t.Helper()
	transport := gortsplib.TransportTCP
	publisher := &gortsplib.Client{Transport: &transport}
	require.NoError(t, publisher.StartRecording(url, &description.Session{Medias: []*description.Media{{
		Type: description.MediaTypeVideo, Formats: []format.Format{&format.H264{PayloadTyp: 96, PacketizationMode: 1}},
	}}}))
	t.Cleanup(publisher.Close)
}

// A publisher that sends nothing is disconnected after a while.
func TestPublisherSilent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.silent("live/cam")
	r.wait(1, "ConnectionStatusEvent")
	assert.Equal(t, [][]string{published("live/cam", "FAILED "+string(resthook.InfoFailedByRTPActivity))}, r.heard("publishStream"))
}

// A client that sends requests in an unusual order gets only what it was allowed, and
// the backend gets no hook twice.
func TestTurns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.silent("live/cam")
	r.silent("live/other")

	player := r.talk()
	session := player.setUp("live/cam", base.StatusOK)
	thief := r.talk() // it knows the id of another client's RTSP session
	thief.ask(base.Play, "live/cam", session, base.StatusMethodNotValidInThisState)
	player.ask(base.Play, "live/cam", session, base.StatusOK)
	player.ask(base.Play, "live/cam", session, base.StatusOK)
	r.wait(3, "StreamStatusEvent")
	player.ask(base.Describe, "live/other", "", base.StatusMethodNotValidInThisState)

	r.wait(1, "ConnectionStatusEvent") // the last request ended the connection
	assert.Equal(t, [][]string{{
		"playRTSP rtsp://server/live/cam", "connect", "playStream live/cam PENDING",
		"StreamStatusEvent live/cam PLAYING",
		"StreamStatusEvent live/cam STOPPED " + string(resthook.InfoStoppedBySessionDisconnect),
		"ConnectionStatusEvent DISCONNECTED",
	}}, r.heard("playStream"))
}

// A connection may play one stream after another. There are no keep-alives about a
// stream that has ended.
func TestOneAfterTheOther(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepAlives)
	r.silent("live/cam")
	r.silent("live/other")
	player := r.talk()
	for i, name := range []string{"live/cam", "live/other"} {
		session := player.setUp(name, base.StatusOK)
		player.ask(base.Play, name, session, base.StatusOK)
		player.ask(base.Teardown, name, session, base.StatusOK)
		r.wait(2+2*(i+1), "StreamStatusEvent") // events do not delay the next request
	}
	r.waitMore(20, "StreamKeepAliveEvent") // about the publishers' streams
	assert.Equal(t, [][]string{{
		"playRTSP rtsp://server/live/cam", "connect", "playStream live/cam PENDING",
		"StreamStatusEvent live/cam PLAYING", "StreamStatusEvent live/cam STOPPED Stopped by user",
		"playRTSP rtsp://server/live/other", "playStream live/other PENDING",
		"StreamStatusEvent live/other PLAYING", "StreamStatusEvent live/other STOPPED Stopped by user",
	}}, r.heard("playStream"))
	requests := r.backend.Load().Requests("StreamKeepAliveEvent")
	for _, request := range requests[len(requests)-10:] {
		assert.True(t, read(t, request).Published)
	}
}
