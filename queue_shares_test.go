package resthook_test

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// shares returns the results of a healthy app's events beside apps whose backends are down
// and whose closing events fill the queue.
func shares(t *testing.T, limits resthook.QueueLimits, deadApps, deadEvents, healthyEvents int) (healthy, dead map[resthook.EventResult]int) {
	t.Helper()
	network := hooktest.NewNetwork()
	alive := hooktest.NewSocketOn(t, network.Listen(), newLedger(0).behaviour())
	seen := &outcomes{}
	opts := []resthook.Option{
		resthook.WithApp(resthook.App{Key: "healthy", URL: alive.URL()}), resthook.WithDialContext(network.DialContext),
		resthook.WithObserver(resthook.Observer{Event: seen.note}), resthook.WithQueueLimits(limits),
	}
	for i := range deadApps {
		opts = append(opts, resthook.WithApp(resthook.App{Key: fmt.Sprint("dead", i), URL: "http://" + network.BlackHole()}))
	}
	client, err := resthook.NewClient(resthook.DefaultConfig(), opts...)
	require.NoError(t, err)
	end := func(app, id string) {
		s, err := client.Resume(&resthook.Connection{AppKey: app, SessionID: id})
		require.NoError(t, err)
		require.ErrorIs(t, s.Disconnect(endedContext(t)), resthook.ErrCanceled)
	}
	for i := range deadEvents {
		end(fmt.Sprint("dead", i%deadApps), strconv.Itoa(i))
	}
	for i := range healthyEvents {
		s, err := client.Resume(&resthook.Connection{AppKey: "healthy", SessionID: strconv.Itoa(i)})
		require.NoError(t, err)
		notify(t, s, "n")
	}
	time.Sleep(time.Second)
	healthy, dead = map[resthook.EventResult]int{}, map[resthook.EventResult]int{}
	for _, o := range seen.list() {
		if o.App == "healthy" {
			healthy[o.Result]++
		} else {
			dead[o.Result]++
		}
	}
	_ = client.Close(endedContext(t))
	return healthy, dead
}

// An app whose backend is down causes no loss of another app's events, whether the number or
// the bytes of its events fill the queue.
func TestAnAppThatIsDownLosesNoEventsOfAnother(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		limits   resthook.QueueLimits
		deadApps int
	}{
		{resthook.QueueLimits{Events: 1000}, 1},
		{resthook.QueueLimits{Events: 1000}, 2},
		{resthook.QueueLimits{Events: 20_000}, 30},
		{resthook.QueueLimits{Bytes: 1000 * 700}, 1},
	} {
		t.Run(fmt.Sprint(row), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				full := max(row.limits.Events, 1000)
				healthy, dead := shares(t, row.limits, row.deadApps, 2*full, 300)
				t.Logf("300 status events of a healthy app beside %d dead ones with %d closing events: %v; the dead: %v", row.deadApps, 2*full, healthy, dead)
				assert.Equal(t, map[resthook.EventResult]int{resthook.EventDelivered: 300}, healthy)
			})
		})
	}
}
