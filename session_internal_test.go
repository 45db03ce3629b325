package resthook

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
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

// The stamp is the same over both transports.
func TestStampOverBothTransports(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, s := range []stamp{{}, {id: "a.1", time: now}, {id: "a.1.2", sequence: 2, time: now}, {id: "a.1.2", sequence: 2, time: now, made: now.Add(-time.Minute)}} {
		header := http.Header{}
		s.write(header)
		sent := "POST / HTTP/1.1\r\nHost: h" + string(s.append(nil)) + "\r\n\r\n"
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(sent)))
		require.NoError(t, err)
		assert.Equal(t, r.Header, header)
	}
}
