package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wcskit/resthook"
)

// scenario is what each session of a run does.
type scenario struct {
	client   *resthook.Client
	conn     *resthook.Connection // what all connect with, but for their ids
	result   func(error)          // told what each connect came to
	patience time.Duration        // how long the last event of a session is waited for

	sdp  string
	run  string // no other run's sessions have these ids
	last atomic.Uint64
}

func newScenario(conn *resthook.Connection) *scenario {
	if conn.NodeID == "" {
		conn.NodeID = "benchbenchbenchbenchbenchbench00@127.0.0.1"
	}
	if conn.AppKey == "" {
		conn.AppKey = "defaultApp"
	}
	return &scenario{conn: conn, sdp: benchSDP(), run: rand.Text()[:8]}
}

// session is one client's visit: it connects, publishes, reports, disconnects.
func (s *scenario) session(ctx context.Context, due time.Time) {
	conn, stream := s.payloads()
	session, err := s.client.Connect(context.WithValue(ctx, dueKey{}, due), conn)
	s.result(err)
	if err != nil {
		return
	}
	s.publish(ctx, session, stream)
	if ctx.Err() != nil {
		return // the run is over
	}
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	_ = session.Disconnect(ctx) // the observer is told of every error
}

// publish is the life of a stream.
func (s *scenario) publish(ctx context.Context, session *resthook.Session, stream *resthook.Stream) {
	stream, err := resthook.PublishStream.Send(ctx, session, stream)
	if err != nil || ctx.Err() != nil {
		return // under restOnError=FAIL, or at the run's end: the stream does not begin
	}
	stream.SDP = "" // only publishing has it
	notify(resthook.StreamStatusEvent, session, stream, resthook.StreamPending)
	notify(resthook.StreamStatusEvent, session, stream, resthook.StreamPublishing)
	notify(resthook.StreamKeepAliveEvent, session, stream, resthook.StreamPublishing)
	_, _ = resthook.UnPublishStream.Send(ctx, session, stream) // a no changes nothing: it stops
	notify(resthook.StreamStatusEvent, session, stream, resthook.StreamUnpublished)
}

func notify(hook resthook.Hook[resthook.Stream], session *resthook.Session, stream *resthook.Stream, status resthook.StreamStatus) {
	stream.Status = status
	_ = hook.Notify(context.Background(), session, stream) // the observer is told of every error
}

// payloads are those of the next session.
func (s *scenario) payloads() (*resthook.Connection, *resthook.Stream) {
	n := s.last.Add(1)
	conn := *s.conn
	conn.SessionID = fmt.Sprintf("/127.0.0.1:%d/127.0.0.1:8443-%s-%d", 1024+n%64512, s.run, n)
	return &conn, &resthook.Stream{
		MediaSessionID: fmt.Sprintf("%s-%d", s.run, n), Name: fmt.Sprintf("bench-%d", n),
		Published: true, HasVideo: true, HasAudio: true, Status: resthook.StreamPending,
		SDP: s.sdp, Width: 1280, Height: 720, MediaProvider: "WebRTC", Custom: conn.Custom,
	}
}

// benchSDP is as long as what a browser sends: some 2 kB.
func benchSDP() string {
	var b strings.Builder
	b.WriteString("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n")
	for n := range 24 {
		fmt.Fprintf(&b, "a=candidate:%d 1 udp %d 127.0.0.1 %d typ host generation 0 network-id 1\r\n", n, 2122260223-n, 50000+n)
	}
	return b.String()
}
