package properties_test

import (
	"fmt"

	"github.com/wcskit/resthook/internal/properties"
)

func ExampleParse() {
	file := "# comment\nrest_timeout = 30\nname : caf\\u00e9 \\\n    au lait\nbroken = \\u12\n"
	for _, e := range properties.Parse([]byte(file)) {
		if e.Fault != nil {
			fmt.Println("line", e.Fault.Line, e.Key, "has a", e.Fault.Reason)
			continue
		}
		fmt.Println("line", e.Line, e.Key, "is", e.Value)
	}
	// Output:
	// line 2 rest_timeout is 30
	// line 3 name is café au lait
	// line 5 broken has a malformed \uXXXX escape
}
