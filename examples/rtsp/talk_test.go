package main

import (
	"net"
	"strconv"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/conn"
	"github.com/stretchr/testify/require"
)

// talk is an RTSP client that sends only the requests that a test makes.
type talk struct {
	r         *rig
	conn      *conn.Conn
	transport string // the Transport header for SETUP
	said      int
}

const (
	overTCP = "RTP/AVP/TCP;unicast;interleaved=0-1"
	overUDP = "RTP/AVP;unicast;client_port=50000-50001"
)

func (r *rig) talk() *talk {
	r.t.Helper()
	wire, err := new(net.Dialer).DialContext(r.ctx, "tcp", r.server.addr())
	require.NoError(r.t, err)
	deadline, _ := r.ctx.Deadline()
	require.NoError(r.t, wire.SetDeadline(deadline))
	r.t.Cleanup(func() { _ = wire.Close() })
	return &talk{r: r, conn: conn.NewConn(wire), transport: overTCP}
}

// setUp sends SETUP without DESCRIBE and returns the id of the RTSP session.
func (c *talk) setUp(name string, want base.StatusCode) (session string) {
	c.r.t.Helper()
	answer := c.ask(base.Setup, name+"/trackID=0", "", want)
	return answer.Header["Session"][0]
}

func (c *talk) ask(method base.Method, name, session string, want base.StatusCode) *base.Response {
	c.r.t.Helper()
	return c.askFor(method, c.r.url(name), session, want)
}

// announce sends ANNOUNCE for a stream with one track.
func (c *talk) announce(name string, want base.StatusCode) {
	c.r.t.Helper()
	header := base.Header{"Content-Type": {"application/sdp"}}
	body := "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n" +
		"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:trackID=0\r\n"
	c.exchange(&base.Request{Method: base.Announce, Header: header, Body: []byte(body)}, c.r.url(name), want)
}

// askFor sends a request for exactly this URL.
func (c *talk) askFor(method base.Method, address, session string, want base.StatusCode) *base.Response {
	c.r.t.Helper()
	header := base.Header{"Transport": {c.transport}}
	if session != "" {
		header["Session"] = base.HeaderValue{session}
	}
	return c.exchange(&base.Request{Method: method, Header: header}, address, want)
}

func (c *talk) exchange(request *base.Request, address string, want base.StatusCode) *base.Response {
	c.r.t.Helper()
	c.said++
	url, err := base.ParseURL(address)
	require.NoError(c.r.t, err)
	request.URL, request.Header["CSeq"] = url, base.HeaderValue{strconv.Itoa(c.said)}
	require.NoError(c.r.t, c.conn.WriteRequest(request))
	for {
		got, err := c.conn.Read()
		require.NoError(c.r.t, err)
		if answer, ok := got.(*base.Response); ok { // anything else is a packet
			require.Equal(c.r.t, want, answer.StatusCode)
			return answer
		}
	}
}
