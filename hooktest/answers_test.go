package hooktest_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

// All of these answers are valid. The number of connections after two requests shows
// whether the connection was kept.
func TestGoodAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		behaviour hooktest.Behaviour
		conns     int
		length    int64
		minor     int
	}{
		"answer":      {hooktest.Answer(200, `{"a":1}`), 1, 7, 1},
		"close":       {hooktest.AnswerClose(200, `{"a":1}`), 2, 7, 1},
		"until close": {hooktest.AnswerUntilClose(200, `{"a":1}`), 2, -1, 1},
		"http/1.0":    {hooktest.AnswerHTTP10(200, `{"a":1}`), 2, 7, 0},
		"chunked":     {hooktest.AnswerChunked(200, `{"a`, ``, `":1}`), 1, -1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, c.behaviour)
			client := newClient(t)
			for range 2 {
				got, err := post(t, client, s.URL())
				require.NoError(t, err)
				assert.JSONEq(t, `{"a":1}`, got.body)
				assert.Equal(t, c.length, got.ContentLength)
				assert.Equal(t, c.minor, got.ProtoMinor)
			}
			assert.Equal(t, c.conns, s.Accepted())
		})
	}
}

func TestAnswerWithoutBody(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t, hooktest.Answer(204, "never sent"), hooktest.Answer(304, "never sent"))
	client := newClient(t)
	for range 2 {
		got, err := post(t, client, s.URL())
		require.NoError(t, err)
		assert.Empty(t, got.body)
	}
	assert.Equal(t, 1, s.Accepted())
}

func TestAnswerHeader(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t, hooktest.Answer(200, "<b>", "content-type: text/html", "Retry-After: 3"))
	got, err := post(t, newClient(t), s.URL())
	require.NoError(t, err)
	assert.Equal(t, []string{"text/html"}, got.Header.Values("Content-Type"))
	assert.Equal(t, "3", got.Header.Get("Retry-After"))
}

func TestAnswerGzip(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t, hooktest.AnswerGzip(200, `{"a":1}`), hooktest.AnswerFalseGzip(200, `{"a":1}`))
	client := newClient(t)

	got, err := post(t, client, s.URL())
	require.NoError(t, err)
	assert.Equal(t, "gzip", got.Header.Get("Content-Encoding"))
	unpacked, err := gzip.NewReader(strings.NewReader(got.body))
	require.NoError(t, err)
	plain, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":1}`, string(plain))

	got, err = post(t, client, s.URL())
	require.NoError(t, err)
	assert.Equal(t, "gzip", got.Header.Get("Content-Encoding"))
	assert.JSONEq(t, `{"a":1}`, got.body)
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			other := hooktest.NewSocket(t)
			s := hooktest.NewSocket(t, hooktest.Redirect(status, other.URL()+"/there"))
			client := newClient(t)
			got, err := post(t, client, s.URL())
			require.NoError(t, err)
			assert.Equal(t, status, got.StatusCode)
			assert.Empty(t, other.Requests())

			client.CheckRedirect = nil
			_, err = post(t, client, s.URL())
			require.NoError(t, err)
			require.Len(t, other.Requests(), 1)
			assert.Equal(t, "/there", other.Requests()[0].Path)
		})
	}
}

func TestMalformedAnswers(t *testing.T) {
	t.Parallel()
	for name, behaviour := range hooktest.Malformed() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, behaviour)
			_, err := post(t, newClient(t), s.URL())
			require.Error(t, err)
			assert.Len(t, s.Requests(), 1)
		})
	}
}
