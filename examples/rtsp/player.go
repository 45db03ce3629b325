package main

import (
	"context"
	"net/url"
	"strings"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"github.com/wcskit/resthook"
)

// OnDescribe handles the first request of a player.
func (s *server) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	source, err := peerOf(ctx.Conn).play(ctx.Request, ctx.Path, ctx.Query)
	return answer(err), source, err
}

// OnResponse changes an answer before it is sent. Players form a track's URL relative to
// the Content-Base. gortsplib puts the query of DESCRIBE into it, which players parse in
// different ways. Without the query all of them find the track.
func (s *server) OnResponse(_ *gortsplib.ServerConn, response *base.Response) {
	for i, at := range response.Header["Content-Base"] {
		url, _, _ := strings.Cut(at, "?")
		response.Header["Content-Base"][i] = strings.TrimRight(url, "/") + "/"
	}
}

// OnPlay starts the player's media.
func (s *server) OnPlay(ctx *gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	err := peerOf(ctx.Conn).begin(resthook.StreamPlaying)
	return answer(err), err
}

// play asks the backend whether the client may play, and which stream.
//
// There are two checks. If the property rtsp_server_auth_enabled is set, playRTSP asks
// about the player's URL, as in WCS. Then the player gets a session like any other
// client, so that a policy, a changed name and keep-alives apply to it, too.
//
// The stream of a DESCRIBE belongs to the connection: a SETUP after it need not contain
// the token again.
func (p *peer) play(request *base.Request, path, query string) (*gortsplib.ServerStream, error) {
	if p.stream == nil {
		return p.askToPlay(request, path, query)
	}
	return p.stream.source, p.stream.check(path, false)
}

func (p *peer) askToPlay(request *base.Request, path, query string) (*gortsplib.ServerStream, error) {
	ctx, cancel := p.server.decision()
	defer cancel()
	if err := p.admit(ctx, request, path, query); err != nil {
		return nil, err
	}
	if err := p.connect(ctx, query); err != nil {
		return nil, err
	}
	return p.open(ctx, p.ask(path, query))
}

// admit is the first check.
func (p *peer) admit(ctx context.Context, request *base.Request, path, query string) error {
	asked := url.URL{Scheme: "rtsp", Host: request.URL.Host, Path: path, RawQuery: query}
	playback, err := p.server.hooks.ParsePlayback(asked.String())
	if err != nil {
		return err
	}
	playback.NodeID, playback.SessionID = p.server.nodeID, p.id()
	if agent := request.Header["User-Agent"]; len(agent) > 0 {
		playback.UserAgent = agent[0]
	}
	return p.server.hooks.AdmitRTSP(ctx, playback)
}

// open is the second check. The backend may choose another stream than the player has
// named. The player does not learn its real name.
func (p *peer) open(ctx context.Context, asked *resthook.Stream) (*gortsplib.ServerStream, error) {
	asked.MediaType = "play"
	asked.HasVideo, asked.HasAudio = true, true // RTSP players do not say what they want
	payload, err := resthook.PlayStream.Send(ctx, p.session, asked)
	if err != nil {
		return nil, err // denied or failed, under restOnError=FAIL
	}
	source := p.server.broadcasts.find(payload.Name)
	own := p.admitted(asked, payload, source)
	if source == nil {
		own.fail(resthook.InfoStreamNotFound)
		return nil, errNotFound
	}
	p.stream = own
	return source, nil
}
