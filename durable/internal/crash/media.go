package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
)

// MediaServer is a small media server. It keeps a number of sessions, each with a stream and events.
type MediaServer struct {
	Name     string // of the process; the ids of its sessions begin with it
	Node     string
	Dir      string // of an embedded store; empty: URL
	URL      string // of the cluster
	Replicas int
	Backend  string
	Sessions int
	Rate     int // events a second
	Seed     uint64
	Number   int    // of the process among those of a run
	Kept     string // a file with the sessions that it resumes, as JSON; empty: none
	Changes  bool   // streams end, and others begin, while their sessions go on
}

// How long a media server may take to begin and to end.
const (
	beginsWithin = time.Minute
	endsWithin   = 2 * time.Minute
)

// Run plays the media server until in ends; then it ends its sessions, delivers everything and
// returns. It writes a line to out after each of these:
//
//	ready                     the store is open
//	full                      all of the sessions are open
//	opened SESSION [STREAM]   its entry of the journal is stored
//	keeps SESSION [STREAM]    what is open of it is stored; a successor can resume it
//	changes SESSION           that is not so any more
//	resumed SESSION           it was resumed
//	refused SESSION           it could not be
//	stored SESSION N          the event is stored
//	ended SESSION             Disconnect has returned
//	lost COUNT                others have ended its sessions
func (m *MediaServer) Run(in io.Reader, out, log io.Writer) error {
	say := &speaker{out: out}
	logger := slog.New(slog.NewTextHandler(log, nil)).With("server", m.Name)
	kept, err := m.kept()
	if err != nil {
		return err
	}
	load := newLoad(m, say, len(kept))
	store, err := m.open(logger, load)
	if err != nil {
		return err
	}
	client, err := m.client(store, say, logger)
	if err != nil {
		return err
	}
	say.line("ready")
	load.begin(client)
	load.resume(store, kept)
	_, _ = io.Copy(io.Discard, in) // until the parent closes it, or ends
	load.end()
	ctx, cancel := context.WithTimeout(context.Background(), endsWithin)
	defer cancel()
	return client.Shutdown(ctx)
}

func (m *MediaServer) open(logger *slog.Logger, load *load) (*durable.Store, error) {
	ctx, cancel := context.WithTimeout(context.Background(), beginsWithin)
	defer cancel()
	opts := []durable.Option{durable.WithNode(m.Node), durable.WithLogger(logger), durable.WithOnLost(load.lose)}
	if m.Kept != "" {
		opts = append(opts, durable.WithRecovery(beginsWithin))
	}
	if m.Dir != "" {
		return durable.Open(ctx, m.Dir, opts...)
	}
	return durable.Connect(ctx, m.URL, append(opts, durable.WithReplicas(m.Replicas))...)
}

func (m *MediaServer) client(store *durable.Store, say *speaker, logger *slog.Logger) (*resthook.Client, error) {
	config := resthook.DefaultConfig()
	config.RequestTimeout = 10 * time.Second
	return resthook.NewClient(config, append(store.Options(),
		resthook.WithQueue(queue{store.Queue(), say}), resthook.WithJournal(journal{store.Journal(), say}),
		resthook.WithApp(resthook.App{Key: "defaultApp", URL: m.Backend}), resthook.WithLogger(logger))...)
}

// speaker writes lines to the parent, each at once and whole.
type speaker struct {
	mu  sync.Mutex
	out io.Writer
}

func (s *speaker) line(words ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.WriteString(s.out, strings.TrimSuffix(fmt.Sprintln(words...), "\n")+"\n") // without a parent there is nobody to hear it
}

// queue says what was stored.
type queue struct {
	resthook.Queue

	say *speaker
}

// Push implements [resthook.Queue].
func (q queue) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	var p payload
	_ = json.Unmarshal(e.Body, &p) // of a client of ours
	closing := (&Request{Status: p.Status}).Closing()
	return q.Queue.Push(e, func(err error) {
		if err == nil && p.Custom.N != 0 && !closing {
			q.say.line("stored", p.Session, p.Custom.N)
		}
		stored(err)
	})
}

// journal says what was opened.
type journal struct {
	resthook.Journal

	say *speaker
}

// Open implements [resthook.Journal].
func (j journal) Open(closing resthook.Event, stored func(error)) {
	j.Journal.Open(closing, func(err error) {
		if err == nil {
			j.say.line("opened", closing.Session, closing.About.MediaSessionID)
		}
		stored(err)
	})
}
