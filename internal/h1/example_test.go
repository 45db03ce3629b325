package h1_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/wcskit/resthook/internal/h1"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"allowed":true}`)
	}))
	defer server.Close()
	transport := h1.New(h1.Options{Limit: 10})
	defer transport.Close(context.Background())
	for range 2 {
		var answer bytes.Buffer
		result := transport.Do(context.Background(), &h1.Request{
			To:    h1.Endpoint{Address: server.Listener.Addr().String()},
			Bytes: []byte("POST /rest/connect HTTP/1.1\r\nHost: backend\r\nContent-Length: 2\r\n\r\n{}"),
			Limit: 1 << 20, Answer: &answer,
		})
		fmt.Println(result.Status, result.Phase, "reused:", result.Reused, answer.String())
	}
	// Output:
	// 200 done reused: false {"allowed":true}
	// 200 done reused: true {"allowed":true}
}
