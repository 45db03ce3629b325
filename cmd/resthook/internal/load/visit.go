package load

import (
	"context"
	"sync"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/pace"
)

// visits makes the sessions of a run: each publisher is followed by the players of its
// stream.
type visits struct {
	*scenario

	players     int // for each publisher
	count       int
	publication *publication
}

// visit is one session: its client connects, publishes or plays, and disconnects.
type visit struct {
	*scenario

	number      int // from 1
	publishes   bool
	publication *publication
}

// publication is a publisher's stream, which players wait for.
type publication struct {
	stream string
	open   chan struct{} // closed once the backend has been asked about the stream
	once   sync.Once
}

func (p *publication) asked() { p.once.Do(func() { close(p.open) }) }

// next is the next session.
func (vs *visits) next() *visit {
	v := &visit{scenario: vs.scenario, number: vs.count + 1, publishes: vs.count%(vs.players+1) == 0}
	if vs.count++; v.publishes {
		vs.publication = &publication{stream: v.streamName(), open: make(chan struct{})}
	}
	v.publication = vs.publication
	return v
}

// run is the session from connect to its last event. Its hooks end with ctx. When staying
// ends, its client leaves early.
func (v *visit) run(ctx, staying context.Context) {
	if v.publishes {
		defer v.publication.asked() // players do not wait for a publisher who was not let in
	}
	begun := time.Now()
	session, err := v.client.Connect(ctx, v.connection())
	v.connected(err)
	if err != nil {
		return
	}
	established := session.Connection()
	established.Status, established.RestClientConfig = resthook.ConnectionEstablished, nil
	_ = resthook.ConnectionStatusEvent.Notify(ctx, session, established) // the observer counts errors
	v.stream(ctx, staying, session, begun)
	pace.Until(staying, begun.Add(v.hold))
	if ctx.Err() != nil {
		return // the run is over
	}
	ctx, cancel := context.WithTimeout(ctx, v.patience)
	defer cancel()
	_ = session.Disconnect(ctx)
}

// stream is the session's stream from beginning to end.
func (v *visit) stream(ctx, staying context.Context, session *resthook.Session, begun time.Time) {
	if !pace.Until(staying, begun.Add(v.step())) || !v.publishes && !v.awaitStream(staying) {
		return
	}
	stream, err := v.ask(ctx, session)
	v.publication.asked()
	if err != nil || ctx.Err() != nil {
		return // denied under restOnError=FAIL, or the run is over: the stream does not begin
	}
	notify(ctx, session, stream, resthook.StreamPending)
	var info resthook.Info
	if pace.Until(staying, time.Now().Add(v.step())) {
		notify(ctx, session, stream, v.liveStatus())
		info = v.live(staying, session, stream, begun.Add(v.hold-v.step()))
	}
	if stream.Info = info; info == "" {
		_, _ = v.endHook().Send(ctx, session, stream) // the stream ends even if this is denied
	}
	notify(ctx, session, stream, v.endStatus())
}

// awaitStream waits until the backend has been asked about the stream. It returns false if
// staying ends first.
func (v *visit) awaitStream(staying context.Context) bool {
	select {
	case <-v.publication.open:
	case <-staying.Done():
	}
	return staying.Err() == nil
}

// ask asks the backend whether the client may publish or play. It returns the stream as
// the status events report it.
func (v *visit) ask(ctx context.Context, session *resthook.Session) (*resthook.Stream, error) {
	hook, stream := resthook.PlayStream, v.play
	if v.publishes {
		hook, stream = resthook.PublishStream, v.publish
	}
	stream.Name, stream.MediaSessionID, stream.Custom = v.publication.stream, v.mediaSessionID(), v.conn.Custom
	answered, err := hook.Send(ctx, session, &stream)
	if err != nil {
		return nil, err
	}
	reported := v.status
	reported.Name, reported.MediaSessionID, reported.Custom = answered.Name, answered.MediaSessionID, answered.Custom
	reported.Published, reported.MediaType, reported.CreateDate = v.publishes, v.mediaType(), resthook.UnixMilliOf(time.Now())
	return &reported, nil
}

// live sends keep-alives and statistics until the stream ends. If the backend has ended
// it, live returns why.
func (v *visit) live(staying context.Context, session *resthook.Session, stream *resthook.Stream, until time.Time) resthook.Info {
	refused := make(chan resthook.Info, 1)
	stop, err := session.KeepAlive(stream, func(info resthook.Info) { refused <- info })
	if err != nil {
		return "" // the run is over
	}
	defer stop()
	statistics := time.NewTicker(v.interval)
	defer statistics.Stop()
	end := time.NewTimer(time.Until(until))
	defer end.Stop()
	for {
		select {
		case <-statistics.C:
			_ = resthook.StreamsStatEvent.Notify(staying, session, &resthook.Report{})
		case info := <-refused:
			return info
		case <-end.C:
			return ""
		case <-staying.Done():
			return ""
		}
	}
}

func notify(ctx context.Context, session *resthook.Session, stream *resthook.Stream, status resthook.StreamStatus) {
	stream.Status = status
	_ = resthook.StreamStatusEvent.Notify(ctx, session, stream) // the observer counts every error
}
