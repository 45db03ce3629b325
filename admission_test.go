package resthook_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func admitting() resthook.Config {
	cfg := resthook.DefaultConfig()
	cfg.HLSAuthEnabled, cfg.RTSPServerAuthEnabled = true, true
	cfg.RetryCount = 0
	return cfg
}

func viewer(token string) *resthook.Playback {
	return &resthook.Playback{Name: "cam", Custom: map[string]any{"token": token}}
}

func TestHLSAnswersAreRemembered(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer hooktest.Behaviour
		kind   error
		asked  []int // after 0, 1, 3, 9 and 11 seconds
	}{
		"allowed":   {hooktest.Answer(200, `{}`), nil, []int{1, 1, 1, 1, 2}},
		"denied":    {hooktest.Answer(403, ``), resthook.ErrStatus, []int{1, 1, 2, 3, 4}},
		"failed":    {hooktest.Answer(500, ``), resthook.ErrStatus, []int{1, 2, 3, 4, 5}},
		"no answer": {hooktest.AfterRequest(hooktest.FIN), resthook.ErrNoAnswer, []int{1, 2, 3, 4, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, admitting(), []hooktest.Behaviour{row.answer})
				for i, at := range []int{0, 1, 3, 9, 11} {
					time.Sleep(time.Until(b.begun.Add(time.Duration(at) * time.Second))) // virtual
					require.ErrorIs(t, b.client.AdmitHLS(t.Context(), viewer("t")), row.kind)
					assert.Len(t, b.socket.Requests(), row.asked[i], "after %d s", at)
				}
			})
		})
	}
}

func TestHLSWithoutATokenIsAskedEachTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, admitting(), nil)
		for range 2 {
			require.NoError(t, b.client.AdmitHLS(t.Context(), &resthook.Playback{Name: "cam", Token: "old"}))
			require.NoError(t, b.client.AdmitHLS(t.Context(), &resthook.Playback{Name: "cam"}))
		}
		assert.Len(t, b.socket.Requests(), 3)
		assert.Equal(t, "playHLS", b.socket.Requests()[0].Hook)
		require.ErrorIs(t, b.client.AdmitHLS(t.Context(), nil), resthook.ErrConfig)
	})
}

// Where no answer is remembered, players do not share one either.
func TestHLSWithoutACacheIsAskedEachTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := admitting()
		cfg.HLSAuthTokenCache = 0
		b := newBubble(t, cfg, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { assert.NoError(t, b.client.AdmitHLS(t.Context(), viewer("t"))) })
		}
		wg.Wait()
		assert.Len(t, b.socket.Requests(), 2)
	})
}

// The player whose hook is in flight gives up: the others ask again and get their answer.
// A player that only waits gives up alone.
func TestHLSPlayerThatGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, admitting(), []hooktest.Behaviour{hooktest.Late(10*time.Second, hooktest.Answer(200, `{}`))})
		admit := func(patience time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			return b.client.AdmitHLS(ctx, viewer("t"))
		}
		var wg sync.WaitGroup
		wg.Go(func() { assert.ErrorIs(t, admit(2*time.Second), resthook.ErrCanceled) })
		synctest.Wait()
		wg.Go(func() { assert.NoError(t, admit(time.Minute)) })
		wg.Go(func() { assert.ErrorIs(t, admit(time.Second), resthook.ErrCanceled) })
		wg.Wait()
		assert.Equal(t, 12*time.Second, time.Since(b.begun))
	})
}

func TestRTSPIsAskedOncePerSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, admitting(), nil)
		p := &resthook.Playback{SessionID: "/1.2.3.4:5/6.7.8.9:554", Name: "rtsp://h/cam"}
		for range 5 { // DESCRIBE, SETUP, SETUP, PLAY, TEARDOWN
			require.NoError(t, b.client.AdmitRTSP(t.Context(), p))
		}
		assert.Len(t, b.socket.Requests(), 1)
		assert.Equal(t, "playRTSP", b.socket.Requests()[0].Hook)
		b.client.ForgetRTSP(p.SessionID)
		require.NoError(t, b.client.AdmitRTSP(t.Context(), p))
		assert.Len(t, b.socket.Requests(), 2)
		require.ErrorIs(t, b.client.AdmitRTSP(t.Context(), nil), resthook.ErrConfig)
	})
}

