package resthook_test

import (
	"fmt"

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
