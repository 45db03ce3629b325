package resthook_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// vault gives out credentials.
type vault struct {
	mu      sync.Mutex
	calls   int
	lasts   time.Duration // until they are to be refreshed; 0: for ever
	fault   error
	blocked bool
	takes   time.Duration
}

func (v *vault) credentials(ctx context.Context) (resthook.Credentials, error) {
	v.mu.Lock()
	v.calls++
	given := resthook.Credentials{Username: "u", Password: resthook.NewSecret(fmt.Sprint("password-", v.calls))}
	if v.lasts > 0 {
		given.RefreshAt = time.Now().Add(v.lasts)
	}
	blocked, fault, takes := v.blocked, v.fault, v.takes
	v.mu.Unlock()
	time.Sleep(takes)
	if blocked {
		<-ctx.Done()
		return resthook.Credentials{}, ctx.Err()
	}
	return given, fault
}

func (v *vault) set(change func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change()
}

func (v *vault) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.calls
}

// vaulted is a client whose credentials come from a vault, and its backend.
func vaulted(t *testing.T, v *vault) (*resthook.Client, *hooktest.Socket, *logged) {
	t.Helper()
	network, log := hooktest.NewNetwork(), &logged{}
	socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithDialContext(network.DialContext),
		resthook.WithLogger(slog.New(slog.NewTextHandler(log, nil))),
		resthook.WithApp(resthook.App{URL: socket.URL(), Credentials: v.credentials}))
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close(context.Background()) })
	return client, socket, log
}

// passwords are those of the requests that came.
func passwords(socket *hooktest.Socket) (all []string) {
	for _, r := range socket.Requests() {
		_, password, _ := strings.Cut(basic(r), ":")
		all = append(all, password)
	}
	return all
}

// basic is the user and the password of a request.
func basic(r hooktest.Request) string {
	name, password, _ := (&http.Request{Header: r.Header}).BasicAuth()
	return name + ":" + password
}

func ask(t *testing.T, client *resthook.Client) error {
	t.Helper()
	_, err := resthook.PlayHLS.Send(t.Context(), client, &resthook.Playback{Name: "n"})
	return err
}

func TestCredentialsAreRefreshed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vault{lasts: time.Minute}
		client, socket, log := vaulted(t, v)
		session, err := client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		for range 3 {
			require.NoError(t, ask(t, client))
			require.NoError(t, ask(t, client))
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		assert.Equal(t, []string{"password-1", "password-1", "password-2", "password-2", "password-3", "password-3"}, passwords(socket))
		assert.Equal(t, 4, v.count())
		publish(t, session)
		require.NoError(t, client.Reload(resthook.DefaultConfig()))
		assert.Equal(t, 5, v.count(), "Reload asks again")
		assert.Empty(t, log.String())
	})
}

// Where a refresh fails, the old credentials stay in use, and no hook waits for the new ones.
func TestCredentialsThatFail(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*vault){
		"an error":  func(v *vault) { v.fault = errors.New("vault sealed") },
		"no return": func(v *vault) { v.blocked = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := &vault{lasts: time.Minute}
				client, socket, log := vaulted(t, v)
				v.set(func() { fail(v) })
				time.Sleep(time.Minute + time.Second)
				begun := time.Now()
				require.NoError(t, ask(t, client))
				assert.Zero(t, time.Since(begun))
				time.Sleep(time.Minute)
				assert.Contains(t, lineWith(t, log.String(), "credentials not read"), `app: credentials: `)
				assert.LessOrEqual(t, v.count(), 8, "every ten seconds")
				assert.GreaterOrEqual(t, v.count(), 4)
				require.ErrorIs(t, client.Reload(resthook.DefaultConfig()), resthook.ErrConfig)
				v.set(func() { v.fault, v.blocked = nil, false })
				time.Sleep(time.Minute)
				require.NoError(t, ask(t, client))
				got := passwords(socket)
				assert.Equal(t, "password-1", got[0])
				assert.NotEqual(t, "password-1", got[1])
			})
		})
	}
}

// A backend that answers 401 has the credentials fetched again, once in ten seconds.
func TestCredentialsAfter401(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vault{}
		client, socket, _ := vaulted(t, v)
		socket.Play(hooktest.Answer(401, ``))
		time.Sleep(time.Minute)
		for range 100 {
			require.Error(t, ask(t, client))
		}
		synctest.Wait()
		assert.Equal(t, 2, v.count())
		for range 100 {
			require.Error(t, ask(t, client))
			time.Sleep(100 * time.Millisecond)
		}
		assert.InDelta(t, 3, v.count(), 1)
		socket.Play(hooktest.Answer(403, ``))
		time.Sleep(time.Minute)
		before := v.count()
		require.Error(t, ask(t, client))
		time.Sleep(time.Minute)
		assert.Equal(t, before, v.count(), "403 is an answer")
	})
}

