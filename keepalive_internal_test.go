package resthook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The policy is applied once: what it excludes is not held for as long as the stream
// lives.
func TestKeepAliveHoldsWhatItSends(t *testing.T) {
	t.Parallel()
	c, err := NewClient(DefaultConfig(), WithApp(App{URL: "http://127.0.0.1:1"}))
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close(context.Background())) }()
	policy, err := ParsePolicy([]byte(`{"StreamKeepAliveEvent":{"restExclude":"sdp"}}`))
	require.NoError(t, err)
	s, err := c.Resume(&Connection{SessionID: "s", RestClientConfig: policy})
	require.NoError(t, err)
	k, err := s.newKeepAlive(&Stream{Name: "n", SDP: strings.Repeat("v=0\n", 1000)}, nil)
	require.NoError(t, err)
	assert.Contains(t, string(k.event.Body), `"name":"n"`)
	assert.Less(t, cap(k.event.Body), 200)
}

// Only a denial, a bad answer or a timeout ends a stream.
func TestFailuresThatEndAStream(t *testing.T) {
	t.Parallel()
	for kind, want := range map[ErrorKind]bool{
		faultStatus: true, faultBody: true, faultTimeout: true,
		faultUnreachable: false, faultNoAnswer: false, faultTLS: false, faultAddress: false, faultConfig: false, faultPolicy: false, faultCanceled: false, faultClosed: false,
	} {
		assert.Equal(t, want, asked(fmt.Errorf("wrapped: %w", &Error{Kind: kind})), kind)
	}
	assert.False(t, asked(&Error{Kind: faultTimeout, unsent: true}), "no connection was free in that time")
	assert.False(t, asked(errors.New("another")))
	assert.False(t, asked(nil))
}
