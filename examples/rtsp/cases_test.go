package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// published are the hooks that a backend gets from a publisher. The last status is end,
// such as "UNPUBLISHED Stopped by user".
func published(name, end string) []string {
	return []string{
		"connect",
		"publishStream " + name + " PENDING",
		"StreamStatusEvent " + name + " PUBLISHING",
		"StreamStatusEvent " + name + " " + end,
		"ConnectionStatusEvent DISCONNECTED",
	}
}

// played are the hooks that it gets from a player.
func played(name, end string) []string {
	return []string{
		"playRTSP rtsp://server/" + name,
		"connect",
		"playStream " + name + " PENDING",
		"StreamStatusEvent " + name + " PLAYING",
		"StreamStatusEvent " + name + " " + end,
		"ConnectionStatusEvent DISCONNECTED",
	}
}

func TestAdmitted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	publisher := r.publish("live/cam")

	probe := start(t, "probe", probing(r.ctx, r.url("live/cam")))
	require.Zero(t, probe.exit(), &probe.log)
	assert.Equal(t, "h264,128,72\n", probe.out.String())
	player := r.play("live/cam", 10)
	require.Zero(t, player.exit(), &player.log)
	assert.Equal(t, 10, player.frames())

	require.Zero(t, publisher.quit(t), &publisher.log)
	r.wait(3, "ConnectionStatusEvent")
	assert.Equal(t, [][]string{published("live/cam", "UNPUBLISHED Stopped by user")}, r.heard("publishStream"))
	one := played("live/cam", "STOPPED Stopped by user") // one playRTSP for all RTSP requests of a player
	assert.Equal(t, [][]string{one, one}, r.heard("playStream"))
}

// The payloads contain the user, the stream and the token.
func TestPayloads(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	publisher := start(t, "publisher", publishing(r.ctx, r.url("live/cam")+"&appKey=studio"))
	r.wait(1, "StreamStatusEvent")
	require.Zero(t, publisher.quit(t), &publisher.log)
	r.wait(1, "ConnectionStatusEvent")

	token := map[string]string{"token": "secret"}
	requests := r.backend.Load().Requests()
	connect, publish, begun := read(t, requests[0]), read(t, requests[1]), read(t, requests[2])
	assert.Equal(t, hook{AppKey: "studio", SessionID: connect.SessionID, NodeID: connect.NodeID, Custom: token}, connect)
	assert.Equal(t, hook{
		AppKey: "studio", SessionID: connect.SessionID, NodeID: connect.NodeID, MediaSessionID: publish.MediaSessionID,
		Name: "live/cam", Status: "PENDING", Published: true, HasVideo: true, VideoCodec: "H264", Custom: token,
	}, publish)
	assert.Regexp(t, `^/127\.0\.0\.1:\d+/127\.0\.0\.1:\d+$`, connect.SessionID)
	assert.Regexp(t, `^\w{32}@127\.0\.0\.1$`, connect.NodeID)
	assert.Regexp(t, `^\w{32}$`, publish.MediaSessionID)
	assert.Equal(t, publish.MediaSessionID, begun.MediaSessionID)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	const forbidden = "Server returned 403 Forbidden (access denied)"

	t.Run("connect", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.backend.Load().On("connect").Deny(403)
		publisher := start(t, "publisher", publishing(r.ctx, r.url("live/cam")))
		assert.NotZero(t, publisher.exit())
		assert.Equal(t, forbidden, complaint(publisher.log.Bytes()))
		assert.Equal(t, [][]string{{"connect"}}, r.heard("connect"))
	})
	t.Run("publishStream", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.backend.Load().On("publishStream").Deny(403)
		publisher := start(t, "publisher", publishing(r.ctx, r.url("live/cam")))
		assert.NotZero(t, publisher.exit())
		assert.Equal(t, forbidden, complaint(publisher.log.Bytes()))
		r.wait(1, "ConnectionStatusEvent")
		want := []string{"connect", "publishStream live/cam PENDING", "ConnectionStatusEvent DISCONNECTED"}
		assert.Equal(t, [][]string{want}, r.heard("connect"))
	})
	t.Run("playRTSP", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.backend.Load().On("playRTSP").Deny(403)
		r.publish("live/cam")
		player := r.play("live/cam", 1)
		assert.NotZero(t, player.exit())
		assert.Equal(t, forbidden, complaint(player.log.Bytes()))
		assert.Equal(t, [][]string{{"playRTSP rtsp://server/live/cam"}}, r.heard("playRTSP"))
	})
	t.Run("playStream", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.backend.Load().On("playStream").Deny(403)
		r.publish("live/cam")
		player := r.play("live/cam", 1)
		assert.NotZero(t, player.exit())
		assert.Equal(t, forbidden, complaint(player.log.Bytes()))
		r.wait(1, "ConnectionStatusEvent")
		want := []string{
			"playRTSP rtsp://server/live/cam", "connect", "playStream live/cam PENDING",
			"ConnectionStatusEvent DISCONNECTED",
		}
		assert.Equal(t, [][]string{want}, r.heard("playStream"))
	})
}

