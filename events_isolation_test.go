package resthook_test

import (
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

// illness is a healthy session beside others whose events get no answer.
type illness struct {
	sessions int
	play     hooktest.Ending // what the others meet
	events   int             // of the healthy one, a second apart
	late     bool            // the healthy one begins when the others are known

	waits   []time.Duration // of the healthy one's events, in order
	results map[resthook.EventResult]int
}

func (i *illness) run(t *testing.T) {
	t.Helper()
	i.results = map[resthook.EventResult]int{}
	meet := hooktest.OnRequest(func(c *hooktest.Conn) {
		if strings.Contains(string(c.Request().Body), `"sessionId":"healthy"`) {
			c.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
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
	_ = b.client.Close(over(t))
}

func (i *illness) String() string {
	var sum time.Duration
	for _, w := range i.waits {
		sum += w
	}
	return fmt.Sprintf("mean %v, longest %v, %v", (sum / time.Duration(max(1, len(i.waits)))).Round(time.Millisecond),
		slices.Max(append(i.waits, 0)).Round(time.Millisecond), i.results)
}

// A session that does well never waits for those that don't, whatever their number
// and whatever is wrong with them.
func TestTheHealthyDoNotWaitForTheIll(t *testing.T) {
	t.Parallel()
	plays := map[string]hooktest.Ending{"time-out": hooktest.Stall, "reset": hooktest.RST}
	var mu sync.Mutex
	for _, sessions := range []int{30, 300} {
		for what, play := range plays {
			for _, late := range []bool{false, true} {
				t.Run(fmt.Sprint(sessions, " ", what, " late=", late), func(t *testing.T) {
					t.Parallel()
					i := &illness{sessions: sessions, play: play, events: 30, late: late}
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
