package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/wcskit/resthook"
)

// benchCommand loads a backend.
type benchCommand struct {
	target

	Sessions    int           `placeholder:"N" default:"0" help:"How many sessions in all; 0: as many as --duration lets begin. Default: ${default}"`
	Rate        float64       `placeholder:"R" default:"0" help:"Sessions begun a second; 0: each as soon as another is over. Default: ${default}"`
	Duration    time.Duration `placeholder:"DURATION" default:"10s" help:"How long sessions begin; 0: until there were --sessions, or until a signal. Default: ${default}"`
	Concurrency int           `placeholder:"N" default:"64" help:"Sessions under way at once, each with one hook and one event on its way. Default: ${default}"`
	Data        string        `placeholder:"JSON" default:"{}" help:"What clients give in connect, a JSON object, such as a token in custom; @FILE reads a file, - reads stdin. Default: ${default}"`
	JSON        bool          `name:"json" help:"Print the result as one JSON object."`
}

// Help is shown below the flags.
func (*benchCommand) Help() string {
	return `Each session is a client's visit, in 8 hooks: connect, publishStream with an SDP of some 2 kB,
StreamStatusEvent PENDING and PUBLISHING, StreamKeepAliveEvent, unPublishStream, StreamStatusEvent UNPUBLISHED
and ConnectionStatusEvent DISCONNECTED. Events go their own way, as in a media server; the
session is over once its last event is. The run ends after --sessions or --duration, whichever is first; what
is under way then has rest_request_timeout to end (15s where that is 0).

A hook's latency is all that its caller waits, retries included, and whatever came of it; an event's
counts from when it is queued. With --rate the latency of connect counts from when the session should have
begun, whether or not there was one of --concurrency free to begin it: a backend that falls behind shows it.
Sessions that never began are "missed". Without --rate a slow backend is asked less; nothing corrects for it.

A backend's no (status 403 and the like) is an answer: it is counted as denied, not as failed.
The exit code is 1 where a hook failed, an event was lost, or not one session was let in. A signal ends the
run early; what it cuts short is no failure, unless it was being tried again.

With --json, times are in seconds, and latencies have p50, p90, p99, p999 and max (at most 0.4 % off; max is exact):

  {"url":"…","interrupted":false,"duration":10.01,
   "sessions":{"begun":0,"missed":0,"let_in":0,"denied":0,"failed":0},
   "hooks":{"count":0,"ok":0,"denied":0,"failed":0,"cut":0,"rate":0},"latency":{…},
   "requests":0,"failed_requests":0,"retried":0,"connections":0,
   "events":{"delivered":0,"denied":0,"failed":0,"expired":0,"shed":0,"replaced":0,"left":0},
   "errors":[{"method":"connect","kind":"timeout","count":1}],
   "methods":[{"method":"connect","count":0,"ok":0,"denied":0,"failed":0,"latency":{…}}]}

hooks are hooks and events together; rate is those a second that were answered; cut are those that a signal
cut short; retried are those that took more than one request, failed_requests include those that were tried again. The kinds are those of send, and expired, shed
and left for events.`
}

// Run loads the backend and prints what came of it.
func (c *benchCommand) Run(ctx context.Context, std *streams) error {
	l, err := interruptible(ctx, func() (*load, error) { return c.prepare(std) })
	if err != nil {
		return err
	}
	bar := std.startProgress(l.progress)
	l.run(ctx)
	bar.stop()
	return l.report(c.shownURL(), ctx.Err() != nil).print(std, c.JSON)
}

// prepare finds what is wrong with the flags before anything is sent.
func (c *benchCommand) prepare(std *streams) (*load, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	conn, err := c.connection(std)
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	cfg, err := c.loadSettings()
	if err != nil {
		return nil, err
	}
	return c.load(cfg, conn, dialTCP())
}

func (c *benchCommand) check() error {
	switch {
	case c.Sessions < 0:
		return fmt.Errorf("--sessions %d is negative", c.Sessions)
	case c.Rate < 0 || math.IsNaN(c.Rate) || math.IsInf(c.Rate, 0):
		return fmt.Errorf("--rate %v is no rate", c.Rate)
	case c.Duration < 0:
		return fmt.Errorf("--duration %v is negative", c.Duration)
	case c.Concurrency < 1 || c.Concurrency > mostAtOnce:
		return fmt.Errorf("--concurrency %d is not 1 to %d", c.Concurrency, mostAtOnce)
	}
	return nil
}

// mostAtOnce bounds what one process can do anyway.
const mostAtOnce = 100_000

func (c *benchCommand) connection(std *streams) (*resthook.Connection, error) {
	text, err := readObject(c.Data, std.in)
	if err != nil {
		return nil, err
	}
	conn := &resthook.Connection{}
	if err := json.Unmarshal(text, conn); err != nil {
		return nil, err
	}
	if conn.SessionID != "" {
		return nil, errors.New("sessionId: each session has its own")
	}
	return conn, nil
}

// load makes the run ready. Connections are opened with dial.
func (c *benchCommand) load(cfg resthook.Config, conn *resthook.Connection, dial dialFunc) (*load, error) {
	t := newTally()
	opts, err := c.secured()
	if err != nil {
		return nil, err
	}
	client, err := c.client(cfg, append(opts, resthook.WithObserver(t.observer()), t.counting(dial))...)
	if err != nil {
		return nil, err
	}
	s := newScenario(conn)
	s.client, s.result, s.patience = client, t.connected, cfg.RequestTimeout
	if s.patience == 0 {
		s.patience = resthook.DefaultConfig().RequestTimeout
	}
	p := &pace{sessions: c.Sessions, rate: c.Rate, duration: c.Duration, begun: time.Now()}
	return &load{scenario: s, pace: p, concurrency: c.Concurrency, tally: t}, nil
}
