package flags

import (
	"context"
	"log"
	"net"
	"net/url"

	"github.com/wcskit/resthook/cmd/resthook/internal/inspector"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Server receives hooks at an address.
type Server struct {
	listener net.Listener
	std      *terminal.Streams
	log      *log.Logger
	Options  inspector.Options
}

// Serve prints the URL, and serves until ctx ends.
func (s *Server) Serve(ctx context.Context) error {
	defer s.listener.Close()
	if err := s.std.Print(s.Options.URL); err != nil {
		return err
	}
	s.std.Say("the page is at http://" + s.address() + "/")
	if !onLoopback(s.listener.Addr()) {
		s.std.Say("warning: whoever reaches this address can read the hooks on the page, and set rules")
	}
	for _, warning := range s.Options.Rules.Warnings() {
		s.std.Say("warning: --rules: " + warning)
	}
	return inspector.Serve(ctx, s.listener, inspector.New(s.Options), s.log)
}

// address is the host and port of the URL.
func (s *Server) address() string {
	u, _ := url.Parse(s.Options.URL) // Listen has made it
	return u.Host
}

// Close stops listening.
func (s *Server) Close() { _ = s.listener.Close() }

// IsAt reports whether a URL is this server's.
func (s *Server) IsAt(u *url.URL) bool {
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	given := u.Port()
	if given == "" {
		given = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	name := u.Hostname()
	ip := net.ParseIP(name)
	return given == port && (name == s.Options.Host || name == "localhost" || ip.IsLoopback())
}

func onLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
