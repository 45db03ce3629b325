package inspect

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/wire"
)

// Backlog are the events that are not over.
type Backlog struct {
	Count  uint64     `json:"count"`
	Read   uint64     `json:"read"`   // how many of them were read, the oldest: these are counted in the bytes and the priorities
	Bytes  uint64     `json:"bytes"`  // of their payloads
	Oldest *time.Time `json:"oldest"` // when it was notified; null: there is none
	Apps   []App      `json:"apps"`
}

// Whole reports whether all events were read.
func (b *Backlog) Whole() bool { return b.Read >= b.Count }

// App are the events of an app that are not over.
type App struct {
	App      string     `json:"app"`
	Count    uint64     `json:"count"`
	Bytes    uint64     `json:"bytes"`
	Oldest   *time.Time `json:"oldest"`
	Closing  uint64     `json:"closing"`
	Status   uint64     `json:"status"`
	Progress uint64     `json:"progress"`
	Damaged  uint64     `json:"damaged"` // what is no event
}

// add counts an event that was read.
func (a *App) add(e Event) {
	a.Bytes += uint64(e.Bytes) //nolint:gosec // G115: a length
	if a.Oldest == nil || e.Time.Before(*a.Oldest) {
		a.Oldest = &e.Time
	}
	switch e.Priority {
	case "closing":
		a.Closing++
	case "status":
		a.Status++
	case "progress":
		a.Progress++
	default:
		a.Damaged++
	}
}

// Open is what the journal has open.
type Open struct {
	Sessions uint64 `json:"sessions"`
	Streams  uint64 `json:"streams"`
	Calls    uint64 `json:"calls"`
}

func (o *Open) add(subject string) {
	switch {
	case wire.IsSession(subject):
		o.Sessions++
	case wire.IsCall(subject):
		o.Calls++
	default:
		o.Streams++
	}
}

// Left is what a boot has in the store.
type Left struct {
	Events uint64 `json:"events"`
	Open
}

// events counts events and journal: by what their subjects say, and then by what the oldest events say.
func (st *Status) events(ctx context.Context, stream jetstream.Stream, most int, left map[wire.Boot]*Left) error {
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter("rh.>"))
	if err != nil {
		return fmt.Errorf("list the events: %w", err)
	}
	apps := map[string]*App{}
	for subject, n := range info.State.Subjects {
		place, ok := wire.ParseSubject(subject)
		if !ok {
			continue
		}
		of := entryOf(left, place.Boot)
		if strings.HasPrefix(subject, strings.TrimSuffix(wire.AllOpen, ">")) {
			of.add(subject)
			st.Journal.add(subject)
			continue
		}
		a := entryOf(apps, place.App)
		a.App = place.App
		a.Count += n
		of.Events += n
		st.Events.Count += n
	}
	if err := st.Events.read(ctx, stream, most, apps); err != nil {
		return err
	}
	st.Events.Apps = sorted(apps, func(a App) string { return a.App })
	for _, a := range st.Events.Apps {
		if a.Oldest != nil && (st.Events.Oldest == nil || a.Oldest.Before(*st.Events.Oldest)) {
			st.Events.Oldest = a.Oldest
		}
	}
	return nil
}

// read counts the oldest events.
func (b *Backlog) read(ctx context.Context, stream jetstream.Stream, most int, apps map[string]*App) error {
	if b.Count == 0 {
		return nil
	}
	r, err := newReader(ctx, stream, wire.AllEvents)
	if err != nil {
		return err
	}
	err = r.each(ctx, func(m *jetstream.RawStreamMsg) bool {
		e, _ := eventOf(m, false)
		if a := apps[e.App]; a != nil { // else it came meanwhile
			a.add(e)
			b.Read++
			b.Bytes += uint64(e.Bytes) //nolint:gosec // G115: a length
		}
		return b.Read < uint64(most) //nolint:gosec // G115: not negative
	})
	if err != nil {
		return err
	}
	return oldest(ctx, stream, apps)
}

// oldest looks for the oldest event of the apps of which none was read.
func oldest(ctx context.Context, stream jetstream.Stream, apps map[string]*App) error {
	for name, a := range apps {
		if a.Oldest != nil {
			continue
		}
		m, err := first(ctx, stream, wire.EventsWhere("*", name))
		if err != nil {
			return err
		}
		if m != nil {
			e, _ := eventOf(m, false)
			a.Oldest = &e.Time
		}
	}
	return nil
}

// entryOf is the value of a key; one is made where there is none.
func entryOf[K comparable, V any](all map[K]*V, key K) *V {
	if all[key] == nil {
		all[key] = new(V)
	}
	return all[key]
}

// sorted are the values in the order of their names.
func sorted[K comparable, V any](all map[K]*V, name func(V) string) []V {
	values := make([]V, 0, len(all))
	for v := range maps.Values(all) {
		values = append(values, *v)
	}
	slices.SortFunc(values, func(a, b V) int { return strings.Compare(name(a), name(b)) })
	return values
}
