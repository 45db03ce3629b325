package load

import (
	"context"
	"net"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/wire"
)

// Plan says how much load there is.
type Plan struct {
	Sessions    int                  // in all; 0: as many as begin in Duration
	Rate        float64              // sessions begun a second; 0: each as soon as another is over
	Duration    time.Duration        // how long sessions begin; 0: until there were Sessions, or the run is interrupted
	Concurrency int                  // sessions open at once; 0: the default
	Hold        time.Duration        // how long a session lives
	Players     int                  // for each publisher
	Connection  *resthook.Connection // what clients give in connect

	// Dial opens the connections to the backend; nil for the network.
	Dial wire.Dial
}

const (
	// defaultConcurrency is the default if a plan has no rate.
	defaultConcurrency = 64
	// rateConcurrency is the default if it has one: a limit that is rarely reached.
	rateConcurrency = 10_000
)

// complete fills in the defaults.
func (p Plan) complete() Plan {
	switch {
	case p.Concurrency > 0:
	case p.Rate > 0:
		p.Concurrency = rateConcurrency
	default:
		p.Concurrency = defaultConcurrency
	}
	if p.Dial == nil {
		p.Dial = wire.TCP()
	}
	return p
}

// counting is an option that calls dialed for each connection.
func (p Plan) counting(dialed func()) resthook.Option {
	return resthook.WithDialContext(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := p.Dial(ctx, network, address)
		if err == nil {
			dialed()
		}
		return conn, err
	})
}

// settings are the given ones, with keep-alives switched on, and with a request timeout
// and a keep-alive interval even if they were 0.
func settings(cfg resthook.Config, appKey string) resthook.Config {
	cfg.KeepAliveEnabled, cfg.KeepAliveAppKeys = true, []string{appKey}
	usual := resthook.DefaultConfig()
	if cfg.RequestTimeout == 0 {
		cfg.RequestTimeout = usual.RequestTimeout
	}
	if cfg.KeepAliveInterval == 0 {
		cfg.KeepAliveInterval = usual.KeepAliveInterval
	}
	return cfg
}
