// Chat is custom signalling: a message of one client is sent to all. Three parts
// run in one program, each on a loopback port of its own:
//
//	browser ──WebSocket──▶ media server ──OnDataEvent──▶ backend
//	   ▲                     │      ▲                       │
//	   └──────OnDataEvent────┘      └──/rest-api/data/send──┘
//
// Run it, open the address that it prints, and press Ctrl-C to end it; or have
// it play a conversation in the terminal:
//
//	go run -C examples/chat .
//	go run -C examples/chat . -demo
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// drainLimit bounds the shutdown: time for a last frame to every client, a closing
// handshake, and the queued events.
const drainLimit = 25 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, or plays the demo. It writes its log to diag.
func run(ctx context.Context, args []string, out, diag io.Writer) error {
	flags := flag.NewFlagSet("chat", flag.ContinueOnError)
	flags.SetOutput(diag)
	addr := flags.String("addr", "127.0.0.1:8088", "address of the page and of the WebSocket")
	demo := flags.Bool("demo", false, "play a conversation of two users in the terminal, and end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *demo {
		return play(ctx, out)
	}
	return serve(ctx, *addr, out, slog.New(slog.NewTextHandler(diag, nil)))
}

func serve(ctx context.Context, addr string, out io.Writer, log *slog.Logger) error {
	s, err := start(addr, log)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "one user:  %s/\ntwo users: %s/?two\n\nalice has the token wonderland, bob has builder. Ctrl-C ends it.\n", s.url(), s.url())
	<-ctx.Done()
	return s.stop(context.WithoutCancel(ctx))
}
