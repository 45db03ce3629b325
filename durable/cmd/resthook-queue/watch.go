package main

import (
	"context"
	"strings"
	"time"

	"github.com/wcskit/resthook/durable/internal/inspect"
)

// watch shows it again and again. A fault is said, and it goes on.
func (c *statusCommand) watch(ctx context.Context, store *inspect.Store, std *streams) error {
	for views := 0; ; views++ {
		begun := time.Now()
		if err := c.view(ctx, store, std, views > 0); err != nil {
			return err
		}
		select {
		case <-time.After(max(c.Interval-time.Since(begun), time.Since(begun))):
		case <-ctx.Done():
			return nil
		}
	}
}

func (c *statusCommand) view(ctx context.Context, store *inspect.Store, std *streams, again bool) error {
	st, err := store.Status(ctx, c.most(readWatch))
	switch {
	case err != nil:
		if ctx.Err() == nil {
			std.say(err.Error())
		}
		return nil
	case c.JSON:
		return std.printJSON(st)
	}
	text := stamp(st.Time) + "\n" + statusText(st)
	switch {
	case std.Terminal:
		return std.print(drawn(text))
	case again:
		return std.print("\n" + text)
	}
	return std.print(text)
}

// drawn is a text that takes the place of what is on a terminal.
func drawn(text string) string {
	const home, restOfLine, below = "\x1b[H", "\x1b[K", "\x1b[J"
	return home + strings.ReplaceAll(text, "\n", restOfLine+"\n") + restOfLine + below
}