func TestCredentialsAreChecked(t *testing.T) {
	t.Parallel()
	give := func(c resthook.Credentials, err error) func(context.Context) (resthook.Credentials, error) {
		return func(context.Context) (resthook.Credentials, error) { return c, err }
	}
	secret := resthook.NewSecret("very-secret")
	cause := errors.New("sealed")
	for name, one := range map[string]struct {
		app  resthook.App
		want string
	}{
		"both":       {resthook.App{Username: "u", Credentials: give(resthook.Credentials{}, nil)}, "credentials and a function for them"},
		"in the url": {resthook.App{URL: "http://u:very-secret@backend.example", Credentials: give(resthook.Credentials{}, nil)}, "a user name in the url, and a function for credentials"},
		"error":      {resthook.App{Credentials: give(resthook.Credentials{}, cause)}, `app "k": credentials: sealed`},
		"password":   {resthook.App{Credentials: give(resthook.Credentials{Password: secret}, nil)}, "a password without a user name"},
		"secret":     {resthook.App{Credentials: give(resthook.Credentials{SigningSecrets: []resthook.Secret{secret}}, nil)}, "signing secret 1 is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one.app.Key = "k"
			if one.app.URL == "" {
				one.app.URL = "http://backend.example"
			}
			_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(one.app))
			require.ErrorIs(t, err, resthook.ErrConfig)
			require.ErrorContains(t, err, one.want)
			assert.NotContains(t, err.Error(), "very-secret")
			if name == "error" {
				assert.ErrorIs(t, err, cause)
			}
		})
	}
}

// A panic in the function, and one that reloads, harm nothing.
func TestCredentialsThatMisbehave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var client *resthook.Client
		calls, log := 0, &logged{}
		network := hooktest.NewNetwork()
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		app := resthook.App{URL: socket.URL(), Credentials: func(context.Context) (resthook.Credentials, error) {
			calls++
			switch calls {
			case 2:
				panic("in the vault")
			case 3:
				assert.NoError(t, client.Reload(resthook.DefaultConfig()))
			}
			return resthook.Credentials{Username: fmt.Sprint(calls), RefreshAt: time.Now().Add(time.Minute)}, nil
		}}
		var err error
		client, err = resthook.NewClient(resthook.DefaultConfig(), resthook.WithDialContext(network.DialContext),
			resthook.WithLogger(slog.New(slog.NewTextHandler(log, nil))), resthook.WithApp(app))
		require.NoError(t, err)
		defer closeClient(t, client)
		time.Sleep(time.Minute + time.Second)
		require.NoError(t, ask(t, client))
		assert.Contains(t, log.String(), "callback panicked")
		time.Sleep(3 * time.Minute)
		require.NoError(t, ask(t, client))
		assert.Greater(t, calls, 4)
	})
}

