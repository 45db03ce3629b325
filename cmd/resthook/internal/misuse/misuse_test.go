package misuse_test

import (
	"fmt"

	"github.com/alecthomas/kong"

	"github.com/wcskit/resthook/cmd/resthook/internal/misuse"
)

func Example() {
	var commands struct {
		Send struct {
			User  string
			Tries int
		} `cmd:""`
	}
	parser, err := kong.New(&commands)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(misuse.Find(parser.Model, []string{"send", "--tries", "--user=bob:s3cret"}))
	args := []string{"send", "--tries=many"}
	_, err = parser.Parse(args)
	fmt.Println(misuse.Explain(parser.Model, args, err))
	// Output:
	// --tries: a value is wanted; one that begins with -- is written --tries=VALUE
	// send: --tries "many": a whole number is wanted; see resthook send --help
}
