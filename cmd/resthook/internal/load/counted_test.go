package load

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// counting is a backend that answers after a fixed time with chosen statuses, and counts
// its answers by method and status.
type counting struct {
	took   time.Duration
	status func(method string, n int) int // the status of the n-th request of a method, from 1

	mu       sync.Mutex
	seen     map[string]int
	statuses map[string]map[string]int
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	time.Sleep(c.took)
	method := path.Base(r.URL.Path)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[method]++
	status := c.status(method, c.seen[method])
	if c.statuses[method] == nil {
		c.statuses[method] = map[string]int{}
	}
	c.statuses[method][fmt.Sprint(status)]++
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "{}")
}

// runCounted is a run against a counting backend, with a keep-alive every interval.
func runCounted(t *testing.T, p Plan, interval, took time.Duration, status func(method string, n int) int) (Report, *counting) {
	t.Helper()
	cfg := rarely(resthook.DefaultConfig())
	if interval > 0 {
		cfg.KeepAliveInterval = interval
	}
	network := hooktest.NewNetwork()
	listener := network.Listen()
	c := &counting{took: took, status: status, seen: map[string]int{}, statuses: map[string]map[string]int{}}
	server := &http.Server{Handler: c, ReadHeaderTimeout: time.Hour}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	defer serving.Wait()
	defer server.Close()
	p.Dial = network.DialContext
	return runAt(t.Context(), t, "http://"+listener.Addr().String(), p, cfg), c
}

// assertCounted compares the report of a run with the counts of the backend.
func assertCounted(t *testing.T, c *counting, r Report) {
	t.Helper()
	statuses, total, requests := map[string]map[string]int{}, map[string]int{}, 0
	for _, m := range r.Methods {
		statuses[m.Method] = m.Statuses
		assert.Equal(t, m.Count, m.OK+m.Denied+m.Failed+m.Cut, m.Method)
	}
	for _, counts := range c.statuses {
		for status, n := range counts {
			total[status] += n
			requests += n
		}
	}
	assert.Equal(t, c.statuses, statuses)
	assert.Equal(t, total, r.Statuses)
	assert.Equal(t, requests, r.Requests)
}

func fine(string, int) int { return 200 }

// The report agrees with the backend in the counts and in the time that answers take.
func TestCountsWhatTheBackendCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const took = 50 * time.Millisecond
		r, c := runCounted(t, Plan{Sessions: 100, Concurrency: 25, Players: 4, Hold: 25 * time.Second}, 10*time.Second, took, fine)
		assertCounted(t, c, r)
		assert.Empty(t, r.Faults())
		assert.Equal(t, sessionCount{Begun: 100, Publishers: 20, LetIn: 100}, r.Sessions)
		for _, m := range r.Methods {
			assert.InDelta(t, took.Seconds(), m.Latency.Max, 1e-9, m.Method)
			assert.InEpsilon(t, took.Seconds(), m.Latency.P50, 0.004, m.Method)
		}
		// PENDING is queued only after publishStream is answered, so no event waits
		// behind another.
		assert.InDelta(t, took.Seconds(), r.method(t, "ConnectionStatusEvent").Queued.Max, 1e-9)
		assert.InEpsilon(t, took.Seconds(), r.method(t, "StreamStatusEvent").Queued.P90, 0.004)
		assert.InDelta(t, took.Seconds(), r.Latency.Max, 1e-9)
	})
}

// If sessions last 0 s, events wait for the ones before them. The report shows this time
// apart from the time of the answer.
func TestTimeOfTheAnswerBesideThatFromTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := runCounted(t, Plan{Sessions: 10, Concurrency: 1}, 0, 50*time.Millisecond, fine)
		assertCounted(t, c, r)
		status := r.method(t, "StreamStatusEvent")
		assert.InDelta(t, 0.05, status.Latency.Max, 1e-9)
		assert.InDelta(t, 0.1, status.Queued.Max, 1e-9, "PUBLISHING waits for PENDING")
	})
}

