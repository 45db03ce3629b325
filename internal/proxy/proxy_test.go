package proxy_test

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/leak"
	"github.com/wcskit/resthook/internal/proxy"
)

func TestMain(m *testing.M) { leak.Exit(m) }

// virtual is a transport and its proxy, on virtual time.
type virtual struct {
	*proxy.Transport

	proxy *hooktest.Socket
}

func onVirtualTime(t *testing.T, scheme string, o proxy.Options, test func(t *testing.T, v *virtual), script ...hooktest.Behaviour) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		v := &virtual{proxy: hooktest.NewSocketOn(t, network.Listen(), script...)}
		through, err := proxy.Fixed(strings.Replace(v.proxy.URL(), "http", scheme, 1))
		require.NoError(t, err)
		o.Proxy, o.Dial = through, network.DialContext
		v.Transport = proxy.New(o)
		test(t, v)
		v.Close(t.Context())
		synctest.Wait()
		assert.Zero(t, v.proxy.Open(), "open after Close")
	})
}

// post sends a request and reads the answer.
func (v *virtual) post(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://backend.test/rest/connect", io.NopCloser(strings.NewReader("{}")))
	if err != nil {
		return err
	}
	req.ContentLength = 2
	resp, err := v.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// A proxy that says nothing does not keep the place of a connection for ever.
func TestStalledProxyGivesItsPlaceBack(t *testing.T) {
	t.Parallel()
	onVirtualTime(t, "socks5", proxy.Options{Limit: 1}, func(t *testing.T, v *virtual) {
		for range 3 {
			assert.Zero(t, v.Stats())
			require.ErrorIs(t, v.post(t.Context(), time.Second), context.DeadlineExceeded)
			time.Sleep(10 * time.Second)
			synctest.Wait()
			assert.Zero(t, v.proxy.Open())
		}
		assert.Equal(t, 3, v.proxy.Accepted())
	}, hooktest.AtAccept(hooktest.Stall))
}

// A connection that is used lives longer than one that is being made may take.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	onVirtualTime(t, "http", proxy.Options{}, func(t *testing.T, v *virtual) {
		for range 20 {
			require.NoError(t, v.post(t.Context(), time.Second))
			time.Sleep(50 * time.Second)
		}
		assert.Equal(t, 1, v.proxy.Accepted())
		assert.Equal(t, h1.Stats{Open: 1, Idle: 1, Opened: 1, Reused: 19}, v.Stats())
		time.Sleep(11 * time.Second)
		synctest.Wait()
		assert.Zero(t, v.proxy.Open(), "a minute after its last use")
		assert.Equal(t, h1.Stats{Opened: 1, Reused: 19}, v.Stats())
	})
}

func TestConnectionsGrowOld(t *testing.T) {
	t.Parallel()
	onVirtualTime(t, "http", proxy.Options{Age: 4 * time.Minute}, func(t *testing.T, v *virtual) {
		for range 40 { // 20 minutes
			require.NoError(t, v.post(t.Context(), time.Second))
			synctest.Wait()
			assert.Equal(t, 1, v.proxy.Open())
			time.Sleep(30 * time.Second)
		}
		assert.GreaterOrEqual(t, v.proxy.Accepted(), 5)
		assert.LessOrEqual(t, v.proxy.Accepted(), 7)
	})
}

// After Renew, and under another TLS configuration, no old connection is used: those that are idle
// end at once, the others after their exchange.
func TestNewSettingsEndConnections(t *testing.T) {
	t.Parallel()
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	change := map[string]func(*virtual){
		"renew":      func(v *virtual) { v.Renew(5) },
		"other TLS":  func(*virtual) { config = config.Clone() },
		"same again": func(*virtual) {},
	}
	for _, name := range []string{"renew", "other TLS", "same again"} {
		t.Run(name, func(t *testing.T) {
			onVirtualTime(t, "http", proxy.Options{TLSNow: func() *tls.Config { return config }}, func(t *testing.T, v *virtual) {
				require.NoError(t, v.post(t.Context(), time.Second))
				busy := make(chan error)
				go func() { busy <- v.post(t.Context(), time.Minute) }()
				synctest.Wait()
				assert.Equal(t, h1.Stats{Open: 1, Opened: 1, Reused: 1}, v.Stats())
				change[name](v)
				require.NoError(t, v.post(t.Context(), time.Second))
				require.NoError(t, <-busy)
				synctest.Wait()
				if name == "same again" {
					assert.Equal(t, 2, v.proxy.Open())
					assert.Equal(t, 2, v.proxy.Accepted())
					return
				}
				assert.Equal(t, 1, v.proxy.Open())
				assert.Equal(t, 2, v.proxy.Accepted())
				require.NoError(t, v.post(t.Context(), time.Second))
				assert.Equal(t, 2, v.proxy.Accepted())
			}, hooktest.Answer(200, "{}"), hooktest.Late(10*time.Second, hooktest.Answer(200, "{}")), hooktest.Answer(200, "{}"))
		})
	}
}

// A request that begins while the settings change leaves no connection behind.
func TestNewSettingsAtTheBeginningOfARequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		v := &virtual{proxy: hooktest.NewSocketOn(t, network.Listen())}
		through, err := proxy.Fixed(v.proxy.URL())
		require.NoError(t, err)
		v.Transport = proxy.New(proxy.Options{Dial: network.DialContext, Proxy: func(req *http.Request) (*url.URL, error) {
			v.Renew(1)
			synctest.Wait()
			return through(req)
		}})
		require.NoError(t, v.post(t.Context(), time.Second))
		synctest.Wait()
		assert.Zero(t, v.proxy.Open())
		v.Close(t.Context())
	})
}

// Files on a disk that hangs hold nobody up for longer than its context.
func TestTLSThatHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hangs := func() *tls.Config {
		<-release
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	through, err := proxy.Fixed("http://proxy.test")
	require.NoError(t, err)
	v := &virtual{Transport: proxy.New(proxy.Options{Proxy: through, TLSNow: hangs})}
	require.ErrorIs(t, v.post(t.Context(), time.Millisecond), context.DeadlineExceeded)
	close(release)
	v.Close(t.Context())
	require.ErrorContains(t, v.post(t.Context(), time.Second), "closed")
}