func TestPlayersAreAdmittedUnlessConfigured(t *testing.T) {
	t.Parallel()
	client := newClient(t, hooktest.RefusedURL(t))
	require.NoError(t, client.AdmitHLS(t.Context(), viewer("t")))
	require.NoError(t, client.AdmitRTSP(t.Context(), viewer("t")))
}

func rtspPlayer() *resthook.Playback {
	return &resthook.Playback{
		NodeID: "n", SessionID: "/1.2.3.4:5/6.7.8.9:554", MediaSessionID: "m", Name: "rtsp://h/cam", MediaProvider: "RTSP",
		UserAgent: "VLC", AppKey: "a", Custom: map[string]any{"aclAuth": "good", "ip": "1.2.3.4"},
	}
}

func hlsPlayer() *resthook.Playback {
	p := rtspPlayer()
	p.Name, p.MediaProvider = "cam", "HLS"
	p.Custom = map[string]any{"token": "good", "ip": "1.2.3.4"}
	return p
}

// An answer serves only the question that was asked: any field that differs makes
// another question.
func TestAnswersServeOneQuestion(t *testing.T) {
	t.Parallel()
	others := map[string]func(p *resthook.Playback){
		"name":        func(p *resthook.Playback) { p.Name += "2" },
		"app":         func(p *resthook.Playback) { p.AppKey = "other" },
		"no app":      func(p *resthook.Playback) { p.AppKey = "" },
		"token":       func(p *resthook.Playback) { p.Custom["aclAuth"], p.Custom["token"] = "bad", "bad" },
		"no token":    func(p *resthook.Playback) { p.Custom = nil },
		"property":    func(p *resthook.Playback) { p.Custom = map[string]any{"auth": "good", "ip": "1.2.3.4"} },
		"other field": func(p *resthook.Playback) { p.Custom["ip"] = "6.6.6.6" },
		"one more":    func(p *resthook.Playback) { p.Custom["room"] = "r" },
		"old token":   func(p *resthook.Playback) { p.Token = "bad" },
		"old url":     func(p *resthook.Playback) { p.RTSPURL = "rtsp://h/other" },
		"agent":       func(p *resthook.Playback) { p.UserAgent = "ffmpeg" },
		"old agent":   func(p *resthook.Playback) { p.OldUserAgent = "ffmpeg" },
		"unknown":     func(p *resthook.Playback) { p.Unknown = map[string]json.RawMessage{"role": json.RawMessage(`"admin"`)} },
		"fragment":    func(p *resthook.Playback) { p.Name += "#b" },
		"in the name": func(p *resthook.Playback) { p.Name += "?aclAuth=bad" },
		"in its user": func(p *resthook.Playback) { p.Name = strings.Replace(p.Name, "rtsp://", "rtsp://bad@", 1) + "x" },
	}
	same := map[string]func(p *resthook.Playback){
		"node":    func(p *resthook.Playback) { p.NodeID = "other" },
		"media":   func(p *resthook.Playback) { p.MediaSessionID = "other" },
		"nothing": func(*resthook.Playback) {},
	}
	kinds := map[string]struct {
		player func() *resthook.Playback
		admit  func(*resthook.Client) func(context.Context, *resthook.Playback) error
	}{
		"hls":  {hlsPlayer, func(c *resthook.Client) func(context.Context, *resthook.Playback) error { return c.AdmitHLS }},
		"rtsp": {rtspPlayer, func(c *resthook.Client) func(context.Context, *resthook.Playback) error { return c.AdmitRTSP }},
	}
	for kind, row := range kinds {
		for name, change := range others {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				asked(t, row.player, change, row.admit, 2)
			})
		}
		for name, change := range same {
			t.Run(kind+" same "+name, func(t *testing.T) {
				t.Parallel()
				asked(t, row.player, change, row.admit, 1)
			})
		}
	}
	t.Run("rtsp session", func(t *testing.T) {
		t.Parallel()
		asked(t, rtspPlayer, func(p *resthook.Playback) { p.SessionID = "other" }, kinds["rtsp"].admit, 2)
	})
	t.Run("hls session", func(t *testing.T) {
		t.Parallel()
		asked(t, hlsPlayer, func(p *resthook.Playback) { p.SessionID = "other" }, kinds["hls"].admit, 1)
	})
}

