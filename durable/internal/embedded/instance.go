package embedded

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// answerTimeout is how long a server may take to answer after its start, where the context has
// no deadline. How long it reads the streams depends on how much there is.
const answerTimeout = 10 * time.Second

// instance is one run of the server; a server that was healed is another.
type instance struct {
	srv    *server.Server
	damage []string
}

// startInstance starts a server and waits until streams can be used. What it started has
// ended when it returns an error, even that of the context. First it syncs what the instance
// before wrote last: the server takes it for synced, and would write behind it. crashed says
// that the instance before did not come to its end.
func startInstance(ctx context.Context, o Options, crashed bool) (*instance, error) {
	if err := syncTree(o.Dir); err != nil {
		o.Logger.Warn("embedded NATS server", "error", err)
	}
	srv, err := server.NewServer(o.config())
	if err != nil {
		return nil, fmt.Errorf("configure the embedded NATS server in %s: %w", o.Dir, err)
	}
	log := newServerLog(o.Logger)
	srv.SetLoggerV2(log, false, false, false)
	srv.Start() // without a socket it returns when the streams are recovered, or cannot be
	in := &instance{srv: srv}
	if err := in.ready(ctx, o, log, crashed); err != nil {
		in.stop()
		return nil, fmt.Errorf("start the embedded NATS server in %s: %w", o.Dir, err)
	}
	return in, nil
}

// ready returns why a server that was started cannot be used.
func (in *instance) ready(ctx context.Context, o Options, log *serverLog, crashed bool) error {
	lines, fatal := log.started()
	if fatal != "" {
		return errors.New(fatal)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTimeout)
		defer cancel()
	}
	nc, err := nats.Connect("", nats.InProcessServer(in.srv), nats.NoReconnect())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	if _, err := js.AccountInfo(ctx); err != nil {
		return fmt.Errorf("ask for JetStream: %w", err)
	}
	in.damage, err = inspect(ctx, js, o, found{lines: lines, crashed: crashed})
	return err
}

// stop ends the server and waits for it.
func (in *instance) stop() {
	in.srv.Shutdown()
	in.srv.WaitForShutdown()
}
