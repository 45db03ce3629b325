package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// helpFlag prints the help of the command before it. Unlike kong's own flag it
// does not end the process, so that tests can ask for help.
type helpFlag bool

// BeforeReset is called by kong where the flag is given.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return fmt.Errorf("%w: %w", terminal.ErrOutput, err)
	}
	return errDone
}

// helpCommand is the command help; [asFlag] replaces it by --help before kong parses.
type helpCommand struct {
	Command *string `arg:"" optional:"" name:"COMMAND" help:"The command to show; none: an overview."`
}

// Run is never called, but kong requires it.
func (*helpCommand) Run() error { return errDone }

// asFlag replaces help by --help, and help COMMAND by COMMAND --help.
func asFlag(args []string) []string {
	switch {
	case len(args) == 1 && args[0] == "help":
		return []string{"--help"}
	case len(args) == 2 && args[0] == "help" && !strings.HasPrefix(args[1], "-"):
		return []string{args[1], "--help"}
	}
	return args
}