// asked admits a player and one that differs, and counts the hooks.
func asked(t *testing.T, player func() *resthook.Playback, change func(*resthook.Playback),
	admit func(*resthook.Client) func(context.Context, *resthook.Playback) error, want int,
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, admitting(), nil)
		first, second := player(), player()
		change(second)
		for _, p := range []*resthook.Playback{first, second, first} {
			require.NoError(t, admit(b.client)(t.Context(), p))
		}
		assert.Len(t, b.socket.Requests(), want)
	})
}

// An RTSP player is denied without a token, and comes again with one.
func TestRTSPRefusedWithoutATokenIsAskedWithOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, admitting(), []hooktest.Behaviour{hooktest.Answer(403, ``), hooktest.Answer(200, `{}`), hooktest.Answer(403, ``)})
		admit := func(url string) error {
			p, err := b.client.ParsePlayback(url)
			require.NoError(t, err)
			p.SessionID = "s"
			return b.client.AdmitRTSP(t.Context(), p)
		}
		assert.True(t, resthook.Denied(admit("rtsp://h/cam")))
		for range 3 {
			require.NoError(t, admit("rtsp://h/cam?aclAuth=good"))
		}
		assert.True(t, resthook.Denied(admit("rtsp://h/cam?aclAuth=bad")))
		assert.True(t, resthook.Denied(admit("rtsp://h/cam")))
		assert.Len(t, b.socket.Requests(), 3)
	})
}

// However a player spells its URL, the backend is asked once for a session, also where a
// media server makes the payload by hand.
func TestRTSPSessionIsAskedUnderOneName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, admitting(), nil)
		for _, raw := range spellings() {
			p, err := b.client.ParsePlayback(raw)
			require.NoError(t, err)
			p.SessionID = "s"
			require.NoError(t, b.client.AdmitRTSP(t.Context(), p))
			p.Name = strings.Split(strings.Replace(raw, "u:p@", "", 1), "?")[0]
			require.NoError(t, b.client.AdmitRTSP(t.Context(), p))
		}
		assert.Len(t, b.socket.Requests(), 1)
	})
}

// While hooks are disabled the backend allows nothing, so nothing is remembered.
func TestNoAnswerIsRememberedWhileDisabled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, admitting(), []hooktest.Behaviour{hooktest.Answer(403, ``)})
		off := admitting()
		off.DisableRestRequests = true
		require.NoError(t, b.client.Reload(off))
		require.NoError(t, b.client.AdmitHLS(t.Context(), hlsPlayer()))
		require.NoError(t, b.client.AdmitRTSP(t.Context(), rtspPlayer()))
		require.NoError(t, b.client.Reload(admitting()))
		assert.True(t, resthook.Denied(b.client.AdmitHLS(t.Context(), hlsPlayer())))
		assert.True(t, resthook.Denied(b.client.AdmitRTSP(t.Context(), rtspPlayer())))
	})
}

