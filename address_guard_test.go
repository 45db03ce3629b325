package resthook_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// A refused address is not connected to, however the host is written; the hook is not tried
// again.
func TestPublicAddressesRefuseThisMachine(t *testing.T) {
	t.Parallel()
	socket := hooktest.NewSocket(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(socket.URL(), "http://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]"} {
		client := newClient(t, "http://"+host+":"+port, resthook.WithAddressGuard(resthook.PublicAddresses))
		outcome, err := resthook.PublishStream.SendJSON(t.Context(), client, []byte(`{}`))
		require.NoError(t, err)
		require.ErrorIs(t, outcome.Err, resthook.ErrAddress, host)
		require.ErrorContains(t, outcome.Err, " is not public: ")
		assert.NotErrorIs(t, outcome.Err, resthook.ErrUnreachable)
		assert.True(t, resthook.SafeToRepeat(outcome.Err))
		assert.Equal(t, 1, outcome.Attempts, host)
	}
	assert.Zero(t, socket.Accepted())
}

// The guard is asked at each dial, with the address that is dialled; its error is in the chain.
func TestAddressGuardIsAskedAtEachDial(t *testing.T) {
	t.Parallel()
	socket := hooktest.NewSocket(t, hooktest.AnswerClose(200, `{}`))
	var asked atomic.Int64
	errMoved := errors.New("it has moved")
	client := newClient(t, socket.URL(), resthook.WithAddressGuard(func(address netip.Addr) error {
		assert.Equal(t, netip.MustParseAddr("127.0.0.1"), address)
		if asked.Add(1) > 1 {
			return errMoved
		}
		return nil
	}))
	_, err := client.Connect(t.Context(), &resthook.Connection{})
	require.NoError(t, err)
	_, err = client.Connect(t.Context(), &resthook.Connection{})
	require.ErrorIs(t, err, resthook.ErrAddress)
	require.ErrorIs(t, err, errMoved)
	assert.Equal(t, 1, socket.Accepted())
}

// An event to a refused address ends, and a guard that panics refuses.
func TestAddressGuardEndsAnEvent(t *testing.T) {
	t.Parallel()
	socket := hooktest.NewSocket(t)
	ends := make(chan resthook.EventOutcome, 1)
	client := newClient(t, socket.URL(), resthook.WithAddressGuard(func(netip.Addr) error { panic("p") }),
		resthook.WithObserver(resthook.Observer{Event: func(_ context.Context, end resthook.EventOutcome) { ends <- end }}))
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), client, &resthook.Stream{Status: resthook.StreamPublishing}))
	end := <-ends
	assert.Equal(t, resthook.EventFailed, end.Result)
	require.ErrorIs(t, end.Err, resthook.ErrAddress)
	require.ErrorContains(t, end.Err, "panicked")
	assert.Zero(t, socket.Accepted())
}

func TestAddressGuardWantsTheOwnDialer(t *testing.T) {
	t.Parallel()
	guard := resthook.WithAddressGuard(resthook.PublicAddresses)
	for says, opts := range map[string][]resthook.Option{
		"a nil address guard": {resthook.WithAddressGuard(nil)},
		"needs its own":       {guard, resthook.WithDialContext(hooktest.NewNetwork().DialContext)},
		"the client's own":    {guard, resthook.WithTransport(roundTrip(nil))},
	} {
		_, err := resthook.NewClient(resthook.DefaultConfig(), append(opts, resthook.WithApp(resthook.App{URL: "http://h"}))...)
		require.ErrorIs(t, err, resthook.ErrConfig, fmt.Sprint(opts))
		require.ErrorContains(t, err, says)
	}
}
