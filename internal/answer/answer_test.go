package answer_test

import (
	"fmt"
	"net/http"

	"github.com/wcskit/resthook/internal/answer"
)

func ExampleObject() {
	header := http.Header{"Content-Type": {"text/html"}}
	_, err := answer.Object(header, []byte("<p>It works!</p>"), 1<<20)
	fmt.Println(err)
	object, err := answer.Object(nil, []byte(`{"name":"cam"}`), 1<<20)
	fmt.Println(string(object), err)
	// Output:
	// expected an object, found '<' at byte 0 (text/html, 16 bytes)
	// {"name":"cam"} <nil>
}

func ExampleReason() {
	fmt.Println(answer.Reason([]byte(`{"error":{"code":7,"message":"no more streams in your plan"}}`)))
	// Output: no more streams in your plan
}
