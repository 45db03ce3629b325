package backend_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// A backend that renames streams, refuses those without a token, and mirrors
// every other hook.
func ExampleHandle() {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		if s.Custom["token"] != "secret" {
			return nil, backend.Deny("wrong token")
		}
		s.Name = "live/" + s.Name
		return s, nil
	})

	for _, hook := range [][2]string{
		{"/rest/publishStream", `{"name":"cam","custom":{"token":"secret"}}`},
		{"/rest/publishStream", `{"name":"cam","custom":{"token":"guessed"}}`},
		{"/rest/StreamStatusEvent", `{"name":"live/cam","status":"PUBLISHING"}`},
	} {
		answer := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(context.Background(), http.MethodPost, hook[0], strings.NewReader(hook[1]))
		mux.ServeHTTP(answer, request)
		fmt.Println(answer.Code, strings.TrimSpace(answer.Body.String()))
	}
	// Output:
	// 200 {"name":"live/cam","custom":{"token":"secret"}}
	// 403 wrong token
	// 200 {"name":"live/cam","status":"PUBLISHING"}
}