// The backend publishes a stream under another name. A player that asks for the old name
// finds nothing, unless the backend changes it to the new one.
func TestRenamed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	hidden := map[string]any{"name": "studio/7f3a"}
	r.backend.Load().On("publishStream").Overwrite(hidden)
	r.backend.Load().On("playStream").Mirror().Overwrite(hidden).Mirror()
	r.publish("live/cam")

	lost := r.play("live/cam", 1)
	assert.NotZero(t, lost.exit())
	assert.Equal(t, "Server returned 404 Not Found", complaint(lost.log.Bytes()))
	for _, name := range []string{"live/cam", "studio/7f3a"} {
		player := r.play(name, 5)
		require.Zero(t, player.exit(), &player.log)
		assert.Equal(t, 5, player.frames())
	}

	r.wait(3, "ConnectionStatusEvent")
	led := played("live/cam", "")
	led[3], led[4] = "StreamStatusEvent studio/7f3a PLAYING", "StreamStatusEvent studio/7f3a STOPPED Stopped by user"
	assert.Equal(t, [][]string{
		{
			"playRTSP rtsp://server/live/cam", "connect", "playStream live/cam PENDING",
			"StreamStatusEvent live/cam FAILED Stream not found", "ConnectionStatusEvent DISCONNECTED",
		},
		led,
		played("studio/7f3a", "STOPPED Stopped by user"),
	}, r.heard("playStream"))
	assert.Equal(t, [][]string{{
		"connect", "publishStream live/cam PENDING", "StreamStatusEvent studio/7f3a PUBLISHING",
	}}, r.heard("publishStream"))
}

// A denied keep-alive ends its stream: first a player's, then the publisher's, which
// also ends its players.
func TestKilledByKeepAlive(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepAlives)
	publisher := r.publish("live/cam")
	r.wait(3, "StreamKeepAliveEvent") // the streams go on
	player := r.watch("live/cam")
	r.refuse("StreamKeepAliveEvent", func(h hook) bool { return !h.Published })
	player.exit()
	r.wait(1, "ConnectionStatusEvent")
	assert.Equal(t, [][]string{played("live/cam", "FAILED Terminated by keep-alive")}, r.heard("playStream"))

	r.backend.Load().On("StreamKeepAliveEvent").Mirror()
	player = r.watch("live/cam")
	r.refuse("StreamKeepAliveEvent", func(h hook) bool { return h.Published })
	assert.NotZero(t, publisher.exit())
	player.exit()
	r.wait(3, "ConnectionStatusEvent")
	assert.Equal(t, [][]string{published("live/cam", "FAILED Terminated by keep-alive")}, r.heard("publishStream"))
	assert.Equal(t, played("live/cam", "STOPPED Stopped by publisher stop"), r.heard("playStream")[1])
}

// While the backend is down, clients are refused. When it is up again, they are allowed.
func TestBackendDownAtStart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.goAway()
	publisher := start(t, "publisher", publishing(r.ctx, r.url("live/cam")))
	assert.NotZero(t, publisher.exit())
	assert.Equal(t, "Server returned 5XX Server Error reply", complaint(publisher.log.Bytes()))
	assert.Contains(t, publisher.log.String(), "503 Service Unavailable")

	r.comeBack()
	publisher = r.publish("live/cam")
	player := r.play("live/cam", 5)
	require.Zero(t, player.exit(), &player.log)
	require.Zero(t, publisher.quit(t), &publisher.log)
	r.wait(2, "ConnectionStatusEvent")
	assert.Equal(t, [][]string{published("live/cam", "UNPUBLISHED Stopped by user")}, r.heard("publishStream"))
}

// When the backend goes down, running streams go on and new clients are refused. When it
// is back, it gets the events of the meantime in order.
func TestBackendKilledInMidStream(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepAlives)
	publisher := r.publish("live/cam")
	player := r.play("live/cam", 45)
	r.wait(2, "StreamStatusEvent")
	r.delivered(2, "StreamStatusEvent") // without its answer an event would be sent again
	r.goAway()

	require.Zero(t, player.exit(), &player.log)
	assert.Equal(t, 45, player.frames())
	late := r.play("live/cam", 1)
	assert.NotZero(t, late.exit())
	assert.Contains(t, late.log.String(), "503 Service Unavailable")
	require.Zero(t, publisher.quit(t), &publisher.log)

	r.comeBack()
	r.wait(2, "ConnectionStatusEvent")
	assert.ElementsMatch(t, [][]string{
		{"StreamStatusEvent live/cam UNPUBLISHED Stopped by user", "ConnectionStatusEvent DISCONNECTED"},
		{"StreamStatusEvent live/cam STOPPED Stopped by user", "ConnectionStatusEvent DISCONNECTED"},
	}, r.heard("ConnectionStatusEvent"))
}
