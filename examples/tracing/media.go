package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook"
)

// publish is a media server with one publisher, who comes, publishes, and goes.
func publish(ctx context.Context, s *side, url string) (err error) {
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: url}),
		resthook.WithObserver(s.telemetry.Observer()),
		resthook.WithFallback(resthook.PlayStream, resthook.Fallback{Known: time.Hour}), resthook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close(ctx)) }()
	if err := s.telemetry.Watch(client); err != nil {
		return err
	}
	session, err := client.Connect(ctx, &resthook.Connection{AppKey: "room", SessionID: "10.0.0.7:4711"})
	if err != nil {
		return err
	}
	ctx, span := s.tracer.Start(ctx, "publisher comes", trace.WithSpanKind(trace.SpanKindServer)) // what asked the media server
	defer span.End()
	stream, err := resthook.PublishStream.Send(ctx, session, &resthook.Stream{Name: "cam", MediaSessionID: "1", Published: true})
	if err != nil {
		return err
	}
	stream.Status = resthook.StreamPublishing
	return resthook.StreamStatusEvent.Notify(ctx, session, stream)
}
