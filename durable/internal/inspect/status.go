package inspect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/embedded"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// Status is what a store holds.
type Status struct {
	Time    time.Time   `json:"time"` // of the server
	Events  Backlog     `json:"events"`
	Journal Open        `json:"journal"`
	Nodes   []Node      `json:"nodes"`
	Estates []Estate    `json:"estates"`
	Dead    DeadLetters `json:"dead"`
	Streams []Stream    `json:"streams"`
	Damage  []string    `json:"damage"` // a sentence each: what was lost
}

// DeadLetters are the events that were given up.
type DeadLetters struct {
	Count  uint64     `json:"count"`
	Bytes  uint64     `json:"bytes"`
	Oldest *time.Time `json:"oldest"` // when it was given up; null: there is none
	Apps   []DeadApp  `json:"apps"`
}

// DeadApp are the dead letters of an app, by their priority.
type DeadApp struct {
	App      string `json:"app"`
	Count    uint64 `json:"count"`
	Closing  uint64 `json:"closing"`
	Status   uint64 `json:"status"`
	Progress uint64 `json:"progress"`
	Damaged  uint64 `json:"damaged"`
}

// Stream is a stream and its bounds; a bound of 0 is none.
type Stream struct {
	Name     string  `json:"name"`
	Missing  bool    `json:"missing"`
	Replicas int     `json:"replicas"`
	Current  int     `json:"current"` // replicas that have everything
	Leader   string  `json:"leader"`  // of a cluster
	Messages uint64  `json:"messages"`
	Most     int64   `json:"messages_most"`
	Bytes    uint64  `json:"bytes"`
	MostSize int64   `json:"bytes_most"`
	Full     float64 `json:"full"` // 0 to 1, of the bound that is nearer
}

// Status reads what the store holds. The priorities and the bytes of events are counted in the oldest
// ones, most at the most; everything else is counted whole.
func (s *Store) Status(ctx context.Context, most int) (*Status, error) {
	streams, err := s.streams(ctx)
	if err != nil {
		return nil, err
	}
	st := &Status{Time: time.Now().UTC(), Nodes: []Node{}, Estates: []Estate{}, Damage: []string{}}
	for _, name := range [...]string{wire.Events, wire.Dead, wire.Nodes} {
		st.Streams = append(st.Streams, streamOf(name, streams[name]))
	}
	left := map[wire.Boot]*Left{}
	if stream := streams[wire.Events]; stream != nil {
		st.Time = stream.CachedInfo().TimeStamp.UTC()
		err = st.events(ctx, stream, most, left)
	}
	if stream := streams[wire.Dead]; stream != nil {
		err = errors.Join(err, st.dead(ctx, stream))
	}
	if stream := streams[wire.Nodes]; stream != nil {
		err = errors.Join(err, st.nodes(ctx, stream, left, s.server != nil))
	}
	if err == nil {
		st.Damage, err = s.damage(ctx, streams)
	}
	return st, err
}

func streamOf(name string, stream jetstream.Stream) Stream {
	if stream == nil {
		return Stream{Name: name, Missing: true}
	}
	info := stream.CachedInfo()
	s := Stream{
		Name: name, Replicas: info.Config.Replicas, Current: 1,
		Messages: info.State.Msgs, Most: max(0, info.Config.MaxMsgs), Bytes: info.State.Bytes, MostSize: max(0, info.Config.MaxBytes),
	}
	s.Full = max(full(s.Messages, s.Most), full(s.Bytes, s.MostSize))
	if c := info.Cluster; c != nil {
		s.Leader = c.Leader
		for _, r := range c.Replicas {
			if r.Current && !r.Offline {
				s.Current++
			}
		}
	}
	return s
}

func full(used uint64, most int64) float64 {
	if most <= 0 {
		return 0
	}
	return float64(used) / float64(most)
}

func (st *Status) dead(ctx context.Context, stream jetstream.Stream) error {
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(wire.AllDead))
	if err != nil {
		return fmt.Errorf("list the dead letters: %w", err)
	}
	st.Dead = DeadLetters{Count: info.State.Msgs, Bytes: info.State.Bytes, Apps: []DeadApp{}}
	if info.State.Msgs > 0 {
		oldest := info.State.FirstTime.UTC()
		st.Dead.Oldest = &oldest
	}
	apps := map[string]*DeadApp{}
	for subject, n := range info.State.Subjects {
		app, kind, _ := wire.ParseDead(subject)
		a := entryOf(apps, app)
		a.App = app
		a.Count += n
		switch kind {
		case "closing":
			a.Closing += n
		case "status":
			a.Status += n
		case "progress":
			a.Progress += n
		default:
			a.Damaged += n
		}
	}
	st.Dead.Apps = sorted(apps, func(a DeadApp) string { return a.App })
	return nil
}

// damage says what was lost: of a directory, what the start of its server found.
func (s *Store) damage(ctx context.Context, streams map[string]jetstream.Stream) ([]string, error) {
	if s.server != nil {
		return append([]string{}, s.server.Damage()...), nil
	}
	found := []string{}
	for _, name := range [...]string{wire.Events, wire.Dead, wire.Nodes} {
		if streams[name] == nil {
			continue
		}
		lost, err := embedded.Lost(ctx, s.conn, name)
		if err != nil {
			return found, err
		}
		if lost != "" {
			found = append(found, lost)
		}
	}
	return found, nil
}
