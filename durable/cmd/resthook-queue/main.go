// Command resthook-queue shows what waits in a store of the package durable, and what was given up,
// and sends that again. It reads beside the media servers that deliver, or in a directory that no
// media server has open. Scripts depend on its output and its exit codes: 0 fine, 1 a fault (no store,
// one in use, no answer, an id that is not there), 2 wrong usage or configuration.
//
// This package reads the flags of each subcommand and prints its results. The package inspect does the
// work.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/wcskit/resthook/durable/internal/embedded"
)

// The exit codes.
const (
	exitFine  = 0
	exitFault = 1
	exitUsage = 2
)

var (
	// errDone ends a command that has printed everything, such as --help.
	errDone = errors.New("done")
	// errFault means exit code 1; the reason has been printed.
	errFault = errors.New("fault")
)

// usageError is wrong usage or configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// commands is the command line, as kong reads it.
type commands struct {
	Help    helpFlag    `short:"h" help:"Show help; also for a single command."`
	Version versionFlag `help:"Print the version."`

	source

	Status statusCommand `cmd:"" help:"What waits, what is open, who is alive, what was given up, how full it is."`
	Events eventsCommand `cmd:"" help:"The events that wait, oldest first."`
	Dead   deadCommands  `cmd:"" help:"The dead letters: events that were given up."`

	HelpFor   helpCommand    `cmd:"" name:"help" help:"Show help, also for a single command."`
	VersionOf versionCommand `cmd:"" name:"version" help:"Print the version."`
}

// deadCommands are the commands about dead letters.
type deadCommands struct {
	List   listCommand   `cmd:"" help:"List them, oldest first."`
	Show   showCommand   `cmd:"" help:"Show one whole."`
	Resend resendCommand `cmd:"" help:"Make them events again, which are delivered."`
	Drop   dropCommand   `cmd:"" help:"Remove them for good."`
}

// grace is how long a command has to end after a signal. After that the process ends, even if the
// command is blocked, as in a write to a pipe that nobody reads.
const grace = 2 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the process at once
		time.Sleep(grace)
		os.Exit(exitFault)
	})
	os.Exit(run(ctx, os.Args[1:], &streams{Out: os.Stdout, Err: os.Stderr, Terminal: isTerminal(os.Stdout)}))
}

// isTerminal reports whether a view can be drawn on a file.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

const description = `The events that a media server keeps with the package durable, from the command line.

The store is a directory that no media server has open (--store), or a NATS cluster (--nats).

Exit codes: 0 fine, 1 a fault, 2 wrong usage or configuration. Results go to stdout, all else to
stderr.`

// run executes the command line and returns the exit code.
func run(ctx context.Context, args []string, std *streams) int {
	args = asFlag(args)
	line := &commands{}
	parser, err := kong.New(line,
		kong.Name("resthook-queue"),
		kong.Description(description),
		kong.Writers(std.Out, std.Err),
		kong.NoDefaultHelp(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std, &line.source),
	)
	if err != nil {
		return end(std, err)
	}
	parsed, err := parser.Parse(args)
	switch {
	case err == nil:
		err = parsed.Run()
	case !errors.Is(err, errDone) && !errors.Is(err, errOutput):
		err = explained(err)
	}
	return end(std, err)
}

// explained is kong's error with a hint. An argument that was not expected is not shown: it may be a
// URL with a password.
func explained(err error) error {
	parse, ok := errors.AsType[*kong.ParseError](err)
	if !ok {
		return usageError{err}
	}
	help := "see resthook-queue --help"
	if command := commandOf(parse.Context); command != "" {
		help = "see resthook-queue " + command + " --help"
	}
	text := err.Error()
	if strings.HasPrefix(text, "unexpected argument") {
		text = "one argument too many"
		if selected := parse.Context.Selected(); selected == nil || len(selected.Children) > 0 {
			text = "there is no such command"
		}
	}
	return usageError{errors.New(text + "; " + help)}
}

// commandOf is the command without its arguments.
func commandOf(ctx *kong.Context) string {
	var words []string
	for word := range strings.FieldsSeq(ctx.Command()) {
		if !strings.HasPrefix(word, "<") {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// end prints the error that a command ended with, and returns the exit code.
func end(std *streams, err error) int {
	switch {
	case err == nil, errors.Is(err, errDone):
		return exitFine
	case errors.Is(err, errFault):
		return exitFault
	}
	std.say(err.Error())
	if _, usage := errors.AsType[usageError](err); usage || errors.Is(err, embedded.ErrKey) {
		return exitUsage
	}
	return exitFault
}
