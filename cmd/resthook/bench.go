package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
	"github.com/wcskit/resthook/cmd/resthook/internal/flags"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/load"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// benchCommand loads a backend.
type benchCommand struct {
	flags.Target

	Sessions    int           `placeholder:"N" default:"0" help:"How many sessions in all; 0: as many as --duration lets begin. Default: ${default}"`
	Rate        float64       `placeholder:"R" default:"0" help:"Sessions begun a second; 0: each as soon as another is over. Default: ${default}"`
	Duration    time.Duration `placeholder:"DURATION" default:"10s" help:"How long sessions begin; 0: until there were --sessions, or until a signal. Default: ${default}"`
	Concurrency *int          `placeholder:"N" help:"Sessions under way at once. Default: 64; with --rate 10000."`
	Hold        time.Duration `placeholder:"DURATION" default:"1s" help:"How long a session lives; its hooks are spread over that. 0: each hook as soon as the one before is answered. Default: ${default}"`
	Players     int           `placeholder:"N" default:"3" help:"How many sessions play for each one that publishes. Default: ${default}"`
	Data        string        `placeholder:"JSON" default:"{}" help:"What clients give in connect, a JSON object, such as a token in custom; @FILE reads a file, - reads stdin. Default: ${default}"`
	JSON        bool          `name:"json" help:"Print the result as one JSON object."`
}

// Help is shown below the flags.
func (*benchCommand) Help() string {
	return `Each session is a client's visit: connect, ConnectionStatusEvent ESTABLISHED, publishStream or
playStream with an SDP of some 3 kB, StreamStatusEvent PENDING and PUBLISHING or PLAYING; then, every
streaming_sessions_keep_alive_interval (10s), a StreamKeepAliveEvent and a StreamsStatEvent; at the end
unPublishStream or stopStream, StreamStatusEvent UNPUBLISHED or STOPPED, and ConnectionStatusEvent DISCONNECTED.
A player plays the stream of its publisher, once the backend was asked about that. Events are queued, as in a
media server. Without --rate the first sessions begin spread over --hold.

The run ends after --sessions or --duration, whichever is first; what is under way then lives on to its end,
and has time for all its hooks: --hold and 8 times rest_request_timeout (15s where that is 0). What is cut short
then, or by a signal, is counted as cut and not as failed, unless a request for it had failed.

Latency is the time of the answer alone: of each request that was answered or timed out, a wait for one of
rest_max_connections among it. For events there is also the time from when they were queued. With --rate, late is
how long after its time a session began, since all of --concurrency were under way; those that never began
are missed. Without --rate a slow backend is asked less; nothing corrects for it.

Status 401 and 403 deny: that is an answer, and no failure. The exit code is 1 where a hook failed or an event
was lost, where an answer was neither 200 nor a denial, where not one session was let in, or where
sessions were missed. stderr says which.

With --json, times are in seconds, and percentiles ({…}) have p50, p90, p99, p999 and max (at most 0.4 % off;
max is exact):

  {"url":"…","interrupted":false,"duration":10.01,
   "sessions":{"begun":0,"publishers":0,"missed":0,"let_in":0,"denied":0,"failed":0,"cut":0},"late":{…},
   "hooks":{"count":0,"ok":0,"denied":0,"failed":0,"cut":0,"rate":0},"statuses":{"200":0},"latency":{…},"queued":{…},
   "requests":0,"failed_requests":0,"retried":0,"connections":0,
   "events":{"delivered":0,"denied":0,"failed":0,"expired":0,"shed":0,"replaced":0,"left":0},
   "errors":[{"method":"connect","kind":"timeout","count":1}],
   "methods":[{"method":"connect","count":0,"ok":0,"denied":0,"failed":0,"cut":0,"statuses":{"200":0},"latency":{…}}]}

hooks are hooks and events together, but for events that newer ones replaced; rate is those a second that were
answered; retried are those that took more than one request, failed_requests include those that were tried
again. Events have queued beside latency. The kinds are those of send, and expired, shed and left for events.`
}

// Run loads the backend and prints the result.
func (c *benchCommand) Run(ctx context.Context, std *terminal.Streams) error {
	l, err := input.Within(ctx, func() (*load.Load, error) { return c.prepare(std) })
	if err != nil {
		return err
	}
	line := std.Progress(l.Progress)
	report := l.Run(ctx)
	line.Stop()
	report.URL = c.ShownURL()
	return c.print(report, std)
}

func (c *benchCommand) print(r load.Report, std *terminal.Streams) error {
	write := func() error { return std.Print(r.Text()) }
	if c.JSON {
		write = func() error { return std.PrintJSON(r) }
	}
	if err := write(); err != nil {
		return err
	}
	faults := r.Faults()
	for _, fault := range faults {
		std.Say(fault)
	}
	if len(faults) > 0 {
		return errRefused
	}
	return nil
}

// prepare checks the flags before anything is sent.
func (c *benchCommand) prepare(std *terminal.Streams) (*load.Load, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	conn, err := c.clients(std)
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	cfg, err := c.EnabledSettings()
	if err != nil {
		return nil, err
	}
	secured, err := c.Secured()
	if err != nil {
		return nil, err
	}
	return load.New(c.plan(conn), cfg, func(cfg resthook.Config, opts ...resthook.Option) (*resthook.Client, error) {
		return c.NewClient(cfg, append(opts, secured...)...)
	})
}

func (c *benchCommand) plan(conn *resthook.Connection) load.Plan {
	p := load.Plan{Sessions: c.Sessions, Rate: c.Rate, Duration: c.Duration, Hold: c.Hold, Players: c.Players, Connection: conn}
	if c.Concurrency != nil {
		p.Concurrency = *c.Concurrency
	}
	return p
}

func (c *benchCommand) check() error {
	switch {
	case c.Sessions < 0:
		return fmt.Errorf("--sessions %d is negative", c.Sessions)
	case c.Rate < 0 || math.IsNaN(c.Rate) || math.IsInf(c.Rate, 0):
		return fmt.Errorf("--rate %v is no rate", c.Rate)
	case c.Duration < 0:
		return fmt.Errorf("--duration %v is negative", c.Duration)
	case c.Concurrency != nil && (*c.Concurrency < 1 || *c.Concurrency > mostAtOnce):
		return fmt.Errorf("--concurrency %d is not 1 to %d", *c.Concurrency, mostAtOnce)
	case c.Hold < 0 || c.Hold > longestHold:
		return fmt.Errorf("--hold %v is not 0s to %v", c.Hold, longestHold)
	case c.Players < 0 || c.Players > mostAtOnce:
		return fmt.Errorf("--players %d is not 0 to %d", c.Players, mostAtOnce)
	}
	return nil
}

const (
	mostAtOnce  = 100_000 // more than one process can do
	longestHold = 365 * 24 * time.Hour
)

// clients is the payload that all clients connect with: the catalogue's sample of connect
// without its sessionId and custom, with --data merged over it.
func (c *benchCommand) clients(std *terminal.Streams) (*resthook.Connection, error) {
	text, err := input.Object(c.Data, std.In)
	if err != nil {
		return nil, err
	}
	conn := &resthook.Connection{}
	for _, text := range [][]byte{catalogue.Sample("connect"), text} {
		conn.SessionID, conn.Custom = "", nil
		if err := json.Unmarshal(text, conn); err != nil {
			return nil, err
		}
	}
	if conn.SessionID != "" {
		return nil, errors.New("sessionId: each session has its own")
	}
	return conn, nil
}
