package resthook_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// neighbours is a healthy session beside others whose events get no answer.
type neighbours struct {
	sessions int
	play     hooktest.Ending // what the others meet
	events   int             // of the healthy one, a second apart
	late     bool            // the healthy one begins when the others are known

	waits   []time.Duration // of the healthy one's events, in order
	results map[resthook.EventResult]int
}

func (i *neighbours) run(t *testing.T) {
	t.Helper()
	i.results = map[resthook.EventResult]int{}
	meet := hooktest.OnRequest(func(c *hooktest.Conn) {
		if strings.Contains(string(c.Request().Body), `"sessionId":"healthy"`) {
			c.Send(okAnswer)
			return
		}
		i.play(c)
	})
	b := newEventBubble(t, []hooktest.Behaviour{meet})
	healthy := b.session(t, "healthy")
	if !i.late {
		notify(t, healthy, "n")
	}
	synctest.Wait()
	for n := range i.sessions {
		s := b.session(t, strconv.Itoa(n))
		for range 5 {
			notify(t, s, "n")
		}
	}
	if i.late {
		time.Sleep(2 * time.Minute) // until all of them were met
	}
	for range i.events {
		time.Sleep(time.Second)
		notify(t, healthy, "n")
	}
	time.Sleep(time.Minute)
	for _, o := range b.seen.list() {
		if o.Session == "healthy" {
			i.waits = append(i.waits, o.Queued)
			i.results[o.Result]++
		}
	}
	_ = b.client.Close(endedContext(t))
}

func (i *neighbours) String() string {
	var sum time.Duration
	for _, w := range i.waits {
		sum += w
	}
	return fmt.Sprintf("mean %v, longest %v, %v", (sum / time.Duration(max(1, len(i.waits)))).Round(time.Millisecond),
		slices.Max(append(i.waits, 0)).Round(time.Millisecond), i.results)
}

// Events of a healthy session never wait for those of sessions that get no answer, however
// many there are.
func TestEventsDoNotWaitForOtherSessions(t *testing.T) {
	t.Parallel()
	plays := map[string]hooktest.Ending{"time-out": hooktest.Stall, "reset": hooktest.RST}
	var mu sync.Mutex
	for _, sessions := range []int{1, 30, 300} {
		for what, play := range plays {
			for _, late := range []bool{false, true} {
				t.Run(fmt.Sprint(sessions, " ", what, " late=", late), func(t *testing.T) {
					t.Parallel()
					i := &neighbours{sessions: sessions, play: play, events: 30, late: late}
					synctest.Test(t, i.run)
					mu.Lock()
					defer mu.Unlock()
					t.Log(i)
					require.NotEmpty(t, i.waits)
					assert.LessOrEqual(t, slices.Max(i.waits), time.Second)
				})
			}
		}
	}
}

// TestSlowBackendBesideAnother: an app with a slow backend does not delay the events of
// another app.
func TestSlowBackendBesideAnother(t *testing.T) {
	t.Parallel()
	alone, beside := besideA(t, 0), besideA(t, 10*time.Second)
	broken := besideA(t, time.Hour) // no answer before rest_request_timeout
	t.Logf("from Notify to delivered, mean of 1,000 events of an app whose backend answers in 5 ms: alone %v, beside one that takes 10 s %v (ratio %.3f), beside one that never answers %v (ratio %.3f)",
		alone, beside, float64(beside)/float64(alone), broken, float64(broken)/float64(alone))
	assert.Equal(t, alone, beside)
	assert.Equal(t, alone, broken)
}

// besideA is the mean time of an app's events beside another app whose backend answers
// after slow. With 0 there are no events of another app.
func besideA(t *testing.T, slow time.Duration) (mean time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		quick := hooktest.NewSocketOn(t, network.Listen(), newLedger(5*time.Millisecond).behaviour())
		other := hooktest.NewSocketOn(t, network.Listen(), newLedger(slow).behaviour())
		var mu sync.Mutex
		var sum time.Duration
		n := 0
		client, err := resthook.NewClient(resthook.DefaultConfig(),
			resthook.WithApp(resthook.App{Key: "quick", URL: quick.URL()}), resthook.WithApp(resthook.App{Key: "other", URL: other.URL()}),
			resthook.WithDialContext(network.DialContext),
			resthook.WithObserver(resthook.Observer{Event: func(_ context.Context, e resthook.EventOutcome) {
				mu.Lock()
				defer mu.Unlock()
				if e.App == "quick" {
					assert.Equal(t, resthook.EventDelivered, e.Result)
					sum += e.Queued
					n++
				}
			}}))
		require.NoError(t, err)
		for i := range 1000 {
			for _, app := range []string{"other", "quick"} {
				if app == "other" && slow == 0 {
					continue
				}
				s, err := client.Resume(&resthook.Connection{AppKey: app, SessionID: strconv.Itoa(i % 200)})
				require.NoError(t, err)
				notify(t, s, "n")
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		_ = client.Close(endedContext(t))
		require.Equal(t, 1000, n)
		mean = sum / time.Duration(n)
	})
	return mean
}

// A session whose requests stall does not delay another one, however long it has been the
// only session with events.
func TestAStallingSessionHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newLedger(0)
		up := r.play
		r.play = func(c *hooktest.Conn, a arrival) bool {
			if a.session == "ill" && c.Wait(10*time.Second) {
				hooktest.FIN(c)
				return false
			}
			return up(c, a)
		}
		s := newLoadClient(t, r, resthook.WithEventAge(24*time.Hour))
		ill, well := s.session(t, "ill"), s.session(t, "well")
		for range 1000 {
			notify(t, ill, "n")
		}
		time.Sleep(30 * time.Minute) // more failures in a row than there are workers
		for range 100 {
			notify(t, well, "n")
			time.Sleep(10 * time.Millisecond)
		}
		synctest.Wait()
		assert.Equal(t, 100, s.seen.count(resthook.EventDelivered))
		for _, e := range s.seen.of("StreamStatusEvent") {
			if e.Session == "well" {
				assert.Zero(t, e.Queued, "event %d", e.Sequence)
			}
		}
		require.Error(t, s.client.Close(endedContext(t)))
	})
}
