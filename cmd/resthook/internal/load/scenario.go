package load

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
)

// scenario is what all sessions of a run share.
type scenario struct {
	client    *resthook.Client
	connected func(error) // counts the result of each connect
	hold      time.Duration
	interval  time.Duration // from keep-alive to keep-alive
	patience  time.Duration // how long the last event of a session is waited for

	conn                  resthook.Connection // the payload of connect, without a session id
	publish, play, status resthook.Stream     // payloads, without names and ids
	run                   string              // part of each id: no other run has the same
}

// newScenario takes the payloads of the catalogue's samples and of the plan.
func newScenario(p Plan) (*scenario, error) {
	s := &scenario{hold: p.Hold, run: rand.Text()[:8]}
	if p.Connection != nil {
		s.conn = *p.Connection
	}
	if s.conn.AppKey == "" {
		s.conn.AppKey = "defaultApp"
	}
	for stream, hook := range map[*resthook.Stream]resthook.Hook[resthook.Stream]{
		&s.publish: resthook.PublishStream, &s.play: resthook.PlayStream, &s.status: resthook.StreamStatusEvent,
	} {
		sample, err := hook.Decode(catalogue.Sample(hook.Name()))
		if err != nil {
			return nil, err
		}
		*stream = *sample
	}
	s.publish.SDP, s.play.SDP = withCandidates(s.publish.SDP), withCandidates(s.play.SDP)
	return s, nil
}

// withCandidates makes a session description as long as a browser's, some 3 kB.
func withCandidates(sdp string) string {
	var b strings.Builder
	b.WriteString(sdp)
	for n := range 30 {
		fmt.Fprintf(&b, "a=candidate:%d 1 udp %d 198.51.100.17 %d typ host generation 0 network-id 1\r\n", n, 2122260223-n, 50000+n)
	}
	return b.String()
}

// step is the time between two steps of a client, such as connecting and publishing.
func (s *scenario) step() time.Duration {
	const longest = 500 * time.Millisecond
	return min(s.hold/hooksOfSession, longest)
}

// connection is the payload of the session's connect.
func (v *visit) connection() *resthook.Connection {
	conn := v.conn
	conn.SessionID = fmt.Sprintf("/198.51.100.17:%d/10.20.0.5:8443-%s-%d", 1024+v.number%64512, v.scenario.run, v.number)
	return &conn
}

func (v *visit) streamName() string { return fmt.Sprintf("bench-%s-%d", v.scenario.run, v.number) }

func (v *visit) mediaSessionID() string { return fmt.Sprintf("%s-%d", v.scenario.run, v.number) }

func (v *visit) mediaType() string {
	if v.publishes {
		return "publish"
	}
	return "play"
}

func (v *visit) liveStatus() resthook.StreamStatus {
	if v.publishes {
		return resthook.StreamPublishing
	}
	return resthook.StreamPlaying
}

func (v *visit) endStatus() resthook.StreamStatus {
	if v.publishes {
		return resthook.StreamUnpublished
	}
	return resthook.StreamStopped
}

func (v *visit) endHook() resthook.Hook[resthook.Stream] {
	if v.publishes {
		return resthook.UnPublishStream
	}
	return resthook.StopStream
}
