package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wcskit/resthook/durable/internal/inspect"
)

var errNotThere = errors.New("there is none")

// which says which dead letters a command changes.
type which struct {
	IDs []string `arg:"" optional:"" name:"ID" help:"Their ids, as dead list has them."`
	All bool     `help:"All of them, or all of an app."`
	App *string  `placeholder:"KEY" help:"With --all: those of this app."`

	JSON bool `name:"json" help:"Print one JSON object."`
}

func (w which) chosen(command string) (inspect.Which, error) {
	switch {
	case len(w.IDs) == 0 && !w.All:
		return inspect.Which{}, misuse("%s: which? ids are wanted, or --all", command)
	case len(w.IDs) > 0 && w.All:
		return inspect.Which{}, misuse("%s: ids, or --all: one of them is wanted", command)
	case w.App != nil && !w.All:
		return inspect.Which{}, misuse("%s: --app is for --all", command)
	}
	return inspect.Which{IDs: w.IDs, App: w.App}, nil
}

// resendCommand makes dead letters events again.
type resendCommand struct{ which }

// Help is shown below the flags.
func (*resendCommand) Help() string {
	return `A media server takes them within seconds, or when the next one starts. They keep their ids. Their age and
attempts are counted anew. Events of the same session that came later may have been delivered already: the
order to them can't be kept. Where the store is full to 80 %, no more is sent.`
}

// changed is what resend and drop print with --json.
type changed struct {
	Resent  *int     `json:"resent,omitempty"`
	Dropped *int     `json:"dropped,omitempty"`
	Missing []string `json:"missing"` // ids that no dead letter has
	Damaged []string `json:"damaged"` // ids of those that are no events: they can't be sent
}

// Run resends them.
func (c *resendCommand) Run(ctx context.Context, from *source, std *streams) error {
	chosen, err := c.chosen("dead resend")
	if err != nil {
		return err
	}
	return from.with(ctx, func(store *inspect.Store) error {
		done, err := store.Resend(ctx, chosen)
		return c.report(std, changed{Resent: &done.Done}, counted(done.Done, "dead letter")+" sent again", done, err)
	})
}

// dropCommand removes dead letters.
type dropCommand struct{ which }

// Run drops them.
func (c *dropCommand) Run(ctx context.Context, from *source, std *streams) error {
	chosen, err := c.chosen("dead drop")
	if err != nil {
		return err
	}
	return from.with(ctx, func(store *inspect.Store) error {
		done, err := store.Drop(ctx, chosen)
		return c.report(std, changed{Dropped: &done.Done}, counted(done.Done, "dead letter")+" dropped", done, err)
	})
}

// report prints what was done, also where there was a fault.
func (w which) report(std *streams, shown changed, text string, done inspect.Changed, fault error) error {
	shown.Missing, shown.Damaged = append([]string{}, done.Missing...), append([]string{}, done.Damaged...)
	var err error
	if w.JSON {
		err = std.printJSON(shown)
	} else {
		err = std.print(text)
	}
	if err != nil {
		return err
	}
	for _, id := range done.Missing {
		std.say(fmt.Sprintf("dead letter %.128q: %v", id, errNotThere))
	}
	for _, id := range done.Damaged {
		std.say(fmt.Sprintf("dead letter %.128q: it is damaged and no event; it can be dropped", id))
	}
	switch {
	case fault != nil:
		return fault
	case len(done.Missing) > 0 || len(done.Damaged) > 0:
		return errFault
	}
	return nil
}
