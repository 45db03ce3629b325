//go:build unix

package crash

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/embedded"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// startNATS starts the servers of the story, and waits until they can store something.
func (w *world) startNATS() error {
	servers, err := w.natsServers()
	if err != nil {
		return err
	}
	for i := range servers {
		w.nats = append(w.nats, &natsServer{NATS: servers[i]})
		if err := w.runNATS(i); err != nil {
			return err
		}
	}
	if len(w.nats) == 0 {
		return nil
	}
	for _, n := range w.nats {
		if err := n.await("ready"); err != nil {
			return fmt.Errorf("%s: %w", n.Name, err)
		}
	}
	return w.usable()
}

// natsServers are the configurations of the servers: each has its own namespace, or all are on the
// loopback interface.
func (w *world) natsServers() ([]NATS, error) {
	ports, err := freePorts(2 * w.story.nats)
	if err != nil {
		return nil, err
	}
	all := make([]NATS, w.story.nats)
	routes := make([]string, len(all))
	for i := range all {
		name := fmt.Sprintf("nats-%d", i+1)
		all[i] = NATS{Name: name, Dir: filepath.Join(w.Dir, name), Host: "127.0.0.1", Port: ports[i]}
		routes[i] = fmt.Sprintf("127.0.0.1:%d", ports[len(all)+i])
		if w.network != nil {
			all[i].Host, all[i].Port = w.network.nats[i].addr, natsPort
			routes[i] = fmt.Sprintf("%s:%d", all[i].Host, routePort)
		}
	}
	for i := range all {
		if len(all) > 1 {
			all[i].Routes = slices.Concat(routes[i:], routes[:i])
		}
	}
	return all, nil
}

func (w *world) runNATS(i int) (err error) {
	n := w.nats[i]
	var in *space
	if w.network != nil {
		in = w.network.nats[i].space
	}
	n.process, err = w.launch(in, "nats", n.Name, n.NATS, nil)
	return err
}

// usable waits until the cluster makes streams.
func (w *world) usable() error {
	ctx, cancel := context.WithTimeout(context.Background(), beginsWithin)
	defer cancel()
	conn, js, err := w.jetstream()
	if err != nil {
		return err
	}
	defer conn.Close()
	for ctx.Err() == nil {
		try, stop := context.WithTimeout(ctx, 2*time.Second)
		_, err = js.CreateStream(try, jetstream.StreamConfig{Name: "READY", Subjects: []string{"ready"}, Replicas: len(w.nats)})
		stop()
		if err == nil {
			return js.DeleteStream(ctx, "READY")
		}
	}
	return fmt.Errorf("no stream can be made: %w", err)
}

func (w *world) jetstream() (*nats.Conn, jetstream.JetStream, error) {
	conn, err := nats.Connect(w.url(1), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond), nats.SetCustomDialer(w.hub()))
	if err != nil {
		return nil, nil, fmt.Errorf("nats: %w", err)
	}
	js, err := jetstream.New(conn)
	return conn, js, err
}

// url is how the media server of a slot reaches NATS.
func (w *world) url(slot int) string {
	if w.proxy != nil && slot == 0 {
		return "nats://" + w.proxy.addr()
	}
	if w.network != nil {
		return w.network.natsURLs()
	}
	urls := make([]string, 0, len(w.nats))
	for _, n := range w.nats {
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", n.Port))
	}
	return strings.Join(urls, ",")
}

// leader is the server that leads the stream of events.
func (w *world) leader() int {
	conn, js, err := w.jetstream()
	if err != nil {
		return 0
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	stream, err := js.Stream(ctx, wire.Events)
	if err != nil {
		return 0
	}
	for i, n := range w.nats {
		if c := stream.CachedInfo().Cluster; c != nil && c.Leader == n.Name {
			return i
		}
	}
	return 0
}

// count counts what is in the store: events and entries of the journal, and dead letters.
func (w *world) count(ctx context.Context) (left, dead int, err error) {
	if len(w.nats) == 0 {
		return w.countEmbedded(ctx)
	}
	conn, js, err := w.jetstream()
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	return countIn(ctx, js)
}

func (w *world) countEmbedded(ctx context.Context) (left, dead int, err error) {
	s, err := embedded.Start(ctx, embedded.Options{Dir: w.storeDir(), MaxStore: 8 << 30, MaxPayload: 8 << 20, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.Close(ctx)) }()
	conn, err := s.Connect()
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return 0, 0, err
	}
	return countIn(ctx, js)
}

func countIn(ctx context.Context, js jetstream.JetStream) (left, dead int, err error) {
	in := func(name string) int {
		stream, fault := js.Stream(ctx, name)
		if err = errors.Join(err, fault); fault != nil {
			return 0
		}
		return int(stream.CachedInfo().State.Msgs) //nolint:gosec // a million at most
	}
	return in(wire.Events), in(wire.Dead), err
}

// freePorts are ports at which nothing listens.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a port: %w", err)
		}
		defer l.Close()
		if tcp, ok := l.Addr().(*net.TCPAddr); ok {
			ports = append(ports, tcp.Port)
		}
	}
	return ports, nil
}
