package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/wcskit/resthook/durable/internal/inspect"
)

// listCommand lists dead letters.
type listCommand struct {
	App     *string `placeholder:"KEY" help:"Those of this app."`
	Since   string  `placeholder:"TIME" help:"Those given up since then: a time in RFC 3339, or how long ago, such as 90m."`
	Limit   int     `placeholder:"N" help:"The oldest N; 0: all."`
	Payload bool    `help:"Show the payloads too. They may hold secrets."`
	JSON    bool    `name:"json" help:"Print one JSON object for each dead letter."`
}

// Run prints them.
func (c *listCommand) Run(ctx context.Context, from *source, std *streams) error {
	since, err := sinceOf(c.Since)
	if err != nil {
		return err
	}
	if c.Limit < 0 {
		return misuse("dead list: --limit %d: it is negative", c.Limit)
	}
	head := append([]string{"ID", "DEAD AT", "REASON"}, eventHead...)
	list := newList(std, c.JSON, c.Limit, c.Payload, head)
	return from.with(ctx, func(store *inspect.Store) error {
		err := store.Letters(ctx, inspect.Which{App: c.App}, c.Payload, func(l inspect.Letter) bool {
			return l.DeadAt.Before(since) || list.add(l, l.Payload, func() []string {
				return append([]string{cell(l.ID), stamp(l.DeadAt), cell(l.Reason)}, eventCells(l.Event, list.now)...)
			})
		})
		return list.end(err)
	})
}

// sinceOf reads a time, or how long ago it was.
func sinceOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return time.Now().Add(-age), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, misuse("dead list: --since %.40q: a time such as 2006-01-02T15:04:05Z is wanted, or how long ago, such as 90m", text)
	}
	return t, nil
}

// showCommand shows a dead letter.
type showCommand struct {
	ID      string `arg:"" name:"ID" help:"Its id, as dead list has it."`
	Payload bool   `help:"Show the payload too. It may hold secrets."`
	JSON    bool   `name:"json" help:"Print it as one JSON object."`
}

// Run prints it. There may be several with an id, where an event was given up again.
func (c *showCommand) Run(ctx context.Context, from *source, std *streams) error {
	return from.with(ctx, func(store *inspect.Store) error {
		found := 0
		var failed error
		err := store.Letters(ctx, inspect.Which{IDs: []string{c.ID}}, c.Payload, func(l inspect.Letter) bool {
			found++
			failed = c.print(std, l, found > 1)
			return failed == nil
		})
		switch {
		case failed != nil:
			return failed
		case err != nil:
			return err
		case found == 0:
			return fmt.Errorf("dead letter %.128q: %w", c.ID, errNotThere)
		}
		return nil
	})
}

func (c *showCommand) print(std *streams, l inspect.Letter, another bool) error {
	if c.JSON {
		return std.printJSON(l)
	}
	rows := [][]string{
		{"id", cell(l.ID)},
		{"dead at", stamp(l.DeadAt)},
		{"reason", cell(l.Reason)},
		{"time", stamp(l.Time)},
		{"app", appCell(l.App)},
		{"session", cell(l.Session)},
		{"hook", cell(l.Hook)},
		{"sequence", number(l.Sequence)},
		{"status", cell(l.EventStatus)},
		{"media session", cell(l.MediaSession)},
		{"name", cell(l.Name)},
		{"call", cell(l.Call)},
		{"priority", l.Priority},
		{"recovered", strconv.FormatBool(l.Recovered)},
		{"bytes", strconv.Itoa(l.Bytes)},
	}
	if c.Payload {
		rows = append(rows, []string{"payload", oneLine(string(l.Payload))})
	}
	text := columns(rows)
	if another {
		text = "\n" + text
	}
	return std.print(text)
}
