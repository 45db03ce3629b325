package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// system is all that runs.
type system struct {
	settings

	dir       string
	account   *account
	backend   *recorder
	log       io.Closer // of the backend
	processes *processes
	nodes     map[string]*process // of NATS
	media     map[string]*process
	urls      []string // of the nodes
}

const servers = 3 // of each kind, in a cluster

// startSystem starts everything. failed is called when a part ends that should not.
func startSystem(ctx context.Context, s settings, dir string, failed func(error)) (*system, error) {
	y := &system{
		settings: s, dir: dir, account: newAccount(), processes: &processes{dir: dir, failed: failed},
		nodes: map[string]*process{}, media: map[string]*process{},
	}
	log, err := openLog(dir, "backend")
	if err != nil {
		return nil, err
	}
	if y.backend, err = startBackend(ctx, y.account, log); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	y.log = log
	count := 1
	if !s.embedded {
		count = servers
		if err := y.startNodes(ctx); err != nil {
			y.stop()
			return nil, err
		}
	}
	for i := range count {
		if err := y.startMedia(ctx, fmt.Sprintf("media-%d", i+1)); err != nil {
			y.stop()
			return nil, err
		}
	}
	return y, nil
}

// startNodes starts the NATS nodes, which are ready when they have found each other.
func (y *system) startNodes(ctx context.Context) error {
	ports, err := freePorts(ctx, servers)
	if err != nil {
		return err
	}
	type started struct {
		node *process
		url  string
		err  error
	}
	ready := make(chan started, servers)
	for i, port := range ports {
		name := fmt.Sprintf("nats-%d", i+1)
		go func() {
			node, url, err := y.processes.start(ctx, part{Name: name, Dir: filepath.Join(y.dir, name), Port: port, Ports: ports}, nil)
			ready <- started{node, url, err}
		}()
	}
	for range ports {
		s := <-ready
		if s.err != nil {
			err = errors.Join(err, s.err)
			continue
		}
		y.nodes[s.node.name] = s.node
		y.urls = append(y.urls, s.url)
	}
	return err
}

// startMedia starts a media server, for the first time or again.
func (y *system) startMedia(ctx context.Context, name string) (err error) {
	y.media[name], _, err = y.processes.start(ctx, part{
		Name: name, Dir: filepath.Join(y.dir, name), Sessions: y.sessions, Backend: y.backend.url(), NATS: strings.Join(y.urls, ","),
	}, y.account.record)
	return err
}

// leader is the NATS node that leads the stream of events.
func (y *system) leader(ctx context.Context) (*process, error) {
	conn, err := nats.Connect(strings.Join(y.urls, ","))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	stream, err := js.Stream(ctx, "RH_EVENTS")
	if err != nil {
		return nil, err
	}
	cluster := stream.CachedInfo().Cluster
	if cluster == nil || y.nodes[cluster.Leader] == nil {
		return nil, errors.New("the stream of events has no leader")
	}
	return y.nodes[cluster.Leader], nil
}

// end ends the media servers, which tell the last events, and then NATS.
func (y *system) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, endTime+10*time.Second)
	defer cancel()
	media := make(chan error)
	for _, p := range y.media {
		go func() { media <- p.end(ctx) }()
	}
	var err error
	for range y.media {
		err = errors.Join(err, <-media)
	}
	for _, p := range y.nodes {
		err = errors.Join(err, p.end(ctx))
	}
	return err
}

// stop leaves nothing behind, whatever has happened.
func (y *system) stop() {
	y.processes.killAll()
	y.backend.leave()
	_ = y.log.Close()
}
