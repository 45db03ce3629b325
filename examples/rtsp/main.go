// Rtsp is a small RTSP server. It asks its backend before a client may publish or play,
// uses the stream names that the backend gives, reports what happens, and ends a stream
// when the backend denies a keep-alive. By default it runs with an embedded backend and
// starts ffmpeg to publish and play:
//
//	go run .
//
// With -serve it runs until it is interrupted. With -backend it uses a backend of yours:
//
//	go run . -backend http://127.0.0.1:8081/rest
//
// Media use the RTSP connection, never UDP; README.md says more.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/wcskit/resthook"
)

//go:embed flashphoner.properties
var ownProperties string

// drainTime bounds the delivery of the last events when the program ends.
const drainTime = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "rtsp:", err)
		os.Exit(1)
	}
}

// settings are what the command line says.
type settings struct {
	addr, backend, config string
	serve                 bool
}

var errUsage = errors.New("wrong usage") // the flag package has printed the reason

func parse(args []string, errOut io.Writer) (s settings, err error) {
	flags := flag.NewFlagSet("rtsp", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&s.addr, "addr", "127.0.0.1:8554", "listen for RTSP at this `address`")
	flags.StringVar(&s.backend, "backend", "", "ask the backend at this `URL` rather than the embedded one; means -serve")
	flags.StringVar(&s.config, "config", "", "read this flashphoner.properties `file` rather than the embedded one")
	flags.BoolVar(&s.serve, "serve", false, "serve until interrupted, without ffmpeg")
	if err := flags.Parse(args); err != nil {
		return s, fmt.Errorf("%w: %w", errUsage, err)
	}
	return s, nil
}

func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	s, err := parse(args, errOut)
	if err != nil {
		return err
	}
	cfg, err := s.load()
	if err != nil {
		return err
	}
	switch {
	case s.backend != "":
		return serve(ctx, cfg, s.addr, s.backend, slog.New(slog.NewTextHandler(errOut, nil)), waiting(ctx, out))
	case s.serve:
		return serveEmbedded(ctx, cfg, s.addr, out, errOut)
	}
	return tell(ctx, cfg, s.addr, out)
}

func (s settings) load() (resthook.Config, error) {
	if s.config != "" {
		return resthook.LoadConfig(s.config)
	}
	return resthook.ParseConfig(strings.NewReader(ownProperties))
}

// serve runs the media server while work runs, and then shuts it down in order.
func serve(ctx context.Context, cfg resthook.Config, addr, backend string, log *slog.Logger, work func(*server) error) error {
	hooks, err := resthook.NewClient(cfg, resthook.WithApp(resthook.App{URL: backend}), resthook.WithLogger(log))
	if err != nil {
		return err
	}
	server, err := startServer(ctx, addr, hooks, log)
	if err == nil {
		err = work(server)
		server.stop()
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	return errors.Join(err, hooks.Close(drain))
}

// serveEmbedded runs with the embedded backend, which prints its hooks on out.
func serveEmbedded(ctx context.Context, cfg resthook.Config, addr string, out, errOut io.Writer) error {
	out = &shared{out: out}
	app, err := startApplication(func(hook, text string) { fmt.Fprintf(out, "%-21s %s\n", hook, text) })
	if err != nil {
		return err
	}
	defer app.stop()
	return serve(ctx, cfg, addr, app.url(), slog.New(slog.NewTextHandler(errOut, nil)), waiting(ctx, out))
}

// shared is a writer for several goroutines: hooks come concurrently.
type shared struct {
	mu  sync.Mutex
	out io.Writer
}

// Write writes a whole line.
func (s *shared) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(line)
}

// waiting serves until ctx ends.
func waiting(ctx context.Context, out io.Writer) func(*server) error {
	return func(s *server) error {
		fmt.Fprintf(out, "publish and play rtsp://%s/live/cam?token=...\n", s.addr())
		return s.wait(ctx)
	}
}
