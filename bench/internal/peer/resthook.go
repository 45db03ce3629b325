package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wcskit/resthook"
)

func resthookEntries() []Entry {
	const safe = "timeout, retries, limits, observer"
	const over = "; over the floor's net/http transport"
	return []Entry{
		{Name: "resthook Send", Does: safe + "; to a Client, the answer checked", Open: opener("", false)},
		{Name: NotifyRule, Does: safe + "; in a session, the answer checked", Open: opener("notify", false)},
		{Name: "resthook Send, 5 fields taken", Does: safe + "; OVERWRITE of 5 fields", Decodes: true, Open: opener("some", false)},
		{Name: Decoded, Does: safe + "; OVERWRITE of every field that may be", Decodes: true, Open: opener("all", false)},
		{Name: Event, Does: safe + "; from Notify to delivered, in order", Open: openEvents},
		{Name: "resthook Send, net/http", Does: safe + over, Open: opener("", true)},
		{Name: NotifyRule + ", net/http", Does: safe + over, Open: opener("notify", true)},
		{Name: Decoded + ", net/http", Does: safe + over, Decodes: true, Open: opener("all", true)},
	}
}

// hooks sends hooks to a client, or to a session for each worker.
type hooks struct {
	client    *resthook.Client
	transport *http.Transport // the caller's, or nil
	to        []resthook.Target
	sent      []*resthook.Stream
	taken     []*resthook.Stream
	seen      *seen
}

// seen is an observer as an operator has one: it counts. Under LOG a failure is
// no error of Send, so the last one is kept for the contestant to return.
type seen struct {
	hooks, attempts atomic.Int64
	failure         atomic.Pointer[resthook.Outcome]
}

func (s *seen) err() error {
	if failure := s.failure.Load(); failure != nil {
		return failure.Err
	}
	return nil
}

func (s *seen) observer() resthook.Observer {
	return resthook.Observer{
		Start: func(ctx context.Context, _ resthook.Start) context.Context {
			s.hooks.Add(1)
			return ctx
		},
		Attempt: func(context.Context, resthook.Attempt) { s.attempts.Add(1) },
		End: func(_ context.Context, end resthook.Outcome) {
			if end.Err != nil {
				s.failure.Store(&end)
			}
		},
	}
}

// opener opens a client whose hooks are sent to the client itself where no rule
// is named, else in sessions under the rule.
func opener(rule string, netHTTP bool) func(Target) (Contestant, error) {
	return func(t Target) (Contestant, error) {
		c := &hooks{seen: new(seen), taken: make([]*resthook.Stream, t.Workers)}
		options := []resthook.Option{resthook.WithObserver(c.seen.observer())}
		if netHTTP {
			c.transport = tuned()
			options = append(options, resthook.WithTransport(c.transport))
		}
		var err error
		if c.client, err = newClient(t, options...); err != nil {
			return nil, err
		}
		return c, c.fill(t.Workers, rule)
	}
}

// newClient is a client with the default limits, and room and time for the
// workers: thousands that start at once take longer than 15 seconds on a busy core.
func newClient(t Target, options ...resthook.Option) (*resthook.Client, error) {
	config := resthook.DefaultConfig()
	config.MaxConnections = max(config.MaxConnections, t.Workers)
	config.RequestTimeout = max(config.RequestTimeout, time.Duration(t.Workers)*10*time.Millisecond)
	quiet := resthook.WithLogger(slog.New(slog.DiscardHandler))
	return resthook.NewClient(config, append(options, quiet, resthook.WithApp(resthook.App{URL: t.URL}))...)
}

func (c *hooks) fill(workers int, rule string) error {
	for worker := range workers {
		c.sent = append(c.sent, payload(worker))
		if rule == "" {
			c.to = append(c.to, c.client)
			continue
		}
		session, err := newSession(c.client, worker, rule)
		if err != nil {
			return err
		}
		c.to = append(c.to, session)
	}
	return nil
}

func newSession(client *resthook.Client, worker int, rule string) (*resthook.Session, error) {
	text, err := policyText(rule)
	if err != nil {
		return nil, err
	}
	policy, err := resthook.ParsePolicy(text)
	if err != nil {
		return nil, err
	}
	p := payload(worker)
	return client.Resume(&resthook.Connection{
		NodeID: p.NodeID, AppKey: p.AppKey, SessionID: p.SessionID, RestClientConfig: policy,
	})
}

func policyText(rule string) ([]byte, error) {
	text := `{"restPolicy":"NOTIFY"}`
	switch rule {
	case "some":
		text = `{"restPolicy":"OVERWRITE","restOverwrite":"name,status,width,height,bitrate"}`
	case "all":
		fields, err := overwritable()
		if err != nil {
			return nil, err
		}
		text = fmt.Sprintf(`{"restPolicy":"OVERWRITE","restOverwrite":%q}`, strings.Join(fields, ","))
	}
	return fmt.Appendf(nil, `{%q:%s}`, method, text), nil
}

// overwritable is every field of the payload but those that say who speaks.
func overwritable() ([]string, error) {
	text, err := json.Marshal(payload(0))
	if err != nil {
		return nil, err
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	maps.DeleteFunc(fields, func(name string, _ json.RawMessage) bool {
		return name == "nodeId" || name == "appKey" || name == "sessionId"
	})
	return slices.Sorted(maps.Keys(fields)), nil
}

func (c *hooks) Send(ctx context.Context, worker int) (err error) {
	if c.taken[worker], err = resthook.StreamStatusEvent.Send(ctx, c.to[worker], c.sent[worker]); err != nil {
		return err
	}
	return c.seen.err()
}

func (c *hooks) Close() error {
	err := c.client.Close(context.Background())
	if c.transport != nil {
		c.transport.CloseIdleConnections()
	}
	return err
}
