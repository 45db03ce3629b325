package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/url"
	"path"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/inspector"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// serveCommand runs a backend to develop against.
type serveCommand struct {
	Addr  string  `placeholder:"HOST:PORT" default:"127.0.0.1:8081" help:"Where to listen; with port 0, on a free port. Default: ${default}"`
	Path  string  `placeholder:"PATH" default:"/apps/EchoApp" help:"The path above the methods. Default: ${default}"`
	Rules *string `placeholder:"FILE" help:"Methods that are not just mirrored (see above). Default: none."`
}

// Help is shown below the flags.
func (*serveCommand) Help() string {
	return `Every hook is answered with what came, as the media server's own EchoApp does. The URL is printed
to stdout once the backend listens, and one line for each hook to stderr.

At / of the same address a web page shows the hooks as they come in: what was asked and answered, by
session on a time line. There the rules can be changed for the next hook, and the run be downloaded
and replayed. It shows payloads as they are, so with another --addr than the default mind who can
reach it. Hooks cannot be at a --path below /-/: that is the page's.

The rules are a JSON object: for a method, or * for all that have no rule of their own, one of
deny (403 with that reason), overwrite (these fields in the answer) and break (drop the connection),
and a delay before it:

  {"publishStream": {"deny": "no such user"},
   "playStream":    {"overwrite": {"name": "other"}, "delay": "500ms"},
   "connect":       {"break": true},
   "*":             {"delay": "10ms"}}`
}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, std *streams) error {
	return c.run(ctx, std, nothing, nil)
}

// nothing is what serve has to do before it serves.
func nothing() error { return nil }

// run serves until ctx ends, and tells record of each hook, where it is not
// nil. It calls begin once it listens.
func (c *serveCommand) run(ctx context.Context, std *streams, begin func() error, record func(recording.Exchange)) error {
	logger := log.New(std.err, "", log.Ltime)
	base, err := c.base()
	if err != nil {
		return err
	}
	rules, err := interruptible(ctx, c.rules)
	if err != nil {
		return err
	}
	listener, err := c.listen(ctx)
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := begin(); err != nil {
		return err
	}
	if err := std.print(c.url(listener.Addr(), base)); err != nil {
		return err
	}
	if !onLoopback(listener.Addr()) {
		std.say("warning: whoever reaches this address can read the hooks on the page, and set rules")
	}
	handler := inspector.New(inspector.Options{Path: base, Host: c.host(), Rules: rules, Log: logger, Record: record})
	return inspector.Serve(ctx, listener, handler, logger)
}

// base is the path above the methods.
func (c *serveCommand) base() (string, error) {
	base := path.Clean("/" + c.Path)
	if strings.HasPrefix(base+"/", inspector.PagePrefix) {
		return "", fmt.Errorf("--path %q: the page needs what is below %s", c.Path, inspector.PagePrefix)
	}
	return base, nil
}

func (c *serveCommand) rules() (inspector.Rules, error) {
	if c.Rules == nil {
		return nil, nil
	}
	text, err := readFile(*c.Rules)
	if err != nil {
		return nil, fmt.Errorf("--rules: %w", err)
	}
	rules, err := inspector.ParseRules(text)
	if err != nil {
		return nil, fmt.Errorf("--rules: %s: %w", *c.Rules, err)
	}
	return rules, nil
}

func (c *serveCommand) listen(ctx context.Context) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return nil, fmt.Errorf("--addr %q: HOST:PORT is wanted", c.Addr)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("--addr: %w", err)
	}
	return listener, nil
}

// host is that of --addr.
func (c *serveCommand) host() string {
	host, _, _ := net.SplitHostPort(c.Addr)
	return host
}

func onLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// url is where the backend can be reached from this machine.
func (c *serveCommand) url(addr net.Addr, base string) string {
	host := c.host()
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(addr.String())
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}
	if base != "/" {
		u.Path = base
	}
	return u.String()
}
