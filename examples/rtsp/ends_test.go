package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// A publisher that is killed sends no TEARDOWN. The backend still gets its closing
// events, and its players are ended.
func TestPublisherLost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	publisher := r.publish("live/cam")
	player := r.watch("live/cam")
	require.NoError(t, publisher.cmd.Process.Kill())
	player.exit()
	r.wait(2, "ConnectionStatusEvent")
	assert.Equal(t, [][]string{published("live/cam", "UNPUBLISHED "+string(resthook.InfoStoppedBySessionDisconnect))}, r.heard("publishStream"))
	assert.Equal(t, [][]string{played("live/cam", "STOPPED "+string(resthook.InfoStoppedByPublisherStop))}, r.heard("playStream"))
}

// A name can be published only once at a time. The first stream is not affected.
func TestNameInUse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	publisher := r.publish("live/cam")
	second := start(t, "second", publishing(r.ctx, r.url("live/cam")))
	assert.NotZero(t, second.exit())
	r.wait(1, "ConnectionStatusEvent")
	assert.Equal(t, []string{
		"connect", "publishStream live/cam PENDING",
		"StreamStatusEvent live/cam FAILED Stream name is already in use", "ConnectionStatusEvent DISCONNECTED",
	}, r.heard("publishStream")[1])
	player := r.play("live/cam", 5)
	require.Zero(t, player.exit(), &player.log)
	require.Zero(t, publisher.quit(t), &publisher.log)
}

// The server shuts down in order: the backend gets the closing events of every client.
func TestStop(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	publisher := r.publish("live/cam")
	player := r.watch("live/cam")
	r.server.stop()
	assert.NotZero(t, publisher.exit())
	player.exit()
	r.wait(2, "ConnectionStatusEvent")
	assert.Equal(t, [][]string{published("live/cam", "UNPUBLISHED "+string(resthook.InfoStoppedBySessionDisconnect))}, r.heard("publishStream"))
	last := r.heard("playStream")[0]
	assert.Regexp(t, "^StreamStatusEvent live/cam STOPPED ", last[len(last)-2])
	assert.Equal(t, "ConnectionStatusEvent DISCONNECTED", last[len(last)-1])
}
