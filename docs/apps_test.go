package docs

import (
	"context"
	"fmt"

	"github.com/wcskit/resthook"
)

// The apps of a WCS server as apps of a client.
func Example_appsOfWCS() {
	cfg := resthook.DefaultConfig()
	client, err := resthook.NewClient(cfg,
		resthook.WithApp(resthook.App{
			Key: "defaultApp", URL: "https://backend.example/rest",
		}),
		resthook.WithApp(resthook.App{
			Key: "phoneApp", URL: "https://phone.example/hooks/index.php",
			Methods: []resthook.Method{resthook.Connect, resthook.MakeCall, resthook.OnCallEvent, resthook.CallStatusEvent, resthook.ConnectionStatusEvent},
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client.Close(context.Background()))
	// Output: <nil>
}