// Only 401 and 403 deny. A path that the backend does not have is a failure.
func TestOtherStatusesAreFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		denied bool
		fault  string
	}{
		{401, true, ""},
		{403, true, ""},
		{404, false, "answers that are neither 200 nor a denial (401, 403): 404: 7"},
		{400, false, "answers that are neither 200 nor a denial (401, 403): 400: 7"},
		{409, false, "answers that are neither 200 nor a denial (401, 403): 409: 7"},
		{422, false, "answers that are neither 200 nor a denial (401, 403): 422: 7"},
		{500, false, "answers that are neither 200 nor a denial (401, 403): 500: 7"},
		{204, false, "answers that are neither 200 nor a denial (401, 403): 204: 7"},
		{302, false, "answers that are neither 200 nor a denial (401, 403): 302: 7"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, c := runCounted(t, Plan{Sessions: 1}, 0, 0, func(method string, _ int) int {
				if method == "connect" {
					return 200
				}
				return tt.status
			})
			assertCounted(t, c, r)
			assert.Equal(t, map[string]int{"200": 1, fmt.Sprint(tt.status): 7}, r.Statuses)
			if tt.denied {
				assert.Equal(t, hookCount{Count: 8, OK: 1, Denied: 7}, r.Hooks.hookCount)
				assert.Equal(t, eventCount{Denied: 5}, r.Events)
				assert.Empty(t, r.Faults())
				return
			}
			assert.Equal(t, hookCount{Count: 8, OK: 1, Failed: 7}, r.Hooks.hookCount)
			assert.Equal(t, eventCount{Failed: 5}, r.Events)
			assert.Equal(t, []string{"7 hooks failed", tt.fault}, r.Faults())
		})
	}
}

// With a wrong path, connect fails as well.
func TestNobodyLetIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := runCounted(t, Plan{Sessions: 3}, 0, 0, func(string, int) int { return 404 })
		assertCounted(t, c, r)
		assert.Equal(t, sessionCount{Begun: 3, Publishers: 3, Failed: 3}, r.Sessions)
		assert.Contains(t, r.Faults(), "not one session was let in")
	})
	synctest.Test(t, func(t *testing.T) {
		r, c := runCounted(t, Plan{Sessions: 3}, 0, 0, func(string, int) int { return 403 })
		assertCounted(t, c, r)
		assert.Equal(t, sessionCount{Begun: 3, Publishers: 3, Denied: 3}, r.Sessions)
		assert.Equal(t, []string{"not one session was let in"}, r.Faults())
	})
}

// Some answers deny and some fail.
func TestCountsAMixture(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := runCounted(t, Plan{Sessions: 200, Concurrency: 40, Players: 1, Hold: 12 * time.Second}, 5*time.Second, time.Millisecond, func(method string, n int) int {
			return [...]int{200, 200, 200, 403, 200, 500, 401}[(n+len(method))%7]
		})
		assertCounted(t, c, r)
		assert.Equal(t, []int{r.Statuses["200"], r.Statuses["401"] + r.Statuses["403"], r.Statuses["500"]}, []int{r.Hooks.OK, r.Hooks.Denied, r.Hooks.Failed})
		connects := c.statuses["connect"]
		assert.Equal(t, []int{connects["200"], connects["401"] + connects["403"], connects["500"]}, []int{r.Sessions.LetIn, r.Sessions.Denied, r.Sessions.Failed})
	})
}

// A request that is lost and retried does not make its hook fail. The report counts it.
func TestTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 1})
		l.backend.On("unPublishStream").Drop().Mirror()
		r := l.run(t.Context(), t)
		assert.Equal(t, hookCount{Count: 8, OK: 8}, r.Hooks.hookCount)
		assert.Equal(t, []int{9, 1, 1}, []int{r.Requests, r.Lost, r.Retried})
		assert.Empty(t, r.Faults())
	})
}

// An answer that is not a JSON object is a failure, whatever its status.
func TestAnswerThatIsNoObject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 1})
		l.backend.On("unPublishStream").Status(200, strings.Repeat("\x00<", 100))
		r := l.run(t.Context(), t)
		assert.Equal(t, []errorCount{{"unPublishStream", "body", 1}}, r.Errors)
		assert.Equal(t, map[string]int{"200": 8}, r.Statuses)
	})
}
