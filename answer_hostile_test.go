package resthook_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// Each of these answers is a clear error, in bounded memory and time. The connection is
// closed and no goroutine is left (TestMain looks for them).
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for name, row := range map[string]struct {
			plays hooktest.Behaviour
			kind  error
			says  string
			kept  bool // the whole answer was read, so the connection stays
		}{
			"body without end":        {hooktest.EndlessBody(), resthook.ErrBody, "answer too large: over 1048576 bytes", false},
			"chunks without end":      {hooktest.EndlessChunks(), resthook.ErrBody, "answer too large: over 1048576 bytes", false},
			"gzip bomb":               {hooktest.GzipBomb(200), resthook.ErrBody, "answer too large: over 1048576 bytes", true},
			"one byte too many":       {hooktest.BigBody(1<<20 + 1), resthook.ErrBody, "answer too large: over 1048576 bytes", true},
			"deep nesting":            {hooktest.DeepNesting(100_000), resthook.ErrBody, "nested deeper than 200 at byte", true},
			"status line without end": {hooktest.EndlessStatusLine(), resthook.ErrBody, "malformed http answer", false},
			"headers without end":     {hooktest.EndlessHeaders(), resthook.ErrBody, "malformed http answer", false},
			"1xx without end":         {hooktest.EndlessInterim(), resthook.ErrBody, "malformed http answer", false},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBubbleVia(t, via, resthook.DefaultConfig(), []hooktest.Behaviour{row.plays})
					err := b.send(t.Context())
					require.ErrorIs(t, err, row.kind)
					assert.ErrorContains(t, err, row.says)
					assert.Less(t, len(err.Error()), 300, "the error quotes no answer")
					assert.Less(t, time.Since(b.begun), time.Second)
					if row.kept {
						return
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					assert.NoError(t, b.socket.WaitClosed(ctx), "the connection is closed")
				})
			})
		}
	})
}

func TestMillionKeys(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for keys, kind := range map[int]error{50_000: nil, 1_000_000: resthook.ErrBody} {
			synctest.Test(t, func(t *testing.T) {
				b := newBubbleVia(t, via, resthook.DefaultConfig(), []hooktest.Behaviour{hooktest.ManyKeys(keys)})
				require.ErrorIs(t, b.send(t.Context()), kind, "%d keys", keys)
			})
		}
	})
}

func TestAnswerOfExactlyTheLimit(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for size, kind := range map[int]error{1000: nil, 1001: resthook.ErrBody} {
			synctest.Test(t, func(t *testing.T) {
				b := newBubbleVia(t, via, resthook.DefaultConfig(), []hooktest.Behaviour{hooktest.BigBody(size)}, resthook.WithAnswerLimit(1000))
				require.ErrorIs(t, b.send(t.Context()), kind)
			})
		}
	})
}

//nolint:paralleltest // it measures the memory of the whole process
func TestGzipBombTakesLittleMemory(t *testing.T) {
	socket := hooktest.NewSocket(t, hooktest.GzipBomb(500))
	client := newClient(t, socket.URL())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := resthook.Connect.Send(t.Context(), client, &resthook.Connection{})
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, resthook.ErrBody)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), "bytes allocated for an answer of 500 MiB")
}

func TestMalformedAnswers(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for name, plays := range hooktest.Malformed() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBubbleVia(t, via, resthook.DefaultConfig(), []hooktest.Behaviour{plays})
					err := b.send(t.Context())
					require.ErrorIs(t, err, resthook.ErrBody)
					assert.Equal(t, 1, b.socket.Accepted(), "malformed HTTP is not tried again")
					assert.NotContains(t, err.Error(), "\n", "one line")
				})
			})
		}
	})
}

func TestErrorsQuoteNoHeader(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for name, wire := range map[string]string{
			"malformed header": "HTTP/1.1 200 OK\r\nX-Token s3cret\r\n\r\n{}",
			"content type":     "HTTP/1.1 200 OK\r\nContent-Type: \x1b[2J" + strings.Repeat("x", 40_000) + "\r\nContent-Length: 0\r\n\r\n",
			"encoding":         "HTTP/1.1 200 OK\r\nContent-Encoding: \x1b[2J" + strings.Repeat("x", 40_000) + "\r\nContent-Length: 0\r\n\r\n",
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBubbleVia(t, via, retrying(0), []hooktest.Behaviour{hooktest.AnswerRaw(wire, hooktest.Close)})
					err := b.send(t.Context())
					require.ErrorIs(t, err, resthook.ErrBody)
					assert.NotContains(t, err.Error(), "s3cret")
					assert.NotContains(t, err.Error(), "\x1b")
					assert.Less(t, len(err.Error()), 300)
				})
			})
		}
	})
}

// No memory is allocated for a length that is only announced.
func TestAnnouncedLengthTakesNoMemory(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubbleVia(t, via, retrying(0), []hooktest.Behaviour{
				hooktest.AnswerRaw("HTTP/1.1 200 OK\r\nContent-Length: 4611686018427387000\r\n\r\n{}", hooktest.Close),
			}, resthook.WithAnswerLimit(1<<30))
			require.ErrorIs(t, b.send(t.Context()), resthook.ErrBody)
		})
		_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://h"}), resthook.WithAnswerLimit(1<<62))
		require.ErrorIs(t, err, resthook.ErrConfig)
	})
}
