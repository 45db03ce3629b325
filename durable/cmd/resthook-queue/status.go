package main

import (
	"context"
	"fmt"
	"time"

	"github.com/wcskit/resthook/durable/internal/inspect"
)

// How many events are read for their bytes and priorities: one takes some 50 to 100 µs.
const (
	readOnce  = 20_000
	readWatch = 2_000 // of each view
)

// statusCommand shows what a store holds.
type statusCommand struct {
	Watch    bool          `help:"Show it again and again, until interrupted; with --nats only."`
	Interval time.Duration `default:"1s" help:"The time between two views of --watch; it is longer where the reading takes longer."`
	Read     *int          `placeholder:"N" help:"How many events are read for their bytes and priorities."`
	JSON     bool          `name:"json" help:"Print one JSON object for each view."`
}

// Help is shown below the flags.
func (*statusCommand) Help() string {
	return fmt.Sprintf(`Everything is counted whole, but for the bytes and the priorities of events: those are counted in the
oldest %d, with --watch in the oldest %d, or as --read says; where there are more events, a plus stands
behind the number. The exit code is 0 whatever the store holds.`, readOnce, readWatch)
}

// Run shows it once, or until ctx ends.
func (c *statusCommand) Run(ctx context.Context, from *source, std *streams) error {
	switch {
	case c.Watch && from.Store != "":
		return misuse("--watch is for --nats: while this command has a directory, nothing changes in it, and no media server can start")
	case c.Interval <= 0:
		return misuse("--interval %v: more than 0 is wanted", c.Interval)
	case c.Read != nil && *c.Read < 1:
		return misuse("--read %d: 1 or more is wanted", *c.Read)
	}
	return from.with(ctx, func(store *inspect.Store) error {
		if c.Watch {
			return c.watch(ctx, store, std)
		}
		st, err := store.Status(ctx, c.most(readOnce))
		if err != nil {
			return err
		}
		return c.show(std, st)
	})
}

// most is how many events are read.
func (c *statusCommand) most(usual int) int {
	if c.Read != nil {
		return *c.Read
	}
	return usual
}

func (c *statusCommand) show(std *streams, st *inspect.Status) error {
	if c.JSON {
		return std.printJSON(st)
	}
	return std.print(statusText(st))
}
