package resthook_test

import (
	"context"
	"sync"
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
		"yes":         {hooktest.Answer(200, `{}`), nil, []int{1, 1, 1, 1, 2}},
		"no":          {hooktest.Answer(403, ``), resthook.ErrStatus, []int{1, 1, 2, 3, 4}},
		"not to know": {hooktest.Answer(500, ``), resthook.ErrStatus, []int{1, 2, 3, 4, 5}},
		"no answer":   {hooktest.AfterRequest(hooktest.FIN), resthook.ErrNoAnswer, []int{1, 2, 3, 4, 5}},
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

func TestHLSIsAskedForEachTokenAndStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, admitting(), nil)
		for _, p := range []*resthook.Playback{
			viewer("a"), viewer("b"), viewer("a"),
			{Name: "other", Custom: map[string]any{"token": "a"}},
			{Name: "cam", Token: "old"},
			{Name: "cam", Token: "old"},
			{Name: "cam"},
			{Name: "cam"}, // without a token each time
		} {
			require.NoError(t, b.client.AdmitHLS(t.Context(), p))
		}
		assert.Len(t, b.socket.Requests(), 6)
		assert.Equal(t, "playHLS", b.socket.Requests()[0].Hook)
		require.ErrorIs(t, b.client.AdmitHLS(t.Context(), nil), resthook.ErrConfig)
	})
}

func TestHLSAskedAtOnceIsOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, admitting(), []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { assert.NoError(t, b.client.AdmitHLS(t.Context(), viewer("t"))) })
		}
		wg.Wait()
		assert.Len(t, b.socket.Requests(), 1)
		assert.Equal(t, time.Second, time.Since(b.begun))
	})
}

// The player whose request is under way goes away; the others ask again and get
// their answer. One that waits goes away alone.
func TestHLSOutlivesTheOneWhoAsked(t *testing.T) {
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

func TestNobodyIsAskedUnlessConfigured(t *testing.T) {
	t.Parallel()
	client := newClient(t, hooktest.RefusedURL(t))
	require.NoError(t, client.AdmitHLS(t.Context(), viewer("t")))
	require.NoError(t, client.AdmitRTSP(t.Context(), viewer("t")))
}
