package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/pump"
	"github.com/wcskit/resthook/durable/internal/requests"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// ErrEnded is the error for a session that another process ends or has ended, because this one was
// dead or was taken for dead: the backend has been told, or will be.
var ErrEnded = errors.New("the session has been ended by a successor")

const (
	replyTime = 4 * time.Second // for a request that is sent again; an elected leader takes longer
	putsMost  = 512             // events that are being stored at once
	endsMost  = 256             // events that are being removed at once
)

// Store keeps events and what is open. [Open] and [Connect] make it; [Store.Options] are for the
// client that uses it, and only one client can. It is safe for concurrent use.
type Store struct {
	opts   *options
	logger *slog.Logger
	conn   *nats.Conn
	js     jetstream.JetStream
	events jetstream.Stream
	nodes  jetstream.Stream
	end    func(context.Context) error // of what Open has started
	damage []string

	requests *requests.Requests
	puts     *pump.Pump // in order, line by line
	ends     *pump.Pump // in any order
	tenure   *tenure
	capacity *capacity

	running context.Context //nolint:containedctx // ends with the store
	stop    func()
	workers sync.WaitGroup
	closing sync.Once

	unsure     chan struct{} // whether this boot has its lease
	preparing  chan struct{} // an estate
	recovered  chan struct{} // closed by Recover
	recover    sync.Once
	quiet      quiet
	searchSoon atomic.Bool // for what this process has stored while it was taken for dead
	observing  atomic.Bool // the observer has not returned
	holding    holding     // used by renewing alone

	mu sync.Mutex
	state
}

// state is what changes in a store. It is guarded by the store's lock.
type state struct {
	closed   bool
	boot     *boot
	memory   resthook.Queue
	records  map[string]*record // by the id of the event
	lines    map[lineKey]*line
	entries  map[string]*entry // what is open, by the id of its closing event
	estates  map[wire.Boot]*estate
	kept     map[Session][]*inherited // what earlier boots of this node have left open, until it is resumed or ended
	resumed  map[Session]bool
	recorded counts
	attached bool // a client uses the store
	unstored int  // events that are to be stored
}

// boot is a life of this node.
type boot struct {
	wire.Boot

	over bool // its lease or its fence was taken
}

// newStore makes the store over a connection, with the streams in place.
func newStore(ctx context.Context, o *options, conn *nats.Conn) (*Store, error) {
	s := &Store{
		opts: o, logger: o.logger.With(slog.String("node", o.node)), conn: conn, tenure: newTenure(o.silent), recovered: make(chan struct{}), unsure: make(chan struct{}, 1), preparing: make(chan struct{}, 1),
		state: state{
			memory: unbounded(), records: map[string]*record{}, lines: map[lineKey]*line{}, entries: map[string]*entry{},
			estates: map[wire.Boot]*estate{}, kept: map[Session][]*inherited{}, resumed: map[Session]bool{},
		},
	}
	s.running, s.stop = context.WithCancel(context.Background())
	var err error
	if s.js, err = jetstream.New(conn); err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	if s.events, err = s.js.Stream(ctx, wire.Events); err != nil {
		return nil, fmt.Errorf("stream %s: %w", wire.Events, err)
	}
	if s.nodes, err = s.js.Stream(ctx, wire.Nodes); err != nil {
		return nil, fmt.Errorf("stream %s: %w", wire.Nodes, err)
	}
	if s.requests, err = requests.New(conn, replyTime); err != nil {
		return nil, err
	}
	s.puts, s.ends = pump.New(s.requests, putsMost), pump.New(s.requests, endsMost)
	s.capacity = newCapacity(o)
	return s, nil
}

// start takes the lease and what earlier boots of the node have left.
func (s *Store) start(ctx context.Context) error {
	if err := s.measure(ctx); err != nil {
		return err
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := s.takeOwn(ctx); err != nil {
		return err
	}
	s.workers.Go(s.renewing)
	s.workers.Go(s.sweeping)
	s.workers.Go(s.measuring)
	return nil
}

// Options are for the client that uses this store: it is its queue and its journal, events may be a
// day old, and an answer with the status 429, 502, 503 or 504 to an event is asked for again, since a
// proxy says so while the backend is away. Options that follow in NewClient can change that.
func (s *Store) Options() []resthook.Option {
	return []resthook.Option{
		resthook.WithQueue(s.Queue()), resthook.WithJournal(s.Journal()),
		resthook.WithEventAge(24 * time.Hour), resthook.WithEventRetryStatuses(429, 502, 503, 504),
	}
}

// Queue is the queue of the store, for [resthook.WithQueue].
func (s *Store) Queue() resthook.Queue { return queue{s} }

// Journal keeps what is open in the store, for [resthook.WithJournal].
func (s *Store) Journal() resthook.Journal { return journal{s} }

// Node is the name of this media server.
func (s *Store) Node() string { return s.opts.node }

// Damage is what [Open] found damaged, a sentence each: events that are lost. The rest was kept.
func (s *Store) Damage() []string { return slices.Clone(s.damage) }

// Close ends the store; the client that uses it does so in its own Close. What is stored and not over
// stays, for the next start or, in a cluster, for another node. A second Close does nothing.
func (s *Store) Close(ctx context.Context) error {
	if ctx == nil {
		return fmt.Errorf("%w: a nil context", resthook.ErrConfig)
	}
	_, err := s.close(ctx)
	return err
}

func (s *Store) close(ctx context.Context) (left []resthook.Drop, err error) {
	s.closing.Do(func() { left, err = s.shut(ctx) })
	return left, err
}

// shut stores and removes what is still to be, as long as ctx lets it, and ends everything.
func (s *Store) shut(ctx context.Context) (left []resthook.Drop, err error) {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.tenure.close()
	drops, _ := s.memory.Close(ctx) // a queue in memory
	err = errors.Join(s.puts.Drain(ctx), s.ends.Drain(ctx))
	s.puts.Close()
	s.ends.Close()
	if err == nil {
		s.leave(ctx)
	}
	s.stop()
	s.workers.Wait()
	s.requests.Close()
	left = s.leftOver(drops)
	s.conn.Close()
	if s.end != nil {
		err = errors.Join(err, s.end(ctx))
	}
	if err != nil {
		err = fmt.Errorf("close the store: %w", err)
	}
	return left, err
}

// leftOver is what this process has pushed or pulled and is not over.
func (s *Store) leftOver(drops []resthook.Drop) (left []resthook.Drop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lines {
		for _, e := range l.held {
			drops = append(drops, resthook.Drop{Event: e})
		}
	}
	for _, d := range drops {
		r := s.records[d.Event.ID]
		switch {
		case r == nil: // it is not stored
			left = append(left, resthook.Drop{Event: d.Event, Result: resthook.EventLeft})
		case r.inherited && r.held == nil: // nobody has heard of it
		case r.sequence == 0 && !r.inherited && (r.ends == nil || r.ends.sequence == 0): // else it lies in the journal
			left = append(left, resthook.Drop{Event: d.Event, Result: resthook.EventLeft})
		default:
			left = append(left, resthook.Drop{Event: d.Event, Result: resthook.EventKept})
		}
	}
	return left
}
