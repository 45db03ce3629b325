package hooktest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// mediaServer is a media server without media; a guest is one of its clients.
type mediaServer struct{ hooks *resthook.Client }

type guest struct {
	session *resthook.Session
	stream  *resthook.Stream
}

func (m *mediaServer) join(ctx context.Context, id, token string) (*guest, error) {
	session, err := m.hooks.Connect(ctx, &resthook.Connection{SessionID: id, Custom: map[string]any{"token": token}})
	if err != nil {
		return nil, err
	}
	return &guest{session: session}, nil
}

func (g *guest) publish(ctx context.Context, name string) (err error) {
	asked := &resthook.Stream{Name: name, Published: true, Status: resthook.StreamPending}
	if g.stream, err = resthook.PublishStream.Send(ctx, g.session, asked); err != nil {
		return err
	}
	return g.report(resthook.StreamPublishing)
}

func (g *guest) report(status resthook.StreamStatus) error {
	g.stream.Status = status
	return resthook.StreamStatusEvent.Notify(context.Background(), g.session, g.stream)
}

func (g *guest) leave(ctx context.Context) error {
	if err := g.report(resthook.StreamUnpublished); err != nil {
		return err
	}
	return g.session.Disconnect(ctx)
}

// A complete test of that media server: which hooks the backend gets, what the server
// does with the answers, and that no other hooks are sent.
func TestMediaServer(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t, hooktest.Strict("StreamStatusEvent", "ConnectionStatusEvent"))
	b.On("connect").Policy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}},
	}).Deny(403, "a stranger")
	hooktest.On(b, resthook.PublishStream).Change(func(s *resthook.Stream) { s.Name = "live/" + s.Name })
	server := &mediaServer{hooks: b.Client()}

	alice, err := server.join(t.Context(), "alice", "secret")
	if err != nil {
		t.Fatal(err)
	}
	if err := alice.publish(t.Context(), "cam"); err != nil {
		t.Fatal(err)
	}
	event := hooktest.Await(t, b, resthook.StreamStatusEvent)
	hooktest.AssertFields(t, map[string]any{"name": "live/cam", "status": "PUBLISHING"}, event.Payload)
	if err := alice.leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := server.join(t.Context(), "eve", "guessed"); !resthook.Denied(err) {
		t.Errorf("eve was let in: %v", err)
	}
	b.AssertSequence(t, "alice", "connect", "publishStream", "StreamStatusEvent PUBLISHING",
		"StreamStatusEvent UNPUBLISHED", "ConnectionStatusEvent DISCONNECTED")
	b.AssertSequence(t, "eve", "connect")
	b.AssertInOrder(t)
	b.AssertComplete(t)
	b.AssertOnce(t)
}

// An hour without a backend, on virtual time. Events that are too old when it returns
// are dropped; younger ones are delivered.
func TestMediaServerInAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := hooktest.NewBackendOn(t, hooktest.NewNetwork().Listen())
		alice, err := (&mediaServer{hooks: b.Client()}).join(t.Context(), "alice", "secret")
		if err != nil {
			t.Fatal(err)
		}
		b.Down()
		if err := alice.publish(t.Context(), "cam"); err != nil { // restOnError=LOG
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if err := alice.report(resthook.StreamPaused); err != nil {
			t.Fatal(err)
		}
		b.Up()
		if err := alice.leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.AssertSequence(t, "alice", "connect", "StreamStatusEvent PAUSED",
			"StreamStatusEvent UNPUBLISHED", "ConnectionStatusEvent DISCONNECTED")
		b.AssertInOrder(t)
	})
}