// A Reload that shortens the lifetime of answers holds for those that are remembered.
func TestReloadShortensWhatIsRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		long, short := admitting(), admitting()
		long.HLSAuthTokenCache, short.HLSAuthTokenCache = time.Hour, time.Second
		b := newBubble(t, long, nil)
		require.NoError(t, b.client.AdmitHLS(t.Context(), hlsPlayer()))
		require.NoError(t, b.client.Reload(short))
		require.NoError(t, b.client.AdmitHLS(t.Context(), hlsPlayer()))
		assert.Len(t, b.socket.Requests(), 1)
		time.Sleep(time.Second) // virtual
		require.NoError(t, b.client.AdmitHLS(t.Context(), hlsPlayer()))
		assert.Len(t, b.socket.Requests(), 2)
	})
}

// ForgetRTSP forgets all answers of a session.
func TestForgetForgetsTheWholeSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, admitting(), nil)
		one, two, other := rtspPlayer(), rtspPlayer(), rtspPlayer()
		two.Name, other.SessionID = "rtsp://h/two", "other"
		all := []*resthook.Playback{one, two, other}
		for range 2 {
			for _, p := range all {
				require.NoError(t, b.client.AdmitRTSP(t.Context(), p))
			}
		}
		assert.Len(t, b.socket.Requests(), 3)
		b.client.ForgetRTSP(one.SessionID)
		b.client.ForgetRTSP("none such")
		for _, p := range all {
			require.NoError(t, b.client.AdmitRTSP(t.Context(), p))
		}
		assert.Len(t, b.socket.Requests(), 5)
	})
}

// A status that mostly comes from a wrong path is not remembered as a denial.
func TestWhichRefusalsAreRemembered(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{401: 1, 402: 1, 403: 1, 410: 1, 451: 1, 400: 2, 404: 2, 405: 2, 411: 2, 413: 2, 414: 2, 415: 2, 407: 2, 421: 2, 408: 2, 429: 2, 500: 2, 201: 2} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, admitting(), []hooktest.Behaviour{hooktest.Answer(status, ``)})
				for range 2 {
					require.ErrorIs(t, b.client.AdmitHLS(t.Context(), hlsPlayer()), resthook.ErrStatus)
				}
				assert.Len(t, b.socket.Requests(), want)
				for range 2 {
					require.ErrorIs(t, b.client.AdmitRTSP(t.Context(), rtspPlayer()), resthook.ErrStatus)
				}
				assert.Len(t, b.socket.Requests(), 2*want)
			})
		})
	}
}

// doorman is a client whose backend allows tokens that begin with "good", and the number
// of its hooks. Where release is not nil, no hook is answered before it is closed.
func doorman(t *testing.T, release <-chan struct{}, opts ...resthook.Option) (client *resthook.Client, questions *atomic.Int64) {
	t.Helper()
	questions = new(atomic.Int64)
	ask := func(req *http.Request) (*http.Response, error) {
		questions.Add(1)
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if release != nil {
			<-release
		}
		answer := &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(long("no", 2000))), Request: req}
		if strings.Contains(string(body), `":"good`) {
			answer.StatusCode, answer.Body = 200, io.NopCloser(strings.NewReader("{}"))
		}
		return answer, nil
	}
	cfg := admitting()
	cfg.HLSAuthTokenCache = time.Hour
	client = makeClient(t, cfg, append(opts, resthook.WithTransport(roundTrip(ask)), resthook.WithApp(resthook.App{URL: "http://h"}))...)
	return client, questions
}

// What Stats and the log report of answers that are dropped for want of room. A client
// that is closed remembers none.
func TestAdmissionLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := new(logged)
		client, _ := doorman(t, nil, resthook.WithAdmissionLimit(100), resthook.WithLogger(log.logger()))
		admit := func(i int) { require.NoError(t, client.AdmitHLS(t.Context(), viewer("good"+strconv.Itoa(i)))) }
		for i := range 150 {
			admit(i)
		}
		assert.Equal(t, resthook.AdmissionStats{Remembered: 100, Dropped: 50}, client.Stats().Admissions)
		assert.Len(t, log.all("admissions dropped"), 1)
		time.Sleep(time.Minute) // virtual
		admit(150)
		require.Len(t, log.all("admissions dropped"), 2)
		assert.Contains(t, log.all("admissions dropped")[1], "hook=playHLS count=50 limit=100")
		require.NoError(t, client.Close(t.Context()))
		assert.Zero(t, client.Stats().Admissions.Remembered)
	})
}

