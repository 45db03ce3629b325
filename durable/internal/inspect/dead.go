package inspect

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// Letter is a dead letter: an event that was given up.
type Letter struct {
	Event

	DeadAt time.Time `json:"dead_at"`
	Reason string    `json:"reason"` // "failed", "expired" or "damaged"

	number uint64 // in the stream
	event  resthook.Event
}

// damagedID begins the id of what is no event and so has none.
const damagedID = damaged + "."

// letterOf reads a dead letter from a message.
func letterOf(m *jetstream.RawStreamMsg, payload bool) Letter {
	e, event := eventOf(m, payload)
	l := Letter{Event: e, DeadAt: m.Time.UTC(), Reason: m.Header.Get(wire.HeaderReason), number: m.Sequence, event: event}
	if l.ID == "" {
		l.ID = damagedID + strconv.FormatUint(m.Sequence, 10)
		l.App, _, _ = wire.ParseDead(m.Subject)
	}
	return l
}

// Which says which dead letters are meant: those with one of the ids, or, without ids, all of an app,
// or all.
type Which struct {
	IDs []string
	App *string
}

// Letters calls take with dead letters, oldest first, until it returns false.
func (s *Store) Letters(ctx context.Context, which Which, payload bool, take func(Letter) bool) error {
	stream, err := s.stream(ctx, wire.Dead)
	if err != nil {
		return err
	}
	return letters(ctx, stream, which, payload, take)
}

func letters(ctx context.Context, stream jetstream.Stream, which Which, payload bool, take func(Letter) bool) error {
	r, err := newReader(ctx, stream, wire.DeadWhere(orAny(which.App)))
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, id := range which.IDs {
		wanted[id] = true
	}
	return r.each(ctx, func(m *jetstream.RawStreamMsg) bool {
		l := letterOf(m, payload)
		return len(wanted) > 0 && !wanted[l.ID] || take(l)
	})
}

// Changed says what became of the dead letters that were meant.
type Changed struct {
	Done    int
	Missing []string // ids that no dead letter has
	Damaged []string // ids of those that are no events
}

// missing are the ids that were not found.
func (w Which) missing(found map[string]bool) (missing []string) {
	for _, id := range w.IDs {
		if !found[id] {
			missing = append(missing, id)
			found[id] = true // an id that is given twice is missing once
		}
	}
	return missing
}

// Drop removes dead letters.
func (s *Store) Drop(ctx context.Context, which Which) (c Changed, err error) {
	stream, err := s.stream(ctx, wire.Dead)
	if err != nil {
		return c, err
	}
	if len(which.IDs) == 0 {
		return dropAll(ctx, stream, which.App)
	}
	var meant []Letter
	found := map[string]bool{}
	err = letters(ctx, stream, which, false, func(l Letter) bool {
		meant, found[l.ID] = append(meant, l), true
		return true
	})
	if err != nil {
		return c, err
	}
	c.Missing = which.missing(found)
	for _, l := range meant {
		if err := drop(ctx, stream, l); err != nil {
			return c, err
		}
		c.Done++
	}
	return c, nil
}

func drop(ctx context.Context, stream jetstream.Stream, l Letter) error {
	err := stream.DeleteMsg(ctx, l.number)
	gone := errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) && strings.Contains(err.Error(), "no message found")
	if err != nil && !gone {
		return fmt.Errorf("drop dead letter %s: %w", l.ID, err)
	}
	return nil
}

// dropAll removes those that are there now, not those that come meanwhile.
func dropAll(ctx context.Context, stream jetstream.Stream, app *string) (c Changed, err error) {
	filter := wire.DeadWhere(orAny(app))
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err == nil {
		err = stream.Purge(ctx, jetstream.WithPurgeSubject(filter), jetstream.WithPurgeSequence(info.State.LastSeq+1))
	}
	if err != nil {
		return c, fmt.Errorf("drop dead letters: %w", err)
	}
	for _, n := range info.State.Subjects {
		c.Done += int(n) //nolint:gosec // G115: a stream has fewer
	}
	return c, nil
}
