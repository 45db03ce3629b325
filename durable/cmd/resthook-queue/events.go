package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook/durable/internal/inspect"
)

// eventsCommand lists the events that wait.
type eventsCommand struct {
	App     *string `placeholder:"KEY" help:"Those of this app."`
	Session *string `placeholder:"ID" help:"Those of this session."`
	Node    *string `placeholder:"NAME" help:"Those that this media server has notified."`
	Limit   int     `placeholder:"N" help:"The oldest N; 0: all."`
	Payload bool    `help:"Show the payloads too. They may hold secrets."`
	JSON    bool    `name:"json" help:"Print one JSON object for each event."`
}

// Help is shown below the flags.
func (*eventsCommand) Help() string {
	return "How often an event has been tried is known to its media server alone."
}

// Run prints them.
func (c *eventsCommand) Run(ctx context.Context, from *source, std *streams) error {
	if c.Limit < 0 {
		return misuse("events: --limit %d: it is negative", c.Limit)
	}
	head := append(append([]string{"ID"}, eventHead...), "NODE")
	list := newList(std, c.JSON, c.Limit, c.Payload, head)
	return from.with(ctx, func(store *inspect.Store) error {
		err := store.Events(ctx, inspect.Where{App: c.App, Session: c.Session, Node: c.Node}, c.Payload, func(e inspect.Waiting) bool {
			return list.add(e, e.Payload, func() []string {
				return append(append([]string{cell(e.ID)}, eventCells(e.Event, list.now)...), cell(e.Node))
			})
		})
		return list.end(err)
	})
}

// The columns of an event.
var eventHead = []string{"TIME", "AGE", "APP", "SESSION", "HOOK", "STATUS", "PRIORITY", "BYTES"}

func eventCells(e inspect.Event, now time.Time) []string {
	return []string{
		stamp(e.Time), ageOf(now, e.Time), appCell(e.App), cell(e.Session), cell(e.Hook), cell(e.EventStatus), e.Priority, strconv.Itoa(e.Bytes),
	}
}

// list prints rows as they come, those of a table in blocks: there may be a million of them.
type list struct {
	std     *streams
	json    bool
	limit   int
	payload bool
	now     time.Time
	head    []string
	rows    [][]string
	printed int
	err     error
}

func newList(std *streams, asJSON bool, limit int, payload bool, head []string) *list {
	if payload {
		head = append(head, "PAYLOAD")
	}
	return &list{std: std, json: asJSON, limit: limit, payload: payload, now: time.Now(), head: head, rows: [][]string{head}}
}

// add prints one more, and returns whether there may be more.
func (l *list) add(value any, payload []byte, row func() []string) (more bool) {
	const block = 1000
	l.printed++
	if l.json {
		l.err = l.std.printJSON(value)
	} else {
		cells := row()
		if l.payload {
			cells = append(cells, oneLine(strings.TrimSpace(string(payload))))
		}
		if l.rows = append(l.rows, cells); len(l.rows) >= block {
			l.flush()
		}
	}
	return l.err == nil && (l.limit == 0 || l.printed < l.limit)
}

func (l *list) flush() {
	if l.err == nil && len(l.rows) > 0 {
		l.err = l.std.print(columns(l.rows))
	}
	l.rows = nil
}

// end prints the rest. A table without a row is not printed.
func (l *list) end(err error) error {
	if !l.json && l.printed > 0 {
		l.flush()
	}
	if l.err != nil {
		return l.err
	}
	return err
}
