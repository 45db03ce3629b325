// First is what a media server does for one client, from connect to disconnect:
//
//	go run ./examples/first examples/first/flashphoner.properties http://127.0.0.1:8081/apps/EchoApp
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/wcskit/resthook"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: first PROPERTIES URL")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "first:", err)
		if resthook.Denied(err) {
			fmt.Fprintln(os.Stderr, "first: denied by the backend:", resthook.Reason(err)) // its own words
		}
		os.Exit(1)
	}
}

func run(properties, url string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, err := resthook.LoadConfig(properties)
	if err != nil {
		return err // names file, line, key and value
	}
	client, err := resthook.NewClient(cfg,
		resthook.WithApp(resthook.App{Key: "defaultApp", URL: url}),
		// For methods that the backend's policy does not name: a denial counts, and so does
		// a missing answer (fail closed).
		resthook.WithDefaultRule(resthook.Rule{RestOnError: resthook.OnErrorFail}),
		resthook.WithLogger(slog.Default()))
	if err != nil {
		return err
	}
	err = publish(ctx, client, "client 1", "secret")
	stop() // a second Ctrl-C ends the program at once

	// ctx has ended by now: closing needs a context of its own.
	closing, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(err, client.Shutdown(closing)) // ends all sessions, delivers queued events
}

// publish is one client that connects, publishes, and stays until ctx ends.
func publish(ctx context.Context, client *resthook.Client, id, token string) error {
	session, err := client.Connect(ctx, &resthook.Connection{
		AppKey:    "defaultApp",
		SessionID: id,
		Custom:    map[string]any{"token": token},
	})
	if err != nil {
		return err // denied, unreachable, timed out: not let in
	}
	fmt.Println("connected:", id, "is let in")
	stream, err := resthook.PublishStream.Send(ctx, session, &resthook.Stream{Name: "cam", Published: true})
	if err != nil {
		return err // denied, or the backend could not be asked: do not publish
	}
	// From here media may flow, under stream.Name, which the backend may have changed.
	fmt.Printf("publishing %q until Ctrl-C\n", stream.Name)
	stream.Status = resthook.StreamPublishing
	if err := resthook.StreamStatusEvent.Notify(ctx, session, stream); err != nil { // returns at once; delivered in order
		return err
	}
	<-ctx.Done()
	fmt.Println("stopping:", id, "leaves")
	stream.Status = resthook.StreamUnpublished
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // ctx has ended
	defer cancel()
	// For what is billed: Record returns when the queue has stored the event. Shutdown sends DISCONNECTED.
	return resthook.StreamStatusEvent.Record(last, session, stream)
}
