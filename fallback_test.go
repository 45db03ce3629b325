package resthook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// fallen is a client with fallbacks, and its backend.
type fallen struct {
	client *resthook.Client
	socket *hooktest.Socket
	log    logged

	mu   sync.Mutex
	ends []resthook.Outcome
}

func newFallen(t *testing.T, script []hooktest.Behaviour, opts ...resthook.Option) *fallen {
	t.Helper()
	network, f := hooktest.NewNetwork(), &fallen{}
	f.socket = hooktest.NewSocketOn(t, network.Listen(), script...)
	client, err := resthook.NewClient(retrying(0), append(opts, resthook.WithDialContext(network.DialContext),
		resthook.WithApp(resthook.App{URL: f.socket.URL()}), resthook.WithLogger(slog.New(slog.NewTextHandler(&f.log, nil))),
		resthook.WithObserver(resthook.Observer{End: func(_ context.Context, o resthook.Outcome) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.ends = append(f.ends, o)
		}}))...)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = client.Close(ctx)
	})
	f.client = client
	return f
}

// What counts as nobody answering.
func TestFallbackWhereNobodyAnswers(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		play  hooktest.Behaviour
		down  bool
		ctx   func(context.Context) (context.Context, context.CancelFunc)
		allow bool
	}{
		"refused":   {down: true, allow: true},
		"lost":      {play: hooktest.AfterRequest(hooktest.FIN), allow: true},
		"silent":    {play: hooktest.AfterRequest(hooktest.Stall), allow: true},
		"502":       {play: hooktest.Answer(502, `bad gateway`), allow: true},
		"503":       {play: hooktest.Answer(503, ``), allow: true},
		"504":       {play: hooktest.Answer(504, ``), allow: true},
		"500":       {play: hooktest.Answer(500, ``)},
		"429":       {play: hooktest.Answer(429, ``)},
		"403":       {play: hooktest.Answer(403, ``)},
		"404":       {play: hooktest.Answer(404, ``)},
		"302":       {play: hooktest.Redirect(302, "http://elsewhere.example")},
		"204":       {play: hooktest.Answer(204, ``)},
		"html":      {play: hooktest.Answer(200, `<html>`)},
		"cut short": {play: hooktest.InBody(hooktest.FIN)},
		"no http":   {play: hooktest.Garbage()},
		"a deadline": {play: hooktest.AfterRequest(hooktest.Stall), allow: true, ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}},
		"a caller's end": {play: hooktest.AfterRequest(hooktest.Stall), ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}},
		"a bad policy": {play: hooktest.Answer(200, `{"restClientConfig":{"publishStream":{"restOnError":"FAIIL"}}}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFallen(t, []hooktest.Behaviour{one.play}, resthook.WithFallback(resthook.Connect, resthook.Fallback{Everybody: true}))
				if one.down {
					f.socket.Down()
				}
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if one.ctx != nil {
					ctx, cancel = one.ctx(ctx)
				}
				defer cancel()
				session, err := f.client.Connect(ctx, &resthook.Connection{SessionID: "s", Custom: map[string]any{"token": "t0ken"}})
				require.Len(t, f.ends, 1)
				end := f.ends[0]
				assert.Equal(t, one.allow, end.Fallback)
				require.Error(t, end.Err)
				if !one.allow {
					require.Error(t, err)
					assert.Equal(t, uint64(0), f.client.Stats().Fallbacks[0].Count)
					assert.Contains(t, f.log.String(), "hook failed")
					return
				}
				require.NoError(t, err)
				assert.Nil(t, session.Policy())
				assert.Equal(t, resthook.ActionContinue, end.Action)
				assert.Equal(t, []resthook.FallbackCount{{Hook: "connect", Count: 1}}, f.client.Stats().Fallbacks)
				line := lineWith(t, f.log.String(), "fallback")
				assert.Contains(t, line, `level=WARN msg=fallback hook=connect app=`)
				assert.Contains(t, line, fmt.Sprintf("kind=%s ", end.Err.(*resthook.Error).Kind)) //nolint:errorlint,errcheck,forcetypeassert // it is one
				assert.NotContains(t, f.log.String(), "hook failed")
				assert.NotContains(t, f.log.String(), "t0ken")
			})
		})
	}
}

// Those who were allowed before get the same answer again, for so long; one who was denied, one
// with another token and another stream do not.
func TestFallbackForThoseWhoAreKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t, []hooktest.Behaviour{
			hooktest.Answer(200, `{"custom":{"token":"a","name":"Alice"},"restClientConfig":{"publishStream":{"restOnError":"FAIL"}}}`),
			hooktest.Answer(200, `{}`),
			hooktest.Answer(403, ``),
		}, resthook.WithFallback(resthook.Connect, resthook.Fallback{Known: time.Hour}))
		connect := func(id, token string) (*resthook.Session, error) {
			return f.client.Connect(t.Context(), &resthook.Connection{SessionID: id, NodeID: id, AuthToken: id, Custom: map[string]any{"token": token}})
		}
		_, err := connect("1", "a")
		require.NoError(t, err)
		_, err = connect("2", "b")
		require.NoError(t, err)
		_, err = connect("3", "b")
		require.Error(t, err, "denied meanwhile")
		f.socket.Down()
		time.Sleep(50 * time.Minute)
		session, err := connect("4", "a")
		require.NoError(t, err)
		assert.Equal(t, "4", session.ID())
		assert.Equal(t, "Alice", session.Connection().Custom["name"])
		require.NotNil(t, session.Policy(), "as the backend said then")
		_, err = connect("5", "b")
		require.ErrorIs(t, err, resthook.ErrUnreachable, "not known any more")
		_, err = connect("6", "c")
		require.ErrorIs(t, err, resthook.ErrUnreachable, "never known")
		time.Sleep(10*time.Minute + 1)
		_, err = connect("7", "a")
		require.ErrorIs(t, err, resthook.ErrUnreachable, "too long ago: a fallback does not extend it")
		assert.Equal(t, []resthook.FallbackCount{{Hook: "connect", Count: 1}}, f.client.Stats().Fallbacks)
	})
}

// What a session asks is a question of its client: another client who asks the same is not known.
func TestFallbackOfASession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithFallback(resthook.PublishStream, resthook.Fallback{Known: time.Hour}))
		session := func(id, token string) *resthook.Session {
			return sessionUnder(t, f.client, resthook.Connection{SessionID: id, Custom: map[string]any{"token": token}}, `{"publishStream":{"restOnError":"FAIL"}}`)
		}
		publish := func(s *resthook.Session, name string) error {
			_, err := resthook.PublishStream.Send(t.Context(), s, &resthook.Stream{Name: name, MediaSessionID: s.ID()})
			return err
		}
		alice, bob := session("1", "alice"), session("2", "bob")
		require.NoError(t, publish(alice, "cam"))
		f.socket.Down()
		require.NoError(t, publish(alice, "cam"))
		require.NoError(t, publish(session("3", "alice"), "cam"), "she has connected again")
		require.Error(t, publish(alice, "other"))
		require.Error(t, publish(bob, "cam"))
	})
}

// Who says who asks.
func TestFallbackWho(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithFallback(resthook.PlayHLS, resthook.Fallback{
			Known: time.Hour, Who: func(session *resthook.Session, payload json.RawMessage) string {
				assert.Nil(t, session)
				return textOf(payload, "token")
			},
		}))
		play := func(name, token string) error {
			_, err := resthook.PlayHLS.Send(t.Context(), f.client, &resthook.Playback{Name: name, Token: token})
			return err
		}
		require.NoError(t, play("one", "a"))
		require.NoError(t, play("one", ""))
		f.socket.Down()
		require.NoError(t, play("two", "a"))
		require.Error(t, play("one", ""), "an empty text is nobody")
	})
}

// A player who was allowed by a fallback is asked about again, when the backend is back.
func TestFallbackIsNoAdmission(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t, []hooktest.Behaviour{hooktest.Answer(403, ``)}, resthook.WithFallback(resthook.PlayHLS, resthook.Fallback{Everybody: true}))
		cfg := resthook.DefaultConfig()
		cfg.HLSAuthEnabled, cfg.HLSAuthTokenCache = true, time.Minute
		require.NoError(t, f.client.Reload(cfg))
		f.socket.Down()
		p := &resthook.Playback{Name: "n", Token: "t"}
		require.NoError(t, f.client.AdmitHLS(t.Context(), p))
		require.NoError(t, f.client.AdmitHLS(t.Context(), p))
		assert.Equal(t, uint64(2), f.client.Stats().Fallbacks[0].Count)
		f.socket.Up()
		require.ErrorIs(t, f.client.AdmitHLS(t.Context(), p), resthook.ErrStatus)
	})
}

func TestFallbacksAreChecked(t *testing.T) {
	t.Parallel()
	everybody := resthook.Fallback{Everybody: true}
	for name, opts := range map[string][]resthook.Option{
		"neither":   {resthook.WithFallback(resthook.Connect, resthook.Fallback{})},
		"both":      {resthook.WithFallback(resthook.Connect, resthook.Fallback{Everybody: true, Known: 1})},
		"negative":  {resthook.WithFallback(resthook.Connect, resthook.Fallback{Known: -1})},
		"an event":  {resthook.WithFallback(resthook.StreamStatusEvent, everybody)},
		"no method": {resthook.WithFallback(nil, everybody)},
		"zero hook": {resthook.WithFallback(resthook.Hook[resthook.Stream]{}, everybody)},
		"twice":     {resthook.WithFallback(resthook.Connect, everybody), resthook.WithFallback(resthook.Connect, everybody)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := resthook.NewClient(resthook.DefaultConfig(), append(opts, resthook.WithApp(resthook.App{URL: "http://backend.example"}))...)
			require.ErrorIs(t, err, resthook.ErrConfig)
			require.ErrorContains(t, err, "fallback")
		})
	}
}

// An attempt that somebody has answered, or that could not be trusted, rules a fallback out,
// whatever became of the last one.
func TestFallbackAfterAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, status := range []int{403, 500} {
			s := newSeveral(t, 2, resthook.App{}, resthook.WithRetryStatuses(status), resthook.WithFallback(resthook.PlayHLS, resthook.Fallback{Everybody: true}))
			s.sockets[0].Play(hooktest.Answer(status, ``))
			s.sockets[1].Down()
			_, err := s.send(t)
			require.ErrorIs(t, err, resthook.ErrUnreachable, "the last one")
		}
	})
	untrusted, refused := hooktest.NewTLSSocket(t, hooktest.Trusted, hooktest.Answer(200, `{}`)), hooktest.RefusedURL(t)
	client := makeClient(t, resthook.DefaultConfig(), resthook.WithApp(resthook.App{URLs: []string{untrusted.URL(), refused}}), resthook.WithLogger(new(logged).logger()),
		resthook.WithFallback(resthook.PlayHLS, resthook.Fallback{Everybody: true}))
	require.Error(t, ask(t, client))
}

// The ids of the session that was allowed then are not those of the one that is allowed now.
func TestFallbackGivesNoForeignIDs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t, []hooktest.Behaviour{hooktest.Mirror()}, resthook.WithFallback(resthook.Connect, resthook.Fallback{Known: time.Hour}))
		connect := func(id string) *resthook.Session {
			session, err := f.client.Connect(t.Context(), &resthook.Connection{SessionID: id, NodeID: id, AuthToken: id})
			require.NoError(t, err)
			return session
		}
		connect("1")
		f.socket.Down()
		got := connect("2").Connection()
		assert.Equal(t, []string{"2", "2", "2"}, []string{got.SessionID, got.NodeID, got.AuthToken})
	})
}

// Who gave up before anything was asked is not allowed.
func TestFallbackWithoutTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithFallback(resthook.Connect, resthook.Fallback{Everybody: true}))
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		_, err := f.client.Connect(ctx, &resthook.Connection{SessionID: "s"})
		require.ErrorIs(t, err, resthook.ErrCanceled)
		assert.Empty(t, f.socket.Requests())
	})
}

// What makes the client forget somebody: a denial, also one that overtakes an older answer that
// allows. A status of a proxy or a wrong path does not, nor an answer that can't be used.
func TestWhatForgetsSomebody(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		answer hooktest.Behaviour
		known  bool
	}{
		"403":        {hooktest.Answer(403, ``), false},
		"410":        {hooktest.Answer(410, ``), false},
		"401":        {hooktest.Answer(401, ``), false},
		"404":        {hooktest.Answer(404, ``), true},
		"407":        {hooktest.Answer(407, ``), true},
		"500":        {hooktest.Answer(500, ``), true},
		"bad policy": {hooktest.Answer(200, `{"restClientConfig":{"publishStream":{"restOnError":"FIAL"}}}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFallen(t, []hooktest.Behaviour{hooktest.Answer(200, `{"custom":{"n":1}}`), one.answer}, resthook.WithFallback(resthook.Connect, resthook.Fallback{Known: time.Hour}))
				connect := func() error {
					_, err := f.client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
					return err
				}
				require.NoError(t, connect())
				require.Error(t, connect())
				f.socket.Down()
				assert.Equal(t, one.known, connect() == nil)
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t, []hooktest.Behaviour{hooktest.Late(2*time.Second, hooktest.Answer(200, `{}`)), hooktest.Answer(403, ``)},
			resthook.WithFallback(resthook.PlayHLS, resthook.Fallback{Known: time.Hour}))
		slow := make(chan error, 1)
		go func() { slow <- ask(t, f.client) }()
		time.Sleep(time.Second)
		require.Error(t, ask(t, f.client))
		require.NoError(t, <-slow)
		f.socket.Down()
		require.Error(t, ask(t, f.client), "the denial is newer than the question that was allowed")
	})
}
