package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/embedded"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// apiLevel is the level of JetStream's API that a cluster must have: conditions on another subject.
const apiLevel = 4

// Open keeps the store in a directory, with a NATS server in the process that opens no port. The
// directory is this process's alone: a second one gets an error that matches [ErrInUse]. What was
// damaged is logged as an error and is in [Store.Damage]. ctx bounds this call alone; an error matches
// [resthook.ErrConfig] where an option can't be followed.
func Open(ctx context.Context, dir string, opts ...Option) (*Store, error) {
	o, err := newOptions(opts, true)
	if err != nil {
		return nil, err
	}
	s, err := o.open(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("store in %s: %w", dir, err)
	}
	return s, nil
}

// ErrInUse is the error for a directory that another process has open.
var ErrInUse = embedded.ErrInUse

func (o *options) open(ctx context.Context, dir string) (*Store, error) {
	if ctx == nil {
		return nil, fmt.Errorf("%w: a nil context", resthook.ErrConfig)
	}
	server, err := embedded.Start(ctx, embedded.Options{
		Dir: dir, SyncAlways: o.syncAlways, MaxStore: 4 * mostBytes, Expected: o.maxBytes + o.deadBytes, MaxPayload: maxPayload, Key: o.key, Logger: o.logger,
		Changed: func(err error) {
			if err != nil {
				o.logger.Error("store ill", slog.String("node", o.node), slog.Any("error", err))
				return
			}
			o.logger.Info("store well", slog.String("node", o.node))
		},
	})
	if err != nil {
		return nil, err
	}
	s, err := o.connect(ctx, "", []nats.Option{nats.InProcessServer(server)})
	if err == nil && server.New() {
		err = server.SyncFiles() // else a power cut may take the streams
	}
	if err != nil {
		if s != nil {
			_ = s.Close(ctx)
		}
		_ = server.Close(ctx)
		return nil, err
	}
	s.end, s.damage = server.Close, server.Damage()
	for _, damage := range s.damage {
		s.logger.Error("store damaged", slog.String("damage", damage))
	}
	return s, nil
}

// maxPayload bounds an event.
const maxPayload = 8 << 20

// Connect uses a cluster of NATS servers, by their URLs with commas between them. It makes the streams
// where they are missing. ctx bounds this call alone; an error matches [resthook.ErrConfig] where an
// option can't be followed.
func Connect(ctx context.Context, urls string, opts ...Option) (*Store, error) {
	o, err := newOptions(opts, false)
	if err != nil {
		return nil, err
	}
	hosts, err := hostsOf(urls)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", resthook.ErrConfig, err)
	}
	s, err := o.connect(ctx, urls, o.nats)
	if err != nil {
		return nil, fmt.Errorf("store at nats %s: %w", strings.Join(hosts, ","), err)
	}
	return s, nil
}

// connect makes the store over a connection.
func (o *options) connect(ctx context.Context, urls string, given []nats.Option) (*Store, error) {
	if ctx == nil {
		return nil, fmt.Errorf("%w: a nil context", resthook.ErrConfig)
	}
	link := &link{options: o, ready: make(chan struct{})}
	conn, err := link.connect(ctx, urls, given)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := o.awaitStreams(ctx, conn); err != nil {
		conn.Close()
		return nil, err
	}
	s, err := newStore(ctx, o, conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	link.store = s
	close(link.ready)
	if err := s.start(ctx); err != nil {
		_ = s.Close(ctx)
		return nil, err
	}
	return s, nil
}

// formingTime is how long a cluster may take to form. A media server may start before its nodes know each
// other.
const formingTime = 15 * time.Second

// awaitStreams makes the streams as soon as the cluster has a leader and enough nodes.
func (o *options) awaitStreams(ctx context.Context, conn *nats.Conn) error {
	forming, cancel := context.WithTimeout(ctx, formingTime)
	defer cancel()
	for {
		err := o.makeStreams(ctx, conn)
		if !isForming(err) {
			return err
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-forming.Done():
			return err
		}
	}
}

// isForming reports whether a cluster has no leader yet, or too few nodes.
func isForming(err error) bool {
	const noPeers = 10005
	fault, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (fault.Code == 503 || fault.ErrorCode == noPeers) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse)
}

// makeStreams makes the streams, or brings them to their configuration. A stream that is not found may
// have lost its description alone: made again, it has its messages.
func (o *options) makeStreams(ctx context.Context, conn *nats.Conn) error {
	js, err := jetstream.New(conn)
	if err != nil {
		return fmt.Errorf("jetstream: %w", err)
	}
	account, err := js.AccountInfo(ctx)
	if err != nil {
		return fmt.Errorf("jetstream: %w", err)
	}
	if account.API.Level < apiLevel {
		return fmt.Errorf("%w: jetstream has API level %d, %d is needed", errors.ErrUnsupported, account.API.Level, apiLevel)
	}
	for _, config := range wire.Streams(wire.Bounds{
		Replicas: o.replicas, Bytes: o.maxBytes, Messages: o.maxEvents, DeadBytes: o.deadBytes, DeadAge: o.deadAge, Duplicates: 2 * time.Minute,
	}) {
		if err := o.makeStream(ctx, js, config); err != nil {
			return fmt.Errorf("stream %s: %w", config.Name, err)
		}
	}
	return nil
}

// makeStream makes a stream, or brings it to its configuration. Of two media servers that make the same one at once, a
// cluster may leave one without an answer: that one asks again.
func (o *options) makeStream(ctx context.Context, js jetstream.JetStream, config jetstream.StreamConfig) error {
	for {
		err := o.tryStream(ctx, js, config)
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

func (o *options) tryStream(ctx context.Context, js jetstream.JetStream, config jetstream.StreamConfig) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	there, err := js.Stream(ctx, config.Name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
	case err != nil:
		return err
	case !slices.Equal(there.CachedInfo().Config.Subjects, config.Subjects):
		return fmt.Errorf("%w: there is a stream of that name with the subjects %q", resthook.ErrConfig, there.CachedInfo().Config.Subjects)
	case !o.alone:
		config = o.keepBounds(config, &there.CachedInfo().Config)
	}
	_, err = js.CreateOrUpdateStream(ctx, config)
	return err
}

// keepBounds takes the bounds of a stream that others use as well: one of them must not take from all what the others need.
func (o *options) keepBounds(wanted jetstream.StreamConfig, there *jetstream.StreamConfig) jetstream.StreamConfig {
	kept := wanted
	kept.MaxBytes, kept.MaxMsgs, kept.MaxAge, kept.Replicas = there.MaxBytes, there.MaxMsgs, there.MaxAge, there.Replicas
	if has, want := boundsOf(&kept), boundsOf(&wanted); has != want {
		o.logger.Warn("stream has other bounds", slog.String("node", o.node), slog.String("stream", wanted.Name),
			slog.String("has", has), slog.String("wanted", want))
	}
	return kept
}

// boundsOf are the bounds of a stream as a text. None is 0, or -1 in what a server says.
func boundsOf(c *jetstream.StreamConfig) string {
	return fmt.Sprintf("%d bytes, %d messages, %v, %d replicas", max(0, c.MaxBytes), max(0, c.MaxMsgs), c.MaxAge, c.Replicas)
}
