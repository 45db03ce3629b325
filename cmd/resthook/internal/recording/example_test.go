package recording_test

import (
	"fmt"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

func Example() {
	var file strings.Builder
	r := recording.NewRecorder(&file, func(fault string) { fmt.Println(fault) })
	r.Note(recording.Exchange{Method: "call", Request: []byte(`{"callee":"a"}`), Status: 200, Answer: []byte(`{"callee":"b"}`)})
	fmt.Println(r.Close())

	x, err := recording.NewReader(strings.NewReader(file.String())).Next()
	fmt.Println(x.Method, x.Status, err)
	fmt.Println(recording.Changes(x.Request, x.Answer))
	// Output:
	// <nil>
	// call 200 <nil>
	// [{callee "a" "b"}]
}
