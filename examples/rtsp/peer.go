package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/bluenviron/gortsplib/v4"

	"github.com/wcskit/resthook"
)

// peer is one RTSP connection. To the backend it is one client, with one session from
// its first ANNOUNCE or DESCRIBE to its end, and one stream at a time.
//
// gortsplib calls the handlers of a connection one after the other, so a peer needs no
// lock.
type peer struct {
	server  *server
	conn    *gortsplib.ServerConn
	session *resthook.Session // nil until the backend has allowed the client
	stream  *stream           // what it publishes or plays
}

func peerOf(conn *gortsplib.ServerConn) *peer {
	p, _ := conn.UserData().(*peer) // OnConnOpen has set it
	return p
}

// id is the connection's id, in the form of WCS.
func (p *peer) id() string {
	wire := p.conn.NetConn()
	return fmt.Sprintf("/%s/%s", wire.RemoteAddr(), wire.LocalAddr())
}

// connect asks the backend whether the client is allowed, once for each connection.
func (p *peer) connect(ctx context.Context, query string) (err error) {
	if p.session != nil {
		return nil
	}
	appKey, custom := readQuery(query)
	p.session, err = p.server.hooks.Connect(ctx, &resthook.Connection{
		NodeID: p.server.nodeID, AppKey: appKey, SessionID: p.id(),
		MediaProviders: []string{"RTSP"}, Custom: custom,
	})
	return err
}

// ask is the payload for the backend: a stream with the name in the URL.
func (p *peer) ask(path, query string) *resthook.Stream {
	_, custom := readQuery(query) // the app key is the session's
	return &resthook.Stream{
		MediaSessionID: newID(), Name: nameOf(path), Status: resthook.StreamPending,
		MediaProvider: "RTSP", Transport: "TCP", Custom: custom,
	}
}

// admitted is the stream that the backend has allowed.
func (p *peer) admitted(asked, payload *resthook.Stream, source *gortsplib.ServerStream) *stream {
	return &stream{
		log: p.server.log, session: p.session, asked: asked.Name, payload: *payload,
		source: source, broadcasts: &p.server.broadcasts, cut: p.conn.Close,
	}
}

// begin starts the stream that this connection has set up.
func (p *peer) begin(status resthook.StreamStatus) error {
	if p.stream == nil {
		return errState // another connection has set up this RTSP session
	}
	p.stream.begin(status)
	return nil
}

// stop ends the peer's stream because its client asked for it.
func (p *peer) stop() {
	if p.stream != nil {
		p.stream.stop(resthook.InfoStoppedByUser)
		p.stream = nil
	}
}

// leave ends the connection: it sends the stream's last event, then the session's. While
// the backend is down they stay in the queue.
func (p *peer) leave(cause error) {
	p.lose(cause)
	p.server.hooks.ForgetRTSP(p.id())
	if p.session == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeTime)
	defer cancel()
	if err := p.session.Disconnect(ctx); err != nil {
		p.server.log.Warn("disconnect", "session", p.id(), "error", err)
	}
}

// lose ends the stream of a lost connection, unless it has ended already.
func (p *peer) lose(cause error) {
	switch {
	case p.stream == nil:
	case isTimeout(cause):
		p.stream.fail(resthook.InfoFailedByRTPActivity)
	case p.server.broadcasts.find(p.stream.payload.Name) != p.stream.source:
		p.stream.stop(resthook.InfoStoppedByPublisherStop)
	default:
		p.stream.stop(resthook.InfoStoppedBySessionDisconnect)
	}
}

func isTimeout(err error) bool {
	fault, ok := errors.AsType[net.Error](err)
	return ok && fault.Timeout()
}

// nameOf is the name of a stream in the path of a URL: live/cam for /live/cam.
func nameOf(path string) string { return strings.Trim(path, "/") }

// readQuery takes the app's key from the query of a URL. The other parameters are custom
// values of the client, such as a token.
func readQuery(query string) (appKey string, custom map[string]any) {
	values, _ := url.ParseQuery(query) // ignores what cannot be parsed
	appKey = values.Get("appKey")
	values.Del("appKey")
	custom = make(map[string]any, len(values))
	for name := range values {
		custom[name] = values.Get(name)
	}
	return appKey, custom
}
