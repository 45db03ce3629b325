package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// link is the connection to NATS.
type link struct {
	*options

	ready chan struct{} // closed once there is a store
	store *Store
}

// connect connects. A media server may start before NATS does: where no server answers, it is tried again for a while.
func (l *link) connect(ctx context.Context, urls string, given []nats.Option) (*nats.Conn, error) {
	trying, cancel := context.WithTimeout(ctx, formingTime)
	defer cancel()
	for {
		conn, err := nats.Connect(urls, l.natsOptions(given)...)
		if !errors.Is(err, nats.ErrNoServers) {
			return conn, err
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-trying.Done():
			return nil, err
		}
	}
}

// natsOptions are those given, with what the store needs over them: it never gives up, and what was not sent it tries again
// itself.
func (l *link) natsOptions(given []nats.Option) []nats.Option {
	own := []nats.Option{
		nats.Name("resthook " + l.node), nats.ReconnectWait(200 * time.Millisecond), nats.ReconnectJitter(100*time.Millisecond, 100*time.Millisecond),
		nats.PingInterval(5 * time.Second), nats.MaxPingsOutstanding(2),
	}
	return append(append(own, given...), func(o *nats.Options) error {
		o.AllowReconnect, o.MaxReconnect, o.ReconnectBufSize = true, -1, -1
		away, back, fault := o.DisconnectedErrCB, o.ReconnectedCB, o.AsyncErrorCB
		o.DisconnectedErrCB = func(c *nats.Conn, err error) {
			l.away(err)
			if away != nil {
				away(c, err)
			}
		}
		o.ReconnectedCB = func(c *nats.Conn) {
			l.back()
			if back != nil {
				back(c)
			}
		}
		o.AsyncErrorCB = func(c *nats.Conn, sub *nats.Subscription, err error) {
			l.logger.Warn("nats", slog.String("node", l.node), slog.Any("error", err))
			if fault != nil {
				fault(c, sub, err)
			}
		}
		return nil
	})
}

func (l *link) away(err error) {
	if err == nil {
		return // the store has closed it
	}
	l.logger.Warn("nats away", slog.String("node", l.node), slog.Any("error", err))
	select {
	case <-l.ready:
		l.store.requests.Lost()
	default:
	}
}

func (l *link) back() {
	l.logger.Info("nats back", slog.String("node", l.node))
	select {
	case <-l.ready:
		l.store.puts.Hurry()
		l.store.ends.Hurry()
	default:
	}
}

// hostsOf are the servers of a list of URLs, without what is secret in them. The error has nothing of the URLs either.
func hostsOf(urls string) (hosts []string, err error) {
	for one := range strings.SplitSeq(urls, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		if !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		u, err := url.Parse(one)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("url %d of the NATS servers is none", len(hosts)+1)
		}
		hosts = append(hosts, u.Host)
	}
	if len(hosts) == 0 {
		return nil, errors.New("no url of a NATS server")
	}
	return hosts, nil
}
