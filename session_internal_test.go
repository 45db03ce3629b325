package resthook

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A hook that does not go out gives its number back, unless another one has a later number.
func TestUnstamp(t *testing.T) {
	t.Parallel()
	var s Session
	s.unstamp(stamp{}) // had none
	first := s.stamp()
	assert.EqualValues(t, 1, first.sequence)
	second := s.stamp()
	s.unstamp(first)
	s.unstamp(second)
	assert.Equal(t, second.sequence, s.stamp().sequence)
	s.unstamp(first)
	assert.EqualValues(t, 3, s.stamp().sequence)
}

// A Close that begins while a Disconnect is under way waits for its closing event.
func TestDisconnectHoldsClose(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	defer server.Close()
	c, err := NewClient(DefaultConfig(), WithApp(App{URL: server.URL}))
	require.NoError(t, err)
	s, err := c.Resume(&Connection{SessionID: "s"})
	require.NoError(t, err)
	c.sessions.mu.Lock() // Disconnect waits here
	gone := make(chan error, 1)
	go func() { gone <- s.Disconnect(t.Context()) }()
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.closed
	}, 10*time.Second, time.Millisecond)
	c.events.open.Close()
	c.sessions.mu.Unlock()
	require.NoError(t, <-gone)
	require.NoError(t, c.Close(t.Context()))
}
