package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

// helpFlag prints the help of the command before it. Unlike kong's own flag it does not end the
// process, so that tests can ask for help.
type helpFlag bool

// BeforeReset is called by kong where the flag is given.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return errDone
}

// helpCommand is the command help; [asFlag] replaces it by --help before kong parses.
type helpCommand struct {
	Command []string `arg:"" optional:"" name:"COMMAND" help:"The command to show; none: an overview."`
}

// Run is never called, but kong requires it.
func (*helpCommand) Run() error { return errDone }

// asFlag replaces help by --help, and help COMMAND by COMMAND --help.
func asFlag(args []string) []string {
	if len(args) == 0 || args[0] != "help" {
		return args
	}
	return append(args[1:len(args):len(args)], "--help")
}

// versionFlag prints the version.
type versionFlag bool

// BeforeReset is called by kong where the flag is given.
func (versionFlag) BeforeReset(std *streams) error {
	if err := std.print("resthook-queue " + version()); err != nil {
		return err
	}
	return errDone
}

// versionCommand prints what --version does.
type versionCommand struct{}

// Run prints it.
func (*versionCommand) Run(std *streams) error { return std.print("resthook-queue " + version()) }

// version is the module's version, the commit if Go knows it, and Go's version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	words := []string{info.Main.Version}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			words = append(words, s.Value)
		}
	}
	return strings.Join(append(words, info.GoVersion), " ")
}
