package main

import (
	"net"
	"strconv"
	"testing"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/conn"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// silent publishes a stream and sends nothing.
func (r *rig) silent(name string) {
	r.t.Helper()
	transport := gortsplib.TransportTCP
	publisher := &gortsplib.Client{Transport: &transport}
	require.NoError(r.t, publisher.StartRecording(r.url(name), &description.Session{Medias: []*description.Media{{
		Type: description.MediaTypeVideo, Formats: []format.Format{&format.H264{PayloadTyp: 96, PacketizationMode: 1}},
	}}}))
	r.t.Cleanup(publisher.Close)
}

// A publisher that stays and sends nothing is given up.
func TestPublisherSilent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.silent("live/cam")
	r.wait(1, "ConnectionStatusEvent")
	assert.Equal(t, [][]string{published("live/cam", "FAILED "+resthook.InfoFailedByRTPActivity)}, r.heard("publishStream"))
}

// A client that asks in an order of its own gets no more than it was let in to,
// and the backend hears of nothing twice.
func TestTurns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.silent("live/cam")
	r.silent("live/other")

	player := r.talk()
	session := player.setUp("live/cam", base.StatusOK)
	thief := r.talk() // it has learnt the id of another's RTSP session
	thief.ask(base.Play, "live/cam", session, base.StatusMethodNotValidInThisState)
	player.ask(base.Play, "live/cam", session, base.StatusOK)
	player.ask(base.Play, "live/cam", session, base.StatusOK)
	r.wait(3, "StreamStatusEvent")
	player.ask(base.Describe, "live/other", "", base.StatusMethodNotValidInThisState)

	r.wait(1, "ConnectionStatusEvent") // the last was too much
	assert.Equal(t, [][]string{{
		"playRTSP rtsp://server/live/cam", "connect", "playStream live/cam PENDING",
		"StreamStatusEvent live/cam PLAYING", "playRTSP rtsp://server/live/other",
		"StreamStatusEvent live/cam STOPPED " + resthook.InfoStoppedBySessionDisconnect,
		"ConnectionStatusEvent DISCONNECTED",
	}}, r.heard("playStream"))
}

// A connection may play one stream after the other. The backend is not asked
// about one that has ended.
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
		r.wait(2+2*(i+1), "StreamStatusEvent") // events do not hold up what is asked next
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

// talk is an RTSP client that says just what a test has it say.
type talk struct {
	r    *rig
	conn *conn.Conn
	said int
}

func (r *rig) talk() *talk {
	r.t.Helper()
	wire, err := new(net.Dialer).DialContext(r.ctx, "tcp", r.server.addr())
	require.NoError(r.t, err)
	deadline, _ := r.ctx.Deadline()
	require.NoError(r.t, wire.SetDeadline(deadline))
	r.t.Cleanup(func() { _ = wire.Close() })
	return &talk{r: r, conn: conn.NewConn(wire)}
}

// setUp begins without DESCRIBE and returns the id of the RTSP session.
func (c *talk) setUp(name string, want base.StatusCode) (session string) {
	c.r.t.Helper()
	answer := c.ask(base.Setup, name+"/trackID=0", "", want)
	return answer.Header["Session"][0]
}

func (c *talk) ask(method base.Method, name, session string, want base.StatusCode) *base.Response {
	c.r.t.Helper()
	c.said++
	url, err := base.ParseURL(c.r.url(name))
	require.NoError(c.r.t, err)
	header := base.Header{
		"CSeq":      {strconv.Itoa(c.said)},
		"Transport": {"RTP/AVP/TCP;unicast;interleaved=0-1"},
	}
	if session != "" {
		header["Session"] = base.HeaderValue{session}
	}
	require.NoError(c.r.t, c.conn.WriteRequest(&base.Request{Method: method, URL: url, Header: header}))
	for {
		got, err := c.conn.Read()
		require.NoError(c.r.t, err)
		if answer, ok := got.(*base.Response); ok { // not a packet
			require.Equal(c.r.t, want, answer.StatusCode)
			return answer
		}
	}
}
