package hooktest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

// The client's own limit on the size of headers ends these.
func TestEndlessHeads(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]hooktest.Behaviour{
		"status line": hooktest.EndlessStatusLine(),
		"headers":     hooktest.EndlessHeaders(),
		"interim":     hooktest.EndlessInterim(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, behaviour)
			_, err := post(t, newClient(t), s.URL())
			require.Error(t, err)
			require.NoError(t, s.WaitClosed(t.Context()))
		})
	}
}

// A client that has read enough closes the connection, and the backend stops sending.
func TestEndlessBodies(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]hooktest.Behaviour{
		"body":   hooktest.EndlessBody(),
		"chunks": hooktest.EndlessChunks(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, behaviour)
			response := open(t, s)
			got, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
			require.NoError(t, err)
			assert.Len(t, got, 1<<20)
			assert.True(t, strings.HasPrefix(string(got), `{"a":"aaa`))
			require.NoError(t, response.Body.Close())
			require.NoError(t, s.WaitClosed(t.Context()))
		})
	}
}

// open returns a response of which only the head has been read.
func open(t *testing.T, s *hooktest.Socket) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL(), strings.NewReader("{}"))
	require.NoError(t, err)
	response, err := newClient(t).Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func TestDeepNesting(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t, hooktest.DeepNesting(3), hooktest.DeepNesting(100_000))
	got, err := post(t, newClient(t), s.URL())
	require.NoError(t, err)
	assert.Equal(t, `{"a":{"a":{}}}`, got.body)
	got, err = post(t, newClient(t), s.URL())
	require.NoError(t, err)
	var into any
	require.Error(t, json.Unmarshal([]byte(got.body), &into))
}

func TestManyKeys(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t, hooktest.ManyKeys(10_000))
	got, err := post(t, newClient(t), s.URL())
	require.NoError(t, err)
	var into map[string]int
	require.NoError(t, json.Unmarshal([]byte(got.body), &into))
	assert.Len(t, into, 10_000)
	assert.Equal(t, 9_999, into["k9999"])
}

func TestBigBody(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t, hooktest.BigBody(1<<20), hooktest.BigBody(1<<20+1), hooktest.BigBody(8))
	client := newClient(t)
	for _, want := range []int{1 << 20, 1<<20 + 1, 8} {
		got, err := post(t, client, s.URL())
		require.NoError(t, err)
		assert.Len(t, got.body, want)
		assert.True(t, json.Valid([]byte(got.body)))
	}
}

func TestGzipBomb(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t, hooktest.GzipBomb(2), hooktest.GzipBomb(1<<10))
	got, err := post(t, newClient(t), s.URL())
	require.NoError(t, err)
	assert.Less(t, len(got.body), 8<<10)
	unpacked, err := gzip.NewReader(strings.NewReader(got.body))
	require.NoError(t, err)
	var plain bytes.Buffer
	_, err = plain.ReadFrom(unpacked)
	require.NoError(t, err)
	assert.Equal(t, 2<<20+len(`{"a":""}`), plain.Len())
	assert.True(t, json.Valid(plain.Bytes()))

	response := open(t, s) // 1 GiB, of which the client reads nothing
	require.NoError(t, response.Body.Close())
}
