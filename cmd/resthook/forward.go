package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/wcskit/resthook/cmd/resthook/internal/flags"
	"github.com/wcskit/resthook/cmd/resthook/internal/inspector"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// forwardCommand stands between a media server and a backend.
type forwardCommand struct {
	flags.Listening
	flags.Connection
	recordFile

	To     string  `required:"" placeholder:"URL" help:"The backend's base URL; the hook goes to URL/METHOD. Without http:// or https:// it is HOST[:PORT][/PATH], for http."`
	Record *string `placeholder:"FILE" help:"Write what passes to FILE, with the answers (see above). Default: none."`
}

// Help is shown below the flags.
func (*forwardCommand) Help() string {
	return `Every hook is sent on to the backend as it came: its method, the bytes of its body, and its headers with the
signature and the authorization. The answer goes back as it came, with its reason. Headers keep their order and
their spelling. Three things are for one connection alone and do not pass: headers such as Connection, Keep-Alive
and those that Connection names; chunks, as a body goes on in one piece with its length; and the trailers behind
chunks, which no media server reads. Host is that of --to.

The URL for the media server is printed to stdout once it listens, and one line for each hook to stderr. Nothing
is repeated: the media server does that.

A backend that cannot be reached, or that does not answer whole, gives 502 with a JSON object that says which
backend and why. A body over 1 MiB gives 413, or 502 where it is the answer's.

The rules deny, break, delay and answer before the backend is asked; overwrite changes its answer.

--sign signs each hook anew, in the place of the signature that came, and says on the page whether that one
fitted. --header puts a header into each hook, in the place of one that came.

` + recordHelp + flags.RulesHelp
}

// Run serves until ctx ends.
func (c *forwardCommand) Run(ctx context.Context, std *terminal.Streams) error {
	backend, err := c.backend()
	if err != nil {
		return err
	}
	prepare := func() (*flags.Server, error) { return c.prepare(ctx, std, backend) }
	switch {
	case c.Record != nil:
		return c.recorded(ctx, *c.Record, std, prepare)
	case c.Append || c.Force:
		return errors.New("--append and --force are for the file of --record")
	}
	s, err := prepare()
	if err != nil {
		return err
	}
	return s.Serve(ctx)
}

// prepare listens, unless --to is the address listened at: hooks would loop for ever.
func (c *forwardCommand) prepare(ctx context.Context, std *terminal.Streams, backend *inspector.Backend) (*flags.Server, error) {
	s, err := c.Listen(ctx, std)
	if err != nil {
		return nil, err
	}
	if s.IsAt(backend.URL) {
		s.Close()
		return nil, fmt.Errorf("--to: this command listens at %s itself", terminal.Printable(backend.URL.Host))
	}
	s.Options.Command, s.Options.Backend, s.Options.Secrets = "forward", backend, backend.Sign
	return s, nil
}

// backend reads the backend from the flags.
func (c *forwardCommand) backend() (*inspector.Backend, error) {
	base, err := flags.BackendURL("--to", c.To)
	if err != nil {
		return nil, err
	}
	var b inspector.Backend
	if b.URL, err = url.Parse(base); err != nil {
		return nil, errors.New("--to: it does not parse")
	}
	if b.Sign, err = c.Secrets(); err != nil {
		return nil, err
	}
	if b.Header, err = c.Headers(); err != nil {
		return nil, err
	}
	b.TLS, err = c.TLS()
	return &b, err
}
