package durable_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
)

// A media server whose events survive its end.
func Example() {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.URL.Path)
		_, _ = fmt.Fprint(w, "{}")
	}))
	defer backend.Close()
	dir, err := os.MkdirTemp("", "events")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	ctx := context.Background()
	store, err := durable.Open(ctx, dir, durable.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(store.Options(), resthook.WithApp(resthook.App{URL: backend.URL}))...)
	if err != nil {
		fmt.Println(err)
		return
	}
	session, err := client.Connect(ctx, &resthook.Connection{SessionID: "s1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = resthook.StreamStatusEvent.Record(ctx, session, &resthook.Stream{MediaSessionID: "m1", Status: resthook.StreamPublishing})
	fmt.Println("stored:", err == nil)
	fmt.Println("closed:", client.Shutdown(ctx) == nil)
	// Unordered output:
	// /connect
	// /StreamStatusEvent
	// stored: true
	// /ConnectionStatusEvent
	// closed: true
}
