package resthook_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

var loopback = flag.Bool("loopback", false, "play the failovers on loopback too, in real time")

// failover is a client with some backends under load, of which the first one fails for a while.
type failover struct {
	backends int
	fault    string
	sessions int
	rate     time.Duration // between two decisions
	before   time.Duration // until the fault
	during   time.Duration
	after    time.Duration

	sockets []*hooktest.Socket
	ledgers []*ledger
	client  *resthook.Client
	cut     atomic.Bool // packets to the first backend are lost
	seen    outcomes

	mu        sync.Mutex
	decisions []decided
	retried   int // attempts beside the first one of each decision
}

// decided is a decision that is over.
type decided struct {
	begun, took time.Duration
	err         error
}

// cuttable is a connection whose packets can be lost.
type cuttable struct {
	net.Conn

	cut *atomic.Bool
}

func (c *cuttable) Write(p []byte) (int, error) {
	if c.cut.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// start makes backends that answer in a millisecond, and the client. The network is that of the
// test, or loopback where it is nil.
func (f *failover) start(t *testing.T, network *hooktest.Network) {
	t.Helper()
	dial := new(net.Dialer).DialContext
	if network != nil {
		dial = network.DialContext
	}
	var urls []string
	for range f.backends {
		l := newLedger(time.Millisecond)
		var socket *hooktest.Socket
		if network != nil {
			socket = hooktest.NewSocketOn(t, network.Listen(), l.behaviour())
		} else {
			socket = hooktest.NewSocket(t, l.behaviour())
		}
		f.sockets, f.ledgers, urls = append(f.sockets, socket), append(f.ledgers, l), append(urls, socket.URL())
	}
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithLogger(slog.New(slog.DiscardHandler)),
		resthook.WithApp(resthook.App{URLs: urls}),
		resthook.WithDialContext(func(ctx context.Context, kind, address string) (net.Conn, error) {
			first := address == f.sockets[0].Addr()
			if first && f.cut.Load() {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			c, err := dial(ctx, kind, address)
			if err != nil || !first {
				return c, err
			}
			return &cuttable{Conn: c, cut: &f.cut}, nil
		}),
		resthook.WithObserver(resthook.Observer{Event: f.seen.note, Attempt: func(_ context.Context, a resthook.Attempt) {
			if a.Hook == "playHLS" && a.Number > 1 {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.retried++
			}
		}}))
	require.NoError(t, err)
	f.client = client
}

// begin and end of the fault.
func (f *failover) fail() {
	switch f.fault {
	case "killed":
		f.sockets[0].Down()
	case "stalled":
		f.sockets[0].Play(hooktest.AfterRequest(hooktest.Stall))
	case "503":
		f.sockets[0].Play(hooktest.Answer(503, `{}`))
	case "cut off":
		f.cut.Store(true)
	}
}

func (f *failover) mend() {
	switch f.fault {
	case "killed":
		f.sockets[0].Up()
	case "stalled", "503":
		f.sockets[0].Play(f.ledgers[0].behaviour())
	case "cut off":
		f.cut.Store(false)
	}
}

// run plays it, and returns the number of events that were notified.
func (f *failover) run(t *testing.T) (notified int) {
	t.Helper()
	begun := time.Now()
	total := f.before + f.during + f.after
	sessions := make([]*resthook.Session, f.sessions)
	for i := range sessions {
		var err error
		sessions[i], err = f.client.Resume(&resthook.Connection{SessionID: strconv.Itoa(i)})
		require.NoError(t, err)
	}
	faults := time.AfterFunc(f.before, f.fail)
	mends := time.AfterFunc(f.before+f.during, f.mend)
	defer faults.Stop()
	defer mends.Stop()
	var all sync.WaitGroup
	for i := 0; time.Since(begun) < total; i++ {
		all.Go(func() { f.decide(t, begun) })
		if f.sessions > 0 {
			for k := range max(1, f.sessions/200) { // each session reports some five times in a second of 1,000 decisions
				notify(t, sessions[(i*max(1, f.sessions/200)+k)%f.sessions], "n")
				notified++
			}
		}
		time.Sleep(f.rate)
	}
	all.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	require.NoError(t, f.client.Close(ctx))
	return notified
}

func (f *failover) decide(t *testing.T, begun time.Time) {
	t.Helper()
	at := time.Now()
	_, err := resthook.PlayHLS.Send(t.Context(), f.client, &resthook.Playback{Name: "n"})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.decisions = append(f.decisions, decided{at.Sub(begun), time.Since(at), err})
}

// failed is how many decisions failed, and the first failure.
func (f *failover) failed() (n int, first error) {
	for _, d := range f.decisions {
		if d.err != nil {
			n++
			first = errors.Join(d.err)
		}
	}
	return n, first
}

// quantile is of the times of the decisions that succeeded, of those that began in the time.
func (f *failover) quantile(q float64, from, to time.Duration) time.Duration {
	var took []time.Duration
	for _, d := range f.decisions {
		if d.err == nil && d.begun >= from && d.begun < to {
			took = append(took, d.took)
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)-1, int(float64(len(took))*q))]
}

