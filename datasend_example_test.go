package resthook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/wcskit/resthook"
)

// A media server passes on what a backend has to say to its clients.
func ExampleDataSendHandler() {
	clients := map[string]string{"s-1": "alice", "s-2": "bob"} // by session id; with a lock, where clients come and go
	deliver := func(_ context.Context, sessions []string, data *resthook.Data) error {
		sent := 0
		for _, id := range sessions {
			if login, ok := clients[id]; ok {
				fmt.Printf("%s < OnDataEvent %v\n", login, data.Payload) // hand it to the queue of that client's connection
				sent++
			}
		}
		if sent == 0 {
			return resthook.ErrNotConnected
		}
		return nil
	}
	handler, err := resthook.DataSendHandler(resthook.DataSendConfig{
		Username: "backend", Password: resthook.NewSecret("wonderland"),
	}, deliver)
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/rest-api/data/send", handler)

	for _, sessions := range []string{`["s-1","s-2","gone"]`, `["gone"]`} {
		request := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/rest-api/data/send", strings.NewReader(
			`{"nodeId":"n1@10.0.0.7","operationId":"op-1","sessionIds":`+sessions+`,"payload":{"body":"hello"}}`))
		request.Header.Set("Content-Type", "application/json")
		request.SetBasicAuth("backend", "wonderland") // a backend.Sender whose URL has them
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, request)
		fmt.Printf("%d %q\n", answer.Code, answer.Body)
	}
	// Output:
	// alice < OnDataEvent map[body:hello]
	// bob < OnDataEvent map[body:hello]
	// 200 ""
	// 404 "none of the sessions is connected\n"
}
