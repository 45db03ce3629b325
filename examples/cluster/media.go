package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
)

const (
	pace     = 250 * time.Millisecond // between two events of a session
	lifetime = 40                     // that a session tells before it leaves
	endTime  = 30 * time.Second       // for the last events, when the media server ends
)

// mediaServer stands in for a media server. Its visitors come, publish a stream, pause it and go
// on, and leave; others come in their place.
type mediaServer struct {
	part

	client *resthook.Client

	mu  sync.Mutex
	out io.Writer
}

// serveMedia runs a media server until ctx ends, and then ends its sessions.
func serveMedia(ctx context.Context, p part, out io.Writer) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	store, err := openStore(ctx, p, log)
	if err != nil {
		return err
	}
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(store.Options(),
		resthook.WithApp(resthook.App{Key: "defaultApp", URL: p.Backend}), resthook.WithLogger(log))...)
	if err != nil {
		return errors.Join(err, store.Close(ctx))
	}
	m := &mediaServer{part: p, client: client, out: out}
	m.say(saysReady)
	var visitors sync.WaitGroup
	for place := range p.Sessions {
		visitors.Go(func() { m.serve(ctx, place, log) })
	}
	visitors.Wait()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	return client.Shutdown(closing) // closes the store too
}

// openStore is all that durable asks of a media server, beside the options of its client.
func openStore(ctx context.Context, p part, log *slog.Logger) (*durable.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	options := []durable.Option{durable.WithNode(p.Name), durable.WithLogger(log)}
	if p.NATS == "" {
		return durable.Open(ctx, p.Dir, options...)
	}
	return durable.Connect(ctx, p.NATS, options...)
}

// serve has one visitor after the other in a place, until ctx ends.
func (m *mediaServer) serve(ctx context.Context, place int, log *slog.Logger) {
	for life := 1; ctx.Err() == nil; life++ {
		session := fmt.Sprintf("%s/%d-%d-%d", m.Name, os.Getpid(), place, life)
		length := lifetime
		if life == 1 {
			length = 1 + lifetime*place/m.Sessions // so that they do not all leave at once
		}
		if err := m.visit(ctx, session, length); err != nil && ctx.Err() == nil {
			log.Warn("visit", slog.String("session", session), slog.Any("error", err))
			sleep(ctx, pace)
		}
	}
}

// visit is a session from its beginning to its end.
func (m *mediaServer) visit(ctx context.Context, id string, length int) error {
	session, err := m.client.Connect(ctx, &resthook.Connection{AppKey: "defaultApp", SessionID: id})
	if err != nil {
		return err // the backend is away: nobody is let in
	}
	statuses := [...]resthook.StreamStatus{resthook.StreamPublishing, resthook.StreamPaused}
	for i := 0; i < length && ctx.Err() == nil; i++ {
		if err := m.record(ctx, session, statuses[i%len(statuses)]); err != nil {
			return errors.Join(err, session.Disconnect(ctx))
		}
		sleep(ctx, pace)
	}
	err = m.record(ctx, session, resthook.StreamUnpublished)
	return errors.Join(err, session.Disconnect(ctx)) // where ctx has ended, it does not wait
}

// record tells the backend what has become of the session's stream, and says so once the store
// has it. It waits for that also while the media server ends.
func (m *mediaServer) record(ctx context.Context, session *resthook.Session, status resthook.StreamStatus) error {
	err := resthook.StreamStatusEvent.Record(context.WithoutCancel(ctx), session, &resthook.Stream{
		MediaSessionID: session.ID() + "/cam", Name: "cam", Published: true, HasVideo: true, Status: status,
	})
	if err == nil {
		m.say(saysRecorded + " " + session.ID())
	}
	return err
}

func (m *mediaServer) say(line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fmt.Fprintln(m.out, line)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
