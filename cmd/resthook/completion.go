package main

import (
	"github.com/alecthomas/kong"

	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
	"github.com/wcskit/resthook/cmd/resthook/internal/completion"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// completionCommand prints a script for a shell.
type completionCommand struct {
	Shell string `arg:"" name:"SHELL" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown below the flags.
func (*completionCommand) Help() string {
	return `For bash and zsh: source <(resthook completion bash), in ~/.bashrc or ~/.zshrc behind compinit. For fish:
resthook completion fish | source, in ~/.config/fish/config.fish.`
}

// Run prints the script.
func (c *completionCommand) Run(ctx *kong.Context, std *terminal.Streams) error {
	return std.Print(completion.Script(c.Shell, "resthook", ctx.Model, catalogue.Names()))
}