// Denied tokens, players of the other protocol and many streams of one session take no
// place from a player whose answer is remembered.
func TestRememberedPlayersKeepTheirPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, questions := doorman(t, nil, resthook.WithAdmissionLimit(100))
		hls, rtsp := hlsPlayer(), rtspPlayer()
		known := func() {
			require.NoError(t, client.AdmitHLS(t.Context(), hls))
			require.NoError(t, client.AdmitRTSP(t.Context(), rtsp))
		}
		known()
		for i := range 1000 {
			other := rtspPlayer()
			other.SessionID, other.Name = "one", "rtsp://h/"+strconv.Itoa(i)
			require.NoError(t, client.AdmitRTSP(t.Context(), other))
			assert.True(t, resthook.Denied(client.AdmitHLS(t.Context(), viewer("bad"+strconv.Itoa(i)))))
		}
		assert.Equal(t, 1+100+1+8, client.Stats().Admissions.Remembered)
		questions.Store(0)
		known()
		assert.Zero(t, questions.Load())
	})
}

// Answers that are still awaited take no place from those that are remembered.
func TestAwaitedAnswersAreCountedApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		client, questions := doorman(t, release, resthook.WithAdmissionLimit(10))
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() { assert.NoError(t, client.AdmitRTSP(t.Context(), withSession(i))) })
		}
		synctest.Wait()
		release <- struct{}{} // one of them is known
		synctest.Wait()
		for i := range 1000 {
			wg.Go(func() { assert.NoError(t, client.AdmitRTSP(t.Context(), withSession(100+i))) })
		}
		synctest.Wait()
		assert.Equal(t, resthook.AdmissionStats{Remembered: 1}, client.Stats().Admissions)
		assert.EqualValues(t, 1005, questions.Load())
		close(release)
		wg.Wait()
		assert.Equal(t, resthook.AdmissionStats{Remembered: 10, Dropped: 995}, client.Stats().Admissions)
	})
}

func withSession(i int) *resthook.Playback {
	p := rtspPlayer()
	p.SessionID = strconv.Itoa(i)
	return p
}

// A call without a context, or to a nil client, is an error, also where the answer is
// remembered.
func TestAdmitWithoutClientOrContext(t *testing.T) {
	t.Parallel()
	client, _ := doorman(t, nil)
	require.NoError(t, client.AdmitHLS(t.Context(), hlsPlayer()))
	require.NoError(t, client.AdmitRTSP(t.Context(), rtspPlayer()))
	var none context.Context
	require.ErrorIs(t, client.AdmitHLS(none, hlsPlayer()), resthook.ErrConfig)
	require.ErrorIs(t, client.AdmitRTSP(none, rtspPlayer()), resthook.ErrConfig)
	for _, client := range []*resthook.Client{nil, {}} {
		require.ErrorIs(t, client.AdmitHLS(t.Context(), hlsPlayer()), resthook.ErrConfig)
		require.ErrorIs(t, client.AdmitRTSP(t.Context(), rtspPlayer()), resthook.ErrConfig)
		client.ForgetRTSP("s")
		_, err := client.ParsePlayback("rtsp://h/cam")
		require.ErrorIs(t, err, resthook.ErrConfig)
	}
}

