package jsontext_test

import (
	"fmt"

	"github.com/wcskit/resthook/internal/jsontext"
)

func Example() {
	object := []byte(`{"name": "a", "custom": {"token": "t", "room": 7}}`)
	fmt.Println(jsontext.Check(object), jsontext.Check([]byte(`{"a":1,}`)))
	for m := jsontext.Open(object); m.Next(); {
		fmt.Printf("%s is %s\n", m.Name(), jsontext.TypeOf(m.Value()))
	}
	paths := jsontext.NewPaths([]string{"name", "custom.token"})
	fmt.Printf("%s\n", paths.Without(object))
	taken, _ := jsontext.Path{Inner: paths}.Take([]byte(`{"name":null,"custom":{"token":"u","room":8}}`), object)
	fmt.Printf("%s\n", taken)
	// Output:
	// <nil> expected a name, found '}' at byte 7
	// name is a string
	// custom is an object
	// {"custom": {"room": 7}}
	// {"name":"a","custom":{"token":"u","room":7}}
}
