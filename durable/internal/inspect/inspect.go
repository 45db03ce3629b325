// Package inspect reads what lies in JetStream, beside the processes that deliver it, and sends dead
// letters again. It takes no lease, claims no estate, and makes no consumer: the stream of events lets
// only one read a message, which is the one that delivers it.
package inspect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/embedded"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// ErrNoStore is the error where there is no store to read.
var ErrNoStore = errors.New("there is no store")

// Store is a store that others fill and empty. It is safe for concurrent use.
type Store struct {
	conn   *nats.Conn
	js     jetstream.JetStream
	server *embedded.Server // of a store in a directory, which nobody else has now
}

// OpenDir opens a store in a directory. Until Close, no other process can. It makes no store. The error
// matches [ErrNoStore], [embedded.ErrInUse] or [embedded.ErrKey] where that is the reason.
func OpenDir(ctx context.Context, dir string, key []byte) (*Store, error) {
	switch exists, err := embedded.Exists(dir); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case !exists:
		return nil, fmt.Errorf("directory %s: %w", dir, ErrNoStore)
	}
	// The bounds of the streams hold, whatever they are: those of the server must not be smaller.
	const maxStore, maxPayload = 1 << 50, 8 << 20
	server, err := embedded.Start(ctx, embedded.Options{Dir: dir, MaxStore: maxStore, MaxPayload: maxPayload, Key: key})
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, "", nats.InProcessServer(server))
	if err != nil {
		return nil, errors.Join(err, server.Close(context.WithoutCancel(ctx)))
	}
	s.server = server
	return s, nil
}

// Connect opens a store in a cluster of NATS servers, by their URLs with commas between them. The error
// matches [ErrNoStore] where there is none.
func Connect(ctx context.Context, urls string, opts ...nats.Option) (*Store, error) {
	s, err := connect(ctx, urls, opts...)
	if err != nil {
		return nil, err
	}
	found, err := s.streams(ctx)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("account of the nats server: %w", ErrNoStore)
	}
	if err != nil {
		s.conn.Close()
		return nil, err
	}
	return s, nil
}

func connect(ctx context.Context, urls string, opts ...nats.Option) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	conn, err := nats.Connect(urls, append([]nats.Option{
		nats.Name("resthook-queue"), nats.Timeout(5 * time.Second), nats.MaxReconnects(-1), nats.ReconnectWait(500 * time.Millisecond),
	}, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to nats: %w", err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	return &Store{conn: conn, js: js}, nil
}

// Close ends the connection, and gives a directory back.
func (s *Store) Close(ctx context.Context) error {
	s.conn.Close()
	if s.server != nil {
		return s.server.Close(ctx)
	}
	return nil
}

// streams are those that exist, by their names.
func (s *Store) streams(ctx context.Context) (map[string]jetstream.Stream, error) {
	found := map[string]jetstream.Stream{}
	for _, name := range [...]string{wire.Events, wire.Dead, wire.Nodes} {
		stream, err := s.stream(ctx, name)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			continue
		case err != nil:
			return nil, err
		}
		found[name] = stream
	}
	return found, nil
}

func (s *Store) stream(ctx context.Context, name string) (jetstream.Stream, error) {
	stream, err := s.js.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	return stream, nil
}
