package resthook_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/wcskit/resthook"
)

// Two backends that do the same. What never reached the first goes to the second at once.
func ExampleApp_severalBackends() {
	client, err := resthook.NewClient(resthook.DefaultConfig(),
		resthook.WithApp(resthook.App{Key: "defaultApp", URLs: []string{"https://a.backend.example/rest", "https://b.backend.example/rest"}}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range client.Stats().Backends {
		fmt.Println(b.App, b.URL, b.Down)
	}
	// Output:
	// defaultApp https://a.backend.example/rest false
	// defaultApp https://b.backend.example/rest false
}

// The only backend is away. Alice, whom it has allowed before, may play; a stranger may not.
func ExampleWithFallback() {
	allowing := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !allowing {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprint(w, "{}")
	}))
	defer server.Close()
	client, err := resthook.NewClient(resthook.DefaultConfig(),
		resthook.WithApp(resthook.App{URL: server.URL}),
		resthook.WithLogger(slog.New(slog.DiscardHandler)),
		resthook.WithFallback(resthook.PlayHLS, resthook.Fallback{Known: 10 * time.Minute}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close(context.Background()) }()

	play := func(token string) bool {
		_, err := resthook.PlayHLS.Send(context.Background(), client, &resthook.Playback{Name: "news", Token: token})
		return err == nil
	}
	fmt.Println("alice:", play("alice"))
	allowing = false
	fmt.Println("alice, while it is away:", play("alice"))
	fmt.Println("a stranger:", play("stranger"))
	fmt.Println("fallbacks:", client.Stats().Fallbacks)
	// Output:
	// alice: true
	// alice, while it is away: true
	// a stranger: false
	// fallbacks: [{playHLS 1}]
}
