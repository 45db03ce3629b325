package inspector

import (
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClosedConnectionIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no socket is looked at here")
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	c, err := dialChecked(&net.Dialer{})(t.Context(), "tcp", listener.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	peer, err := listener.Accept()
	require.NoError(t, err)
	_, err = peer.Write([]byte("xy"))
	require.NoError(t, err)
	_, err = c.Read(make([]byte, 2))
	require.NoError(t, err)
	_, err = c.Write([]byte("1"))
	require.NoError(t, err, "it is open")
	_, err = peer.Read(make([]byte, 1))
	require.NoError(t, err)
	_, err = peer.Write([]byte("z"))
	require.NoError(t, err)
	_, err = c.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, peer.Close())
	n, err := c.Write([]byte("2"))
	assert.Zero(t, n)
	assert.ErrorIs(t, err, errGone)
}
