// Package completion writes scripts for the completion of a command line in a shell:
// subcommands, flags, and the possible values of flags and arguments.
package completion

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Script is the completion script for bash, zsh or fish, and empty for another shell. An
// argument with the name METHOD is completed with the methods.
func Script(shell, program string, model *kong.Application, methods []string) string {
	commands := commandsOf(model, methods)
	switch shell {
	case "bash":
		return bash(program, commands)
	case "zsh":
		return zsh(program, commands)
	case "fish":
		return fish(program, commands)
	}
	return ""
}

func names(commands []command) []string {
	all := make([]string, len(commands))
	for i, command := range commands {
		all[i] = command.name
	}
	return all
}

func (c command) flagNames() []string {
	all := make([]string, len(c.flags))
	for i, flag := range c.flags {
		all[i] = "--" + flag.name
	}
	return all
}

// cases writes the arms of two shell case statements: one arm for each flag that takes a
// value, and one for each command's argument.
func cases(commands []command, words func([]string) string, files, atFiles string) (values, arguments string) {
	var v, a strings.Builder
	for _, c := range commands {
		for _, f := range c.flags {
			if f.isSwitch {
				continue
			}
			does := ""
			switch {
			case f.files:
				does = files
			case f.atFiles:
				does = atFiles
			case len(f.words) > 0:
				does = words(f.words)
			}
			fmt.Fprintf(&v, "    %q) %s return ;;\n", c.name+" --"+f.name, does)
		}
		argument := ":"
		switch {
		case c.files:
			argument = strings.TrimSuffix(files, ";")
		case len(c.words) > 0:
			argument = strings.TrimSuffix(words(c.words), ";")
		}
		fmt.Fprintf(&a, "    %s) if [[ $cur == -* ]]; then %s else %s; fi ;;\n", c.name, words(c.flagNames()), argument)
	}
	return v.String(), a.String()
}

func bash(program string, commands []command) string {
	words := func(list []string) string {
		return `COMPREPLY=($(compgen -W "` + strings.Join(list, " ") + `" -- "$cur"));`
	}
	values, arguments := cases(commands, words, `COMPREPLY=($(compgen -f -- "$cur"));`,
		`[[ $cur == @* ]] && COMPREPLY=($(compgen -f -P @ -- "${cur#@}"));`)
	return fmt.Sprintf(`# bash completion of %[1]s: source <(%[1]s completion bash)
_%[1]s() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
  if [[ $COMP_CWORD -eq 1 ]]; then %[2]s return; fi
  case "${COMP_WORDS[1]} $prev" in
%[3]s  esac
  case "${COMP_WORDS[1]}" in
%[4]s  esac
}
complete -o filenames -F _%[1]s %[1]s`, program, words(names(commands)), values, arguments)
}

func zsh(program string, commands []command) string {
	words := func(list []string) string { return "compadd -- " + strings.Join(list, " ") + ";" }
	values, arguments := cases(commands, words, "_files;", "[[ $cur == @* ]] && compset -P @ && _files;")
	return fmt.Sprintf(`#compdef %[1]s
# zsh completion of %[1]s: source <(%[1]s completion zsh)
_%[1]s() {
  local cur=$words[CURRENT] prev=$words[CURRENT-1]
  if [[ $cur == --*=* ]]; then prev=${cur%%%%=*}; cur=${cur#*=}; compset -P '*='; fi
  if (( CURRENT == 2 )); then %[2]s return; fi
  case "$words[2] $prev" in
%[3]s  esac
  case "$words[2]" in
%[4]s  esac
}
if [[ $funcstack[1] == _%[1]s ]]; then _%[1]s; else compdef _%[1]s %[1]s; fi`, program, words(names(commands)), values, arguments)
}

func fish(program string, commands []command) string {
	lines := []string{
		"# fish completion of " + program + ": " + program + " completion fish | source",
		"complete -c " + program + " -f",
	}
	for _, c := range commands {
		lines = append(lines, fmt.Sprintf("complete -c %s -n __fish_use_subcommand -a %s -d %s", program, c.name, quoted(c.help)))
		seen := fmt.Sprintf("complete -c %s -n '__fish_seen_subcommand_from %s'", program, c.name)
		for _, f := range c.flags {
			takes := ""
			switch {
			case f.isSwitch:
			case f.files:
				takes = " -r -F"
			case len(f.words) > 0:
				takes = " -x -a " + quoted(strings.Join(f.words, " "))
			default:
				takes = " -x"
			}
			lines = append(lines, fmt.Sprintf("%s -l %s%s -d %s", seen, f.name, takes, quoted(f.help)))
		}
		switch {
		case c.files:
			lines = append(lines, seen+" -F")
		case len(c.words) > 0:
			lines = append(lines, seen+" -a "+quoted(strings.Join(c.words, " ")))
		}
	}
	return strings.Join(lines, "\n")
}

func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
