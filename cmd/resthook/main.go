// Command resthook sends hooks, serves a backend to develop against, records and
// replays what comes in, loads a backend, checks properties files and lists the
// methods. Scripts depend on its output and its exit codes: 0 the media server would go
// on, 1 it would refuse, 2 wrong usage or configuration.
//
// This package reads the flags of each subcommand and prints its results. The packages
// in internal do the work.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/misuse"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// The exit codes.
const (
	exitFine    = 0 // the media server would go on
	exitRefused = 1 // it would refuse, or nobody can tell
	exitUsage   = 2 // wrong usage or configuration
)

var (
	// errDone ends a command that has printed everything, such as --help.
	errDone = errors.New("done")
	// errRefused means exit code 1; the reason has been printed.
	errRefused = errors.New("refused")
)

// commands is the command line, as kong reads it.
type commands struct {
	Help    helpFlag    `short:"h" help:"Show help; also for a single command."`
	Version versionFlag `help:"Print the version."`

	Send    sendCommand    `cmd:"" help:"Send one hook and print its outcome."`
	Serve   serveCommand   `cmd:"" help:"Run a backend that mirrors every hook, to develop against."`
	Forward forwardCommand `cmd:"" help:"Stand between a media server and a backend, and show what passes."`
	Record  recordCommand  `cmd:"" help:"Serve, and write what comes in to a file."`
	Replay  replayCommand  `cmd:"" help:"Send what was recorded again and compare the answers."`
	Bench   benchCommand   `cmd:"" help:"Load a backend with hooks, as a busy media server would."`
	Check   checkCommand   `cmd:"" help:"Read properties files and print the settings in effect."`
	Methods methodsCommand `cmd:"" help:"List the methods, or show one: its fields, and a sample."`

	HelpFor    helpCommand       `cmd:"" name:"help" help:"Show help, also for a single command."`
	VersionOf  versionCommand    `cmd:"" name:"version" help:"Print the version."`
	Completion completionCommand `cmd:"" help:"Print a script that completes the command line in bash, zsh or fish."`
}

// grace is how long a command has to end after a signal. After that the process ends,
// even if the command is blocked, as in a write to a pipe that nobody reads.
const grace = 900 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the process at once
		time.Sleep(grace)
		os.Exit(exitRefused)
	})
	os.Exit(run(ctx, os.Args[1:], &terminal.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Terminal: isTerminal(os.Stderr)}))
}

// isTerminal reports whether a progress line can be drawn on a file.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

const description = `Backend calls (REST hooks) of a media server, from the command line.

Exit codes: 0 the media server would go on, 1 it would refuse, 2 wrong usage or
configuration. Results go to stdout, all else to stderr.`

// run executes the command line and returns the exit code. It returns soon after ctx
// ends.
func run(ctx context.Context, args []string, std *terminal.Streams) int {
	args = asFlag(args)
	parser, err := kong.New(&commands{},
		kong.Name("resthook"),
		kong.Description(description),
		kong.Writers(std.Out, std.Err),
		kong.NoDefaultHelp(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.WithHyphenPrefixedParameters(true), // --data -
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		return end(std, err)
	}
	if err := misuse.Find(parser.Model, args); err != nil {
		return end(std, err)
	}
	parsed, err := parser.Parse(args)
	switch {
	case err == nil:
		err = parsed.Run()
	case !errors.Is(err, errDone) && !errors.Is(err, terminal.ErrOutput):
		err = misuse.Explain(parser.Model, args, err)
	}
	return end(std, err)
}

// end prints the error that a command ended with, and returns the exit code.
func end(std *terminal.Streams, err error) int {
	switch {
	case err == nil, errors.Is(err, errDone):
		return exitFine
	case errors.Is(err, errRefused), errors.Is(err, recording.ErrIncomplete):
		return exitRefused
	}
	std.Say(err.Error())
	if errors.Is(err, input.ErrInterrupted) || errors.Is(err, terminal.ErrOutput) {
		return exitRefused
	}
	return exitUsage
}
