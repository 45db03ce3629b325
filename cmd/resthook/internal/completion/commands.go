package completion

import (
	"strings"

	"github.com/alecthomas/kong"
)

// command is a subcommand, its flags and its argument.
type command struct {
	name, help string
	flags      []flag
	words      []string // possible values of its argument
	files      bool     // its argument is a file
}

// flag is a flag of a command.
type flag struct {
	name, help string
	isSwitch   bool     // it takes no value
	words      []string // what its value can be
	files      bool     // its value is a file
	atFiles    bool     // its value is a file if it begins with @
}

// commandsOf are the commands of the parser's model.
func commandsOf(model *kong.Application, methods []string) []command {
	leaves := model.Leaves(true)
	commands := make([]command, len(leaves))
	for i, leaf := range leaves {
		commands[i] = command{name: leaf.Name, help: leaf.Help}
		for _, group := range leaf.AllFlags(true) {
			for _, flag := range group {
				commands[i].flags = append(commands[i].flags, flagOf(flag))
			}
		}
		for _, argument := range leaf.Positional {
			words, files := argumentOf(argument, leaves, methods)
			commands[i].words, commands[i].files = append(commands[i].words, words...), commands[i].files || files
		}
	}
	return commands
}

func flagOf(given *kong.Flag) flag {
	f := flag{name: given.Name, help: strings.TrimSuffix(firstSentence(given.Help), "."), isSwitch: given.IsBool()}
	switch {
	case given.Enum != "":
		f.words = strings.Split(given.Enum, ",")
	case given.PlaceHolder == "FILE":
		f.files = true
	case given.PlaceHolder == "JSON":
		f.atFiles = true
	}
	return f
}

func argumentOf(argument *kong.Positional, leaves []*kong.Node, methods []string) (words []string, files bool) {
	switch argument.Name {
	case "METHOD":
		return methods, false
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
