package main

import (
	"runtime/debug"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// versionFlag prints the version.
type versionFlag bool

// BeforeReset is called by kong where the flag is given.
func (versionFlag) BeforeReset(std *terminal.Streams) error {
	if err := std.Print("resthook " + version()); err != nil {
		return err
	}
	return errDone
}

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

// versionCommand prints what --version does.
type versionCommand struct{}

// Run prints it.
func (*versionCommand) Run(std *terminal.Streams) error { return std.Print("resthook " + version()) }
