package main

import (
	"context"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/pion/rtp"

	"github.com/wcskit/resthook"
)

// OnAnnounce handles the first request of a publisher. The backend is not asked yet: the
// SETUP that follows may ask for a transport that is not supported.
func (s *server) OnAnnounce(ctx *gortsplib.ServerHandlerOnAnnounceCtx) (*base.Response, error) {
	var err error
	if peerOf(ctx.Conn).stream != nil {
		err = errState
	}
	return answer(err), err
}

// OnSetup sets up a track over the connection. gortsplib has already refused UDP with
// status 461. A player may start with SETUP, without DESCRIBE.
func (s *server) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	p := peerOf(ctx.Conn)
	if ctx.Session.State() == gortsplib.ServerSessionStatePreRecord {
		err := p.publish(ctx.Path, ctx.Query, ctx.Session.AnnouncedDescription())
		return answer(err), nil, err
	}
	source, err := p.play(ctx.Request, ctx.Path, ctx.Query)
	return answer(err), source, err
}

// OnRecord starts the publisher's media: each packet goes to all players.
func (s *server) OnRecord(ctx *gortsplib.ServerHandlerOnRecordCtx) (*base.Response, error) {
	p := peerOf(ctx.Conn)
	err := p.begin(resthook.StreamPublishing)
	if err == nil {
		source := p.stream.source
		ctx.Session.OnPacketRTPAny(func(track *description.Media, _ format.Format, packet *rtp.Packet) {
			_ = source.WritePacketRTP(track, packet) // it fails when the stream has ended
		})
	}
	return answer(err), err
}

// publish asks the backend whether the client is allowed, and may publish, and under
// which name. Then it opens the stream to players. One question covers all tracks of the
// stream.
func (p *peer) publish(path, query string, tracks *description.Session) error {
	if p.stream != nil {
		return p.stream.check(path, true) // another track of the same stream
	}
	ctx, cancel := p.server.decision()
	defer cancel()
	if err := p.connect(ctx, query); err != nil {
		return err
	}
	return p.askToPublish(ctx, p.ask(path, query), tracks)
}

func (p *peer) askToPublish(ctx context.Context, asked *resthook.Stream, tracks *description.Session) error {
	asked.Published, asked.MediaType = true, "publish"
	describe(asked, tracks)
	payload, err := resthook.PublishStream.Send(ctx, p.session, asked)
	if err != nil {
		return err // denied or failed, under restOnError=FAIL
	}
	own := p.admitted(asked, payload, &gortsplib.ServerStream{Server: p.server.rtsp, Desc: tracks})
	if err := own.source.Initialize(); err != nil {
		own.fail(resthook.InfoFailedByError)
		return err
	}
	if err := p.server.broadcasts.open(payload.Name, own.source); err != nil {
		own.fail(resthook.InfoStreamNameIsAlreadyInUse)
		return err
	}
	p.stream = own
	return nil
}

// describe sets the fields of a payload that describe the media.
func describe(payload *resthook.Stream, tracks *description.Session) {
	for _, track := range tracks.Medias {
		codec := track.Formats[0].Codec()
		switch track.Type {
		case description.MediaTypeVideo:
			payload.HasVideo, payload.VideoCodec = true, codec
		case description.MediaTypeAudio:
			payload.HasAudio, payload.AudioCodec = true, codec
		default: // others, such as subtitles, have no field in the protocol
		}
	}
}
