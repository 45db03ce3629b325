package resthook_test

import (
	"context"
	"net"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

// A hook of which one attempt was received is not safe to repeat, whatever became of
// the others.
func TestSafeToRepeatLooksAtAllAttempts(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		for received, safe := range map[bool]bool{true: false, false: true} {
			synctest.Test(t, func(t *testing.T) {
				network, dials := hooktest.NewNetwork(), 0
				socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.AfterRequest(hooktest.RST))
				client, err := resthook.NewClient(retrying(3), append(road.options(t, situation.Settings{Dial: func(ctx context.Context, n, address string) (net.Conn, error) {
					if dials++; dials > 1 || !received {
						return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
					}
					return network.DialContext(ctx, n, address)
				}}), resthook.WithApp(resthook.App{URL: socket.URL()}))...)
				require.NoError(t, err)
				defer closeClient(t, client)
				_, err = client.Connect(t.Context(), &resthook.Connection{})
				require.ErrorIs(t, err, resthook.ErrUnreachable)
				assert.Equal(t, safe, resthook.SafeToRepeat(err))
				assert.Equal(t, 4, dials)
			})
		}
	})
}

func TestNilContext(t *testing.T) {
	t.Parallel()
	client := newClient(t, hooktest.RefusedURL(t))
	var none context.Context
	_, err := client.Connect(none, &resthook.Connection{})
	require.ErrorIs(t, err, resthook.ErrConfig)
	assert.True(t, resthook.SafeToRepeat(err))
}
