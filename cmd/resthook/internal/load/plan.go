package load

import (
	"context"
	"net"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/wire"
)

// Plan is how a backend is to be loaded.
type Plan struct {
	Sessions    int                  // in all; 0: as many as Duration lets begin
	Rate        float64              // sessions begun a second; 0: each as soon as another is over
	Duration    time.Duration        // how long sessions begin; 0: until there were Sessions, or the run is interrupted
	Concurrency int                  // sessions under way at once; 0: as many as usual
	Hold        time.Duration        // how long a session lives
	Players     int                  // for each publisher
	Connection  *resthook.Connection // what clients give in connect

	// Dial opens the connections to the backend; nil for the network.
	Dial wire.Dial
}

const (
	// usualConcurrency is how many sessions are under way at once where a plan has no rate.
	usualConcurrency = 64
	// rateConcurrency is how many there are at most where it has one.
	rateConcurrency = 10_000
)

// complete fills in what was left out.
func (p Plan) complete() Plan {
	switch {
	case p.Concurrency > 0:
	case p.Rate > 0:
		p.Concurrency = rateConcurrency
	default:
		p.Concurrency = usualConcurrency
	}
	if p.Dial == nil {
		p.Dial = wire.TCP()
	}
	return p
}

// counting has the connections that are opened counted.
func (p Plan) counting(dialed func()) resthook.Option {
	return resthook.WithDialContext(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := p.Dial(ctx, network, address)
		if err == nil {
			dialed()
		}
		return conn, err
	})
}

// settings are those of the media server, but that keep-alives are always sent and
// that no answer is waited for without an end.
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