// disordered is how many events first came behind a later one of their session, over all backends.
func (f *failover) disordered() (n int) {
	var all []arrival
	for _, l := range f.ledgers {
		for _, a := range l.arrivals() {
			a.at = time.Duration(l.begun.Add(a.at).UnixNano())
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return int(a.at - b.at) })
	last, came := map[string]uint64{}, map[string]bool{}
	for _, a := range all {
		if a.session == "" || came[a.id] {
			continue
		}
		came[a.id] = true
		if a.sequence < last[a.session] {
			n++
		}
		last[a.session] = max(last[a.session], a.sequence)
	}
	return n
}

// recovered is when the first backend had a decision again, after its fault was over.
func (f *failover) recovered() string {
	l := f.ledgers[0]
	for _, a := range l.arrivals() {
		if a.hook == "playHLS" && a.at > f.before+f.during {
			return fmt.Sprintf("%.1f s", (a.at - f.before - f.during).Seconds())
		}
	}
	return "never"
}

func (f *failover) row(title string) string {
	n, _ := f.failed()
	end := f.before + f.during
	return fmt.Sprintf("| %s | %d | %d | %d | %v / %v | %v / %v | %d | %s |", title, len(f.decisions), n, f.retried,
		f.quantile(0.5, 0, f.before).Round(10*time.Microsecond), f.quantile(0.99, 0, f.before).Round(10*time.Microsecond),
		f.quantile(0.5, f.before, end).Round(10*time.Microsecond), f.quantile(0.99, f.before, end).Round(10*time.Microsecond),
		f.disordered(), f.recovered())
}

// TestFailover plays what can happen to one of several backends, with sessions that publish
// meanwhile: few decisions fail, others take little longer, and all events come in order.
func TestFailover(t *testing.T) {
	t.Parallel()
	for fault, one := range map[string]struct{ backends, most int }{
		"killed": {3, 0}, "503": {2, 3}, // three in a row, then it is left alone, but for probes
		"stalled": {2, 120}, "cut off": {3, 120}, // those of two seconds, in which nothing is answered
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			f := &failover{backends: one.backends, fault: fault, sessions: 1000, rate: 20 * time.Millisecond, before: 2 * time.Second, during: 20 * time.Second, after: 20 * time.Second}
			var notified int
			synctest.Test(t, func(t *testing.T) {
				f.start(t, hooktest.NewNetwork())
				notified = f.run(t)
			})
			n, first := f.failed()
			assert.LessOrEqual(t, n, one.most+10, "%v", first) // some probes beside
			assert.Zero(t, f.disordered())
			assert.Equal(t, notified-f.seen.count(resthook.EventFailed), f.seen.count(resthook.EventDelivered))
			assert.LessOrEqual(t, f.quantile(0.99, f.before+3*time.Second, f.before+f.during), 10*time.Millisecond)
			assert.NotEqual(t, "never", f.recovered())
			t.Log(f.row(fault))
		})
	}
}

// TestFailoverOnLoopback is the same on loopback, to be measured.
func TestFailoverOnLoopback(t *testing.T) {
	t.Parallel()
	if !*loopback {
		t.Skip("without -loopback")
	}
	rows := []string{"| | decisions | failed | further attempts | p50 / p99 before | p50 / p99 meanwhile | out of order | back after |"}
	for _, backends := range []int{2, 3} {
		for _, fault := range []string{"killed", "503", "stalled", "cut off"} {
			f := &failover{backends: backends, fault: fault, sessions: 1000, rate: time.Millisecond, before: 2 * time.Second, during: 8 * time.Second, after: 16 * time.Second}
			f.start(t, nil)
			notified := f.run(t)
			rows = append(rows, f.row(fmt.Sprintf("%d backends, one %s", backends, fault))+fmt.Sprintf(" events %d, failed %d", notified, f.seen.count(resthook.EventFailed)))
			assert.Zero(t, f.disordered())
		}
	}
	t.Log("\n" + strings.Join(rows, "\n"))
}
