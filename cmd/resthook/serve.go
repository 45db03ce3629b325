package main

import (
	"context"

	"github.com/wcskit/resthook/cmd/resthook/internal/flags"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// serveCommand runs a backend to develop against.
type serveCommand struct {
	flags.Listening

	Sign []string `placeholder:"SECRET" sep:"none" help:"What hooks are signed with: the page says whether signatures fit. Repeatable. Default: that of the environment's RESTHOOK_SIGNING_SECRET, or none."`
}

// Help is shown below the flags.
func (*serveCommand) Help() string {
	return `Every hook is answered with what came, as the media server's own EchoApp does. The URL is printed
to stdout once the backend listens, and one line for each hook to stderr.

` + flags.RulesHelp
}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, std *terminal.Streams) error {
	s, err := c.prepare(ctx, std, "serve")
	if err != nil {
		return err
	}
	return s.Serve(ctx)
}

// prepare listens. The page shows the command's name.
func (c *serveCommand) prepare(ctx context.Context, std *terminal.Streams, name string) (*flags.Server, error) {
	secrets, err := (&flags.Connection{Sign: c.Sign}).Secrets()
	if err != nil {
		return nil, err
	}
	s, err := c.Listen(ctx, std)
	if err != nil {
		return nil, err
	}
	s.Options.Command, s.Options.Secrets = name, secrets
	return s, nil
}
