package hooktest_test

import (
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

// pair returns both ends of a connection in memory.
func pair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	network := hooktest.NewNetwork()
	listener := network.Listen()
	client, err := network.DialContext(t.Context(), "tcp", listener.Addr().String())
	require.NoError(t, err)
	server, err = listener.Accept()
	require.NoError(t, err)
	return client, server
}

func halfClose(t *testing.T, conn net.Conn) {
	t.Helper()
	half, ok := conn.(interface{ CloseWrite() error })
	require.True(t, ok)
	require.NoError(t, half.CloseWrite())
}

func TestConnAddresses(t *testing.T) {
	t.Parallel()
	client, server := pair(t)
	assert.Equal(t, client.LocalAddr(), server.RemoteAddr())
	assert.Equal(t, client.RemoteAddr(), server.LocalAddr())
	assert.Equal(t, "tcp", client.LocalAddr().Network())
}

// What was written before a half-close can be read to its end, and the other direction
// stays open.
func TestConnHalfClose(t *testing.T) {
	t.Parallel()
	client, server := pair(t)
	_, err := io.WriteString(client, "hook")
	require.NoError(t, err)
	halfClose(t, client)
	got, err := io.ReadAll(server)
	require.NoError(t, err)
	assert.Equal(t, "hook", string(got))
	_, err = io.WriteString(client, "more")
	require.ErrorIs(t, err, syscall.EPIPE)

	_, err = io.WriteString(server, "answer")
	require.NoError(t, err)
	require.NoError(t, server.Close())
	got, err = io.ReadAll(client)
	require.NoError(t, err)
	assert.Equal(t, "answer", string(got))
}

func TestConnClose(t *testing.T) {
	t.Parallel()
	client, server := pair(t)
	require.NoError(t, client.Close())
	_, err := client.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = client.Write([]byte("a"))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = server.Write([]byte("a"))
	require.ErrorIs(t, err, syscall.EPIPE)
	_, err = server.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}

// As in a kernel: closing a connection with unread bytes resets it.
func TestConnCloseWithUnreadData(t *testing.T) {
	t.Parallel()
	client, server := pair(t)
	_, err := io.WriteString(client, "never read")
	require.NoError(t, err)
	require.NoError(t, server.Close())
	_, err = client.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	_, err = client.Write([]byte("a"))
	require.ErrorIs(t, err, syscall.ECONNRESET)
}

// Deadlines use virtual time, can be changed while somebody waits, and have no effect
// once they are removed.
func TestConnDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		began := time.Now()
		require.NoError(t, client.SetDeadline(began.Add(time.Second)))
		time.AfterFunc(time.Millisecond, func() { assert.NoError(t, client.SetReadDeadline(began.Add(time.Minute))) })
		_, err := client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(began))
		_, err = client.Write([]byte("a"))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)

		require.NoError(t, client.SetDeadline(time.Time{}))
		_, err = client.Write([]byte("a"))
		require.NoError(t, err)
		require.NoError(t, server.SetReadDeadline(began))
		_, err = server.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

// Backpressure: a writer that has filled the window waits for the reader.
func TestConnBackPressure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		var sent int
		go func() {
			var err error
			sent, err = client.Write(make([]byte, 1<<20))
			assert.NoError(t, err)
			assert.NoError(t, client.Close())
		}()
		synctest.Wait()
		assert.Zero(t, sent)
		got, err := io.ReadAll(server)
		require.NoError(t, err)
		assert.Len(t, got, 1<<20)
		assert.Equal(t, 1<<20, sent)
	})
}
