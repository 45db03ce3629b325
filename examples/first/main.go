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
		// For methods that the backend's own policy does not name: a denial counts, and so
		// does no answer.
		resthook.WithDefaultRule(resthook.Rule{RestOnError: resthook.OnErrorFail}),
		resthook.WithLogger(slog.Default()))
	if err != nil {
		return err
	}
	err = publish(ctx, client, "client 1", "secret")
	stop() // a second Ctrl-C ends the program at once

	// The context of the work has ended by now: closing has one of its own.
	closing, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(err, client.Shutdown(closing)) // ends all sessions, delivers what waits
}

// publish is one client that connects, publishes, and stays until the end.
func publish(ctx context.Context, client *resthook.Client, id, token string) error {
	session, err := client.Connect(ctx, &resthook.Connection{
		AppKey:    "defaultApp",
		SessionID: id,
		Custom:    map[string]any{"token": token},
	})
	if err != nil {
		return err // refused, unreachable, timed out: never let in
	}
	fmt.Println("connected:", id, "is let in")
	stream, err := resthook.PublishStream.Send(ctx, session, &resthook.Stream{Name: "cam", Published: true})
	if err != nil {
		return err // refused, or nobody could be asked: nothing is published
	}
	// From here the media flow, as stream.Name, which the backend may have changed.
	fmt.Printf("publishing %q until Ctrl-C\n", stream.Name)
	stream.Status = resthook.StreamPublishing
	if err := resthook.StreamStatusEvent.Notify(ctx, session, stream); err != nil { // returns at once; delivered in order
		return err
	}
	<-ctx.Done()
	fmt.Println("stopping:", id, "leaves")
	stream.Status = resthook.StreamUnpublished
	return resthook.StreamStatusEvent.Notify(ctx, session, stream) // and DISCONNECTED follows, by Shutdown
}