// Reload changes apps while sessions go on.
func TestReloadTakesApps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network, log := hooktest.NewNetwork(), &logged{}
		first := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{"restClientConfig":{"publishStream":{"restOnError":"FAIL"}}}`))
		second := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithDialContext(network.DialContext),
			resthook.WithLogger(slog.New(slog.NewTextHandler(log, nil))),
			resthook.WithApp(resthook.App{Key: "one", URL: first.URL()}))
		require.NoError(t, err)
		defer closeClient(t, client)
		session, err := client.Connect(t.Context(), &resthook.Connection{AppKey: "one", SessionID: "s"})
		require.NoError(t, err)
		notify(t, session, "n")
		synctest.Wait()

		changed := resthook.App{Key: "one", URL: second.URL(), Username: "u", Password: resthook.NewSecret("p"), SigningSecrets: []resthook.Secret{resthook.NewSecret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}}
		require.NoError(t, client.Reload(resthook.DefaultConfig(), changed, resthook.App{Key: "two", URL: second.URL()}))
		changed.SigningSecrets[0] = resthook.NewSecret("") // it was copied
		notify(t, session, "n")
		publish(t, session)
		synctest.Wait()
		assert.Len(t, first.Requests(), 2)
		require.Len(t, second.Requests(), 2)
		for _, r := range second.Requests() {
			assert.Equal(t, "u:p", basic(r))
			assert.NotEmpty(t, r.Header.Get(resthook.HeaderSignature))
		}
		_, err = client.Connect(t.Context(), &resthook.Connection{AppKey: "two", SessionID: "t"})
		require.NoError(t, err)
		require.NoError(t, client.Reload(resthook.DefaultConfig()))
		require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), client, &resthook.Stream{AppKey: "two", Status: resthook.StreamPublishing}), "the apps stay")

		for _, bad := range [][]resthook.App{
			{{Key: "one", URL: "ftp://nowhere"}},
			{{Key: "one", URL: first.URL()}, {Key: "one", URL: first.URL()}},
			{{Key: "one", URL: first.URL(), Methods: []resthook.Method{}}},
		} {
			require.ErrorIs(t, client.Reload(resthook.DefaultConfig(), bad...), resthook.ErrConfig)
		}
		require.NoError(t, client.Reload(resthook.DefaultConfig(), resthook.App{Key: "two", URL: second.URL()}))
		_, err = resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "n"})
		require.ErrorIs(t, err, resthook.ErrConfig, "its app is gone")
		assert.Contains(t, client.String(), "two")
		assert.NotContains(t, client.String(), "one")
	})
}

// Events that a queue has kept for an app are delivered once a Reload brings the app.
func TestReloadBringsAnAppWithKeptEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := resthook.NewQueue(resthook.QueueLimits{})
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithQueue(q))
		e := kept("s", 1)
		e.App, e.AppKey = "two", "two"
		put(t, q, e)
		time.Sleep(time.Minute)
		assert.Empty(t, b.socket.Requests())
		require.NoError(t, b.client.Reload(resthook.DefaultConfig(), resthook.App{URL: b.socket.URL()}, resthook.App{Key: "two", URL: b.socket.URL()}))
		time.Sleep(time.Second)
		assert.Len(t, b.socket.Requests(), 1)
	})
}

// A 401, a Reload and another 401: the credentials are asked for again.
func TestCredentialsAfterAReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vault{lasts: time.Hour}
		client, socket, _ := vaulted(t, v)
		socket.Play(hooktest.Answer(401, ``))
		require.Error(t, ask(t, client))
		time.Sleep(2 * time.Second)
		require.NoError(t, client.Reload(resthook.DefaultConfig()))
		time.Sleep(time.Minute)
		calls := v.count()
		require.Error(t, ask(t, client))
		time.Sleep(time.Minute)
		assert.Greater(t, v.count(), calls)
	})
}

// Of two Reloads the one that began later is in force, whichever returns first; one that waits
// for credentials ends with the client.
func TestReloadsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		slow := resthook.App{Key: "slow", URL: "http://slow.example", Credentials: func(ctx context.Context) (resthook.Credentials, error) {
			time.Sleep(time.Second)
			return resthook.Credentials{}, ctx.Err()
		}}
		first := make(chan error, 1)
		go func() { first <- b.client.Reload(resthook.DefaultConfig(), slow) }()
		time.Sleep(100 * time.Millisecond)
		require.NoError(t, b.client.Reload(resthook.DefaultConfig(), resthook.App{Key: "quick", URL: "http://quick.example"}))
		require.NoError(t, <-first)
		assert.Contains(t, b.client.String(), "quick")

		slow.Credentials = func(ctx context.Context) (resthook.Credentials, error) {
			<-ctx.Done()
			return resthook.Credentials{}, ctx.Err()
		}
		begun := time.Now()
		go func() { first <- b.client.Reload(resthook.DefaultConfig(), slow) }()
		time.Sleep(time.Second)
		require.NoError(t, b.client.Close(t.Context()))
		require.ErrorIs(t, <-first, resthook.ErrClosed)
		assert.Equal(t, time.Second, time.Since(begun))
	})
}

// Credentials that come after a Reload do not bring the old apps back.
func TestRefreshThatIsOvertakenByAReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		slow := resthook.App{Key: "slow", URL: "http://slow.example", Credentials: func(context.Context) (resthook.Credentials, error) {
			time.Sleep(time.Second)
			return resthook.Credentials{RefreshAt: time.Now().Add(time.Minute)}, nil
		}}
		require.NoError(t, b.client.Reload(resthook.DefaultConfig(), slow))
		time.Sleep(time.Minute + 500*time.Millisecond) // it is being called
		require.NoError(t, b.client.Reload(resthook.DefaultConfig(), resthook.App{Key: "quick", URL: "http://quick.example"}))
		time.Sleep(time.Minute)
		assert.Contains(t, b.client.String(), "quick")
	})
}

// A 401 that comes while credentials are being fetched has them fetched once more.
func TestCredentialsRefusedWhileTheyAreFetched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vault{lasts: time.Minute, takes: 2 * time.Second}
		client, socket, _ := vaulted(t, v)
		socket.Play(hooktest.Answer(401, ``))
		v.set(func() { v.lasts = time.Hour })
		time.Sleep(59 * time.Second) // it is being called
		require.Equal(t, 2, v.count())
		require.Error(t, ask(t, client))
		time.Sleep(5 * time.Second)
		assert.Equal(t, 2, v.count(), "not beside the other")
		time.Sleep(time.Minute)
		assert.Equal(t, 3, v.count())
	})
}
