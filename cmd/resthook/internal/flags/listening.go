package flags

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/url"
	"path"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/inspector"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Listening has the flags for receiving hooks, which serve, record and forward share.
type Listening struct {
	Addr  string  `placeholder:"HOST:PORT" default:"127.0.0.1:8081" help:"Where to listen; with port 0, on a free port. Default: ${default}"`
	Path  string  `placeholder:"PATH" default:"/apps/EchoApp" help:"The path above the methods. Default: ${default}"`
	Rules *string `placeholder:"FILE" help:"How some hooks are answered (see above). Default: none."`
	Quiet bool    `help:"Write no line for each hook to stderr."`
}

// RulesHelp is the part of the help about the page and the rules.
const RulesHelp = `At / of the same address a web page shows the hooks as they come in: what was asked and answered, what
the answer changed, by session on a time line. There the rules can be changed for the next hook, hooks be
sent again, and the run be downloaded and replayed. It shows payloads as they are, so with another --addr
than the default mind who can reach it. Hooks cannot be at a --path below /-/: that is the page's. A hook
to another path is answered with 404 and shown, marked. A request with an Origin header comes from a web page,
not from a media server, and is answered with 403.

The rules are a JSON object: for a method, or * for all hooks that no other rule matches, a rule or a list
of rules, of which the first that matches the hook answers. A rule can have

  session, name    match these hooks only: the session's id, and what the hook is about (the stream's name,
                   the callee, the login, the URL). * stands for any text.
  delay            wait before the answer: "500ms"
  and one of
  deny             403 with that reason
  status, headers, body
                   an answer of choice; a body that is not a string is sent as JSON
  overwrite        these fields in the answer; a dot leads into an object, as in a policy: custom.room
  break            true drops the connection

  {"publishStream": [{"name": "private*", "deny": "no such user"},
                     {"overwrite": {"name": "other", "custom.room": "a"}}],
   "playStream":    {"session": "/10.0.0.7:*", "status": 503, "headers": {"Retry-After": "5"}},
   "connect":       {"break": true},
   "*":             {"delay": "10ms"}}`

// Listen checks the flags, and listens.
func (l *Listening) Listen(ctx context.Context, std *terminal.Streams) (*Server, error) {
	base, err := l.base()
	if err != nil {
		return nil, err
	}
	rules, err := input.Within(ctx, l.rules)
	if err != nil {
		return nil, err
	}
	listener, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{listener: listener, std: std, log: log.New(std.Err, "", log.Ltime)}
	s.Options = inspector.Options{Path: base, Host: l.host(), URL: l.url(listener.Addr(), base), Rules: rules}
	if !l.Quiet {
		s.Options.Log = s.log
	}
	return s, nil
}

// base is the path above the methods.
func (l *Listening) base() (string, error) {
	base := path.Clean("/" + l.Path)
	if strings.HasPrefix(base+"/", inspector.PagePrefix) {
		return "", fmt.Errorf("--path %q: the page needs what is below %s", l.Path, inspector.PagePrefix)
	}
	return base, nil
}

func (l *Listening) rules() (inspector.Rules, error) {
	if l.Rules == nil {
		return nil, nil
	}
	text, err := input.File(*l.Rules)
	if err != nil {
		return nil, fmt.Errorf("--rules: %w", err)
	}
	rules, err := inspector.ParseRules(text)
	if err != nil {
		return nil, fmt.Errorf("--rules: %s: %w", *l.Rules, err)
	}
	return rules, nil
}

func (l *Listening) open(ctx context.Context) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(l.Addr); err != nil {
		return nil, fmt.Errorf("--addr %q: HOST:PORT is wanted", l.Addr)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.Addr)
	if err != nil {
		return nil, fmt.Errorf("--addr: %w; another address, or port 0 for a free one, may do", err)
	}
	return listener, nil
}

// host is the host in --addr.
func (l *Listening) host() string {
	host, _, _ := net.SplitHostPort(l.Addr)
	return host
}

// url is the URL under which the server can be reached from this machine.
func (l *Listening) url(addr net.Addr, base string) string {
	host := l.host()
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
