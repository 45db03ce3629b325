package docs

import (
	"context"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/hooktest"
)

// mediaServer is a media server without media, and a guest is a client of it.
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
	if g.stream, err = resthook.PublishStream.Send(ctx, g.session, &resthook.Stream{Name: name, Published: true}); err != nil {
		return err
	}
	g.stream.Status = resthook.StreamPublishing
	return resthook.StreamStatusEvent.Notify(ctx, g.session, g.stream)
}

func TestPublish(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t) // agrees to everything
	server := &mediaServer{hooks: b.Client()}

	alice, err := server.join(t.Context(), "alice", "secret")
	require.NoError(t, err)
	require.NoError(t, alice.publish(t.Context(), "cam"))

	event := hooktest.Await(t, b, resthook.StreamStatusEvent) // events arrive a little later
	assert.Equal(t, resthook.StreamPublishing, event.Payload.Status)
	b.AssertSequence(t, "alice", "connect", "publishStream", "StreamStatusEvent PUBLISHING")
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	hooktest.On(b, resthook.Connect).Reply(func(c *resthook.Connection) (*resthook.Connection, error) {
		if c.Custom["token"] != "secret" {
			return nil, backend.Deny("wrong token")
		}
		return c, nil
	})
	server := &mediaServer{hooks: b.Client()}

	_, err := server.join(t.Context(), "eve", "guessed")
	assert.True(t, resthook.Denied(err), "%v", err)
	_, err = server.join(t.Context(), "alice", "secret")
	require.NoError(t, err)
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("connect").Policy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {
			RestOnError: resthook.OnErrorFail, RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"},
		},
	})
	hooktest.On(b, resthook.PublishStream).Change(func(s *resthook.Stream) { s.Name = "live/" + s.Name })
	server := &mediaServer{hooks: b.Client()}

	alice, err := server.join(t.Context(), "alice", "secret")
	require.NoError(t, err)
	require.NoError(t, alice.publish(t.Context(), "cam"))
	assert.Equal(t, "live/cam", alice.stream.Name)

	b.On("publishStream").Deny(403, "not your stream")
	assert.True(t, resthook.Denied(alice.publish(t.Context(), "cam")))
}

func TestPayload(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	server := &mediaServer{hooks: b.Client()}
	alice, err := server.join(t.Context(), "alice", "secret")
	require.NoError(t, err)
	require.NoError(t, alice.publish(t.Context(), "cam"))
	got := hooktest.Await(t, b, resthook.StreamStatusEvent).Payload

	want := &resthook.Stream{SessionID: "alice", Name: "cam", Published: true, Status: resthook.StreamPublishing}
	hooktest.AssertPayload(t, want, got)                                                 // the whole, with a readable difference
	hooktest.AssertFields(t, map[string]any{"name": "cam", "status": "PUBLISHING"}, got) // some fields, as on the wire
	assert.True(t, want.Equal(*got))                                                     // go-cmp calls this too
}

func TestFaults(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	server := &mediaServer{hooks: b.Client()}

	b.On("connect").Play(hooktest.AfterRequest(hooktest.RST)).Mirror() // the connection breaks before the answer
	_, err := server.join(t.Context(), "alice", "secret")              // and the hook is sent again
	require.NoError(t, err)
	assert.Len(t, b.Requests("connect"), 2)

	b.Down()
	_, err = server.join(t.Context(), "bob", "secret")
	require.ErrorIs(t, err, resthook.ErrUnreachable) // nobody is let in unasked
	b.Up()
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := hooktest.NewBackendOn(t, hooktest.NewNetwork().Listen())
		b.On("connect").Stall()
		begun := time.Now()
		_, err := (&mediaServer{hooks: b.Client()}).join(t.Context(), "alice", "secret")
		require.ErrorIs(t, err, resthook.ErrTimeout)
		assert.Equal(t, 15*time.Second, time.Since(begun))
	})
}

func TestOwnBackend(t *testing.T) {
	t.Parallel()
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		if c.Custom["token"] != "secret" {
			return nil, backend.Deny("wrong token")
		}
		return c, nil
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: server.URL}))
	require.NoError(t, err)
	defer client.Close(context.WithoutCancel(t.Context()))

	_, err = client.Connect(t.Context(), &resthook.Connection{SessionID: "eve", Custom: map[string]any{"token": "guessed"}})
	assert.True(t, resthook.Denied(err), "%v", err)
}
