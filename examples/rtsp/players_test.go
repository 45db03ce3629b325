package main

import (
	"context"
	"net/url"
	"os/exec"
	"testing"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Players form the URL of a track in different ways. Each URL belongs to the stream of
// the DESCRIBE, and the backend is asked once.
func TestTracksOfADescription(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{"without a query": "", "with a query": "?token=secret&appKey=studio"} {
		for player, track := range map[string]func(described, contentBase string) string{
			"relative": func(_, contentBase string) string { return resolve(t, contentBase, "trackID=0") },
			"appended": func(_, contentBase string) string { return contentBase + "trackID=0" },
			"its own":  func(described, _ string) string { return described + "/trackID=0" },
		} {
			t.Run(player+" "+name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.silent("live/cam")
				described := "rtsp://" + r.server.addr() + "/live/cam" + query
				c := r.talk()
				contentBase := c.askFor(base.Describe, described, "", base.StatusOK).Header["Content-Base"][0]
				assert.NotContains(t, contentBase, "secret")
				session := c.askFor(base.Setup, track(described, contentBase), "", base.StatusOK).Header["Session"][0]
				c.askFor(base.Play, contentBase, session, base.StatusOK)
				r.wait(2, "StreamStatusEvent")
				assert.Len(t, r.backend.Load().Requests("playRTSP"), 1)
				assert.Len(t, r.backend.Load().Requests("playStream"), 1)
			})
		}
	}
}

// resolve resolves a URL as RFC 3986 says.
func resolve(t *testing.T, address, relative string) string {
	t.Helper()
	at, err := url.Parse(address)
	require.NoError(t, err)
	at, err = at.Parse(relative)
	require.NoError(t, err)
	return at.String()
}

// After DESCRIBE a client can play that stream only, and cannot publish.
func TestOtherThanDescribed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.silent("live/cam")
	r.silent("live/other")
	c := r.talk()
	c.ask(base.Describe, "live/cam", "", base.StatusOK)
	c.ask(base.Setup, "live/other/trackID=0", "", base.StatusMethodNotValidInThisState)

	c = r.talk()
	c.announce("live/cam", base.StatusOK)
	c.ask(base.Describe, "live/cam", "", base.StatusOK)
	c.transport = overTCP + ";mode=record"
	c.ask(base.Setup, "live/cam/trackID=0", "", base.StatusMethodNotValidInThisState)
	r.wait(2, "ConnectionStatusEvent")
	assert.Len(t, r.backend.Load().Requests("publishStream"), 2, "the two of before")
}

// Media use the RTSP connection only. A request for UDP is refused before the backend is
// asked, and the client may continue over TCP.
func TestUDP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.talk()
	c.announce("live/cam", base.StatusOK)
	c.transport = overUDP + ";mode=record"
	c.ask(base.Setup, "live/cam/trackID=0", "", base.StatusUnsupportedTransport)
	player := r.talk()
	player.transport = overUDP
	player.ask(base.Setup, "live/cam/trackID=0", "", base.StatusUnsupportedTransport)
	assert.Empty(t, r.backend.Load().Requests())

	c.transport = overTCP + ";mode=record"
	session := c.setUp("live/cam", base.StatusOK)
	c.ask(base.Record, "live/cam", session, base.StatusOK)
	r.wait(1, "StreamStatusEvent")
	player.transport = overTCP
	player.setUp("live/cam", base.StatusOK)
	assert.Len(t, r.backend.Load().Requests("playStream"), 1)
}

// Real players, over TCP, with and without a token in the URL.
func TestPlayers(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]func(ctx context.Context, url string) *exec.Cmd{
		"ffmpeg":         func(ctx context.Context, url string) *exec.Cmd { return playing(ctx, url, 5) },
		"ffplay":         ffplay,
		"gst-launch-1.0": gstreamer,
	} {
		for with, query := range map[string]string{"without a query": "", "with a query": "?token=secret"} {
			t.Run(name+" "+with, func(t *testing.T) {
				t.Parallel()
				needFFmpeg(t)
				if _, err := exec.LookPath(name); err != nil {
					t.Skipf("needs %s: apt-get install ffmpeg gstreamer1.0-tools gstreamer1.0-plugins-good", name)
				}
				r := newRig(t)
				r.publish("live/cam")
				player := start(t, name, command(r.ctx, "rtsp://"+r.server.addr()+"/live/cam"+query))
				r.wait(2, "StreamStatusEvent") // the player plays
				_, err := player.stdin.Write([]byte("q"))
				require.NoError(t, err)
				if name != "ffplay" { // ffplay plays until its window is closed
					require.Zero(t, player.exit(), &player.log)
				}
				assert.Len(t, r.backend.Load().Requests("playRTSP"), 1)
			})
		}
	}
}

func ffplay(ctx context.Context, url string) *exec.Cmd {
	return exec.CommandContext(ctx, "ffplay", "-hide_banner", "-nodisp", "-rtsp_transport", "tcp", url)
}

// gstreamer is a GStreamer that plays until it has ten packets.
func gstreamer(ctx context.Context, url string) *exec.Cmd {
	return exec.CommandContext(ctx, "gst-launch-1.0", "rtspsrc", "protocols=tcp", "location="+url,
		"!", "fakesink", "num-buffers=10")
}
