package replay_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/pace"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
	"github.com/wcskit/resthook/cmd/resthook/internal/replay"
	"github.com/wcskit/resthook/hooktest"
)

// A slow answer delays the hooks of its own session only.
func TestReplayKeepsItsPace(t *testing.T) {
	t.Parallel()
	const a, b = `{"sessionId":"a"}`, `{"sessionId":"b"}`
	exchanges := []recording.Exchange{ // in the order in which they ended
		recorded.At(1*time.Second, "publishStream", a), recorded.At(3*time.Second, "hold", b), recorded.At(0, "connect", a),
		recorded.At(2*time.Second, "unhold", a), recorded.At(4*time.Second, "playHLS", `{}`),
	}
	for _, tt := range []struct {
		plan          replay.Plan
		hold, playHLS time.Duration // when they came
	}{
		{replay.Plan{Speed: 1, Concurrency: 9}, 3000, 4000},
		{replay.Plan{Speed: 2, Concurrency: 9}, 1500, 2000},
		{replay.Plan{Speed: 0.5, Concurrency: 9}, 6000, 8000},
		{replay.Plan{Speed: 0, Concurrency: 9}, 0, 0},
		{replay.Plan{Speed: 1, Concurrency: 9, MaxGap: 500 * time.Millisecond}, 1500, 2000},
		{replay.Plan{Speed: 2, Concurrency: 9, MaxGap: time.Second}, 1500, 2000},
		{replay.Plan{Speed: 1, Concurrency: 1}, 10000, 10000},
	} {
		synctest.Test(t, func(t *testing.T) {
			network := hooktest.NewNetwork()
			backend := hooktest.NewBackendOn(t, network.Listen())
			begun := time.Now()
			type arrival struct {
				method string
				after  time.Duration // in milliseconds
			}
			came := make(chan arrival, len(exchanges))
			for _, x := range exchanges {
				backend.On(x.Method).Handle(func(w http.ResponseWriter, _ *http.Request) {
					came <- arrival{x.Method, time.Since(begun) / time.Millisecond}
					if x.Method == resthook.Connect.Name() {
						time.Sleep(10 * time.Second)
					}
					_, _ = w.Write(x.Answer)
				})
			}
			r := run{url: backend.URL(), dial: network.DialContext, plan: tt.plan}.of(t.Context(), t, exchanges)
			close(came)
			times := map[string]time.Duration{}
			var order []string
			for one := range came {
				times[one.method] = one.after
				order = append(order, one.method)
			}
			assert.Equal(t, map[string]time.Duration{
				"connect": 0, "publishStream": 10000, "unhold": 10000, "hold": tt.hold, "playHLS": tt.playHLS,
			}, times)
			assert.Equal(t, 5, r.Same)
			if tt.plan.Concurrency == 1 {
				assert.Equal(t, []string{"connect", "publishStream", "unhold", "hold", "playHLS"}, order)
			}
			if tt.plan.Speed > 0 && tt.plan.MaxGap == 0 {
				assert.InDelta(t, max(10-1/tt.plan.Speed, 0), r.Late, 0.001)
			}
		})
	}
}

func TestReplayInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		backend := hooktest.NewBackendOn(t, network.Listen())
		backend.On("hold").Stall()
		backend.On("transfer").Delay(pace.Grace / 2)
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		begun := time.Now()
		last := recorded.At(90*time.Second-1, "transfer", `{"sessionId":"t"}`)
		r := run{url: backend.URL(), dial: network.DialContext, plan: replay.Plan{Speed: 1, Concurrency: 4}}.of(ctx, t, []recording.Exchange{
			recorded.At(0, "call", "{}"), recorded.At(85*time.Second, "hold", `{"sessionId":"s"}`), recorded.At(86*time.Second, "call", `{"sessionId":"s"}`),
			last, last, recorded.At(time.Hour, "call", "{}"),
		})
		assert.Equal(t, 90*time.Second+pace.Grace, time.Since(begun))
		assert.Equal(t, []int{2, 2}, []int{r.Hooks, r.Same})
		assert.True(t, r.Interrupted)
		assert.False(t, r.AllSame())
		assert.Len(t, backend.Requests(), 3)
	})
}
