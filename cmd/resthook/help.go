package main

import (
	"strings"

	"github.com/alecthomas/kong"

	"github.com/wcskit/resthook/cmd/resthook/internal/completion"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// helpCommand is --help of the command that follows; see [asFlag].
type helpCommand struct {
	Command *string `arg:"" optional:"" name:"COMMAND" help:"The command to show; none: an overview."`
}

// Run is for kong, which wants it.
func (*helpCommand) Run() error { return errDone }

// asFlag makes --help of help, and COMMAND --help of help COMMAND.
func asFlag(args []string) []string {
	switch {
	case len(args) == 1 && args[0] == "help":
		return []string{"--help"}
	case len(args) == 2 && args[0] == "help" && !strings.HasPrefix(args[1], "-"):
		return []string{args[1], "--help"}
	}
	return args
}

// versionCommand prints what --version does.
type versionCommand struct{}

// Run prints it.
func (*versionCommand) Run(std *terminal.Streams) error { return std.Print("resthook " + version()) }

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
	return std.Print(completion.Script(c.Shell, "resthook", completed(ctx.Model)))
}

// completed is what can be completed of the command line.
func completed(model *kong.Application) []completion.Command {
	leaves := model.Leaves(true)
	commands := make([]completion.Command, len(leaves))
	for i, leaf := range leaves {
		commands[i] = completion.Command{Name: leaf.Name, Help: leaf.Help}
		for _, group := range leaf.AllFlags(true) {
			for _, flag := range group {
				commands[i].Flags = append(commands[i].Flags, completedFlag(flag))
			}
		}
		for _, argument := range leaf.Positional {
			words, files := completedArgument(argument, leaves)
			commands[i].Words, commands[i].Files = append(commands[i].Words, words...), commands[i].Files || files
		}
	}
	return commands
}

func completedFlag(flag *kong.Flag) completion.Flag {
	done := completion.Flag{Name: flag.Name, Help: strings.TrimSuffix(firstSentence(flag.Help), "."), Switch: flag.IsBool()}
	switch {
	case flag.Enum != "":
		done.Words = strings.Split(flag.Enum, ",")
	case flag.PlaceHolder == "FILE":
		done.Files = true
	case flag.PlaceHolder == "JSON":
		done.AtFiles = true
	}
	return done
}

func completedArgument(argument *kong.Positional, leaves []*kong.Node) (words []string, files bool) {
	switch argument.Name {
	case "METHOD":
		return methodNames(), false
	case "FILE":
		return nil, true
	case "SHELL":
		return strings.Split(argument.Enum, ","), false
	case "COMMAND":
		for _, leaf := range leaves {
			words = append(words, leaf.Name)
		}
	}
	return words, false
}

func firstSentence(help string) string {
	sentence, _, _ := strings.Cut(help, ". ")
	sentence, _, _ = strings.Cut(sentence, "; ")
	return sentence
}