// The deadline of one player decides for nobody else.
func TestDeadlineOfOnePlayer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := resthook.DefaultConfig()
		cfg.HLSAuthEnabled = true
		var asked atomic.Int32
		client, err := resthook.NewClient(cfg, resthook.WithApp(resthook.App{URL: "http://backend.test"}), resthook.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			time.Sleep(5 * time.Millisecond)
			if asked.Add(1) == 1 {
				return nil, &net.OpError{Op: "dial", Err: io.EOF}
			}
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		})))
		require.NoError(t, err)
		var first sync.WaitGroup
		first.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			assert.Error(t, client.AdmitHLS(ctx, hlsPlayer()))
		})
		synctest.Wait()
		require.NoError(t, client.AdmitHLS(t.Context(), hlsPlayer()))
		first.Wait()
		closeClient(t, client)
	})
}

// The app's key comes from the player's URL: another key does not avoid the hook.
func TestAppKeyDoesNotAvoidTheHook(t *testing.T) {
	t.Parallel()
	socket := hooktest.NewSocket(t, hooktest.Answer(403, ``))
	all := resthook.App{Key: "defaultApp", URL: socket.URL()}
	chat := resthook.App{Key: "chat", URL: socket.URL(), Methods: []resthook.Method{resthook.Connect, resthook.SendMessage}}
	client, err := resthook.NewClient(admitting(), resthook.WithApp(all), resthook.WithApp(chat))
	require.NoError(t, err)
	defer closeClient(t, client)
	for _, url := range []string{"http://m/cam/cam.m3u8?token=t", "http://m/cam/cam.m3u8?token=t&appKey=chat"} {
		p, err := client.ParsePlayback(url)
		require.NoError(t, err)
		require.Error(t, client.AdmitHLS(t.Context(), p), url)
	}
	for _, url := range []string{"rtsp://m/cam?aclAuth=t", "rtsp://m/cam?aclAuth=t&appKey=chat"} {
		p, err := client.ParsePlayback(url)
		require.NoError(t, err)
		p.SessionID = url
		require.Error(t, client.AdmitRTSP(t.Context(), p), url)
	}
	only, err := resthook.NewClient(admitting(), resthook.WithApp(chat))
	require.NoError(t, err)
	defer closeClient(t, only)
	p, err := only.ParsePlayback("http://m/cam/cam.m3u8?token=t&appKey=chat")
	require.NoError(t, err)
	require.NoError(t, only.AdmitHLS(t.Context(), p), "no app is asked: docs/protocol.md, 0.4")
}

// The log names the first player that is admitted without a hook.
func TestPlayersAdmittedWithoutAHookAreLogged(t *testing.T) {
	t.Parallel()
	log := new(logged)
	client := newClient(t, hooktest.RefusedURL(t), resthook.WithLogger(log.logger()))
	assert.Empty(t, log.String())
	for range 2 {
		for range 3 {
			require.NoError(t, client.AdmitHLS(t.Context(), hlsPlayer()))
			require.NoError(t, client.AdmitRTSP(t.Context(), rtspPlayer()))
		}
		require.Len(t, strings.Split(strings.TrimSpace(log.String()), "\n"), 2)
		assert.Len(t, log.all("hls_auth_enabled is false: AdmitHLS admits every player unasked"), 1)
		assert.Len(t, log.all("rtsp_server_auth_enabled is false: AdmitRTSP admits every player unasked"), 1)
		log.text.Reset()
		require.NoError(t, client.Reload(resthook.DefaultConfig()))
	}
}

// Long tokens take no more memory than short ones.
func TestLongTokensTakeLittleMemory(t *testing.T) { //nolint:paralleltest // it measures the heap
	synctest.Test(t, func(t *testing.T) {
		client, _ := doorman(t, nil)
		before := heap()
		for i := range 1000 {
			token := long(strconv.Itoa(i)+".", 10_000)
			assert.True(t, resthook.Denied(client.AdmitHLS(t.Context(), viewer(token))))
			p := withSession(i)
			p.Custom["aclAuth"] = "good" + token
			require.NoError(t, client.AdmitRTSP(t.Context(), p))
		}
		assert.Equal(t, 2000, client.Stats().Admissions.Remembered)
		assert.Less(t, heap()-before, int64(4<<20))
	})
}
