package completion_test

import (
	"fmt"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/cmd/resthook/internal/completion"
)

func ExampleScript() {
	var commands struct {
		Send struct {
			Method string `arg:"" name:"METHOD"`
			Kind   string `enum:"direct,event" default:"direct" help:"The kind; it matters. For own methods."`
			JSON   bool   `name:"json" help:"Print 'JSON'."`
		} `cmd:"" help:"Send one."`
	}
	parser, err := kong.New(&commands, kong.NoDefaultHelp())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(completion.Script("fish", "rh", parser.Model, []string{"call", "hold"}))
	// Output:
	// # fish completion of rh: rh completion fish | source
	// complete -c rh -f
	// complete -c rh -n __fish_use_subcommand -a send -d 'Send one.'
	// complete -c rh -n '__fish_seen_subcommand_from send' -l kind -x -a 'direct event' -d 'The kind'
	// complete -c rh -n '__fish_seen_subcommand_from send' -l json -d 'Print \'JSON\''
	// complete -c rh -n '__fish_seen_subcommand_from send' -a 'call hold'
}

func TestNoScriptForAnotherShell(t *testing.T) {
	t.Parallel()
	assert.Empty(t, completion.Script("tcsh", "rh", &kong.Application{Node: &kong.Node{}}, nil))
}
