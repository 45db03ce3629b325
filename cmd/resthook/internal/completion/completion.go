// Package completion writes the scripts that let a shell complete the command line.
package completion

import (
	"fmt"
	"strings"
)

// Command is a subcommand and what can follow it.
type Command struct {
	Name, Help string
	Flags      []Flag
	Words      []string // what its argument can be
	Files      bool     // its argument is a file
}

// Flag is a flag of a command.
type Flag struct {
	Name, Help string
	Switch     bool     // it takes no value
	Words      []string // what its value can be
	Files      bool     // its value is a file
	AtFiles    bool     // its value is a file where it begins with @
}

// Script is the one for a shell: bash, zsh or fish; empty for another.
func Script(shell, program string, commands []Command) string {
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

func names(commands []Command) []string {
	all := make([]string, len(commands))
	for i, command := range commands {
		all[i] = command.Name
	}
	return all
}

func (c Command) flags() []string {
	all := make([]string, len(c.Flags))
	for i, flag := range c.Flags {
		all[i] = "--" + flag.Name
	}
	return all
}

// cases writes an arm of a shell's case for each flag that takes a value, and for each
// command.
func cases(commands []Command, words func([]string) string, files, atFiles string) (values, arguments string) {
	var v, a strings.Builder
	for _, c := range commands {
		for _, f := range c.Flags {
			if f.Switch {
				continue
			}
			does := ""
			switch {
			case f.Files:
				does = files
			case f.AtFiles:
				does = atFiles
			case len(f.Words) > 0:
				does = words(f.Words)
			}
			fmt.Fprintf(&v, "    %q) %s return ;;\n", c.Name+" --"+f.Name, does)
		}
		argument := ":"
		switch {
		case c.Files:
			argument = strings.TrimSuffix(files, ";")
		case len(c.Words) > 0:
			argument = strings.TrimSuffix(words(c.Words), ";")
		}
		fmt.Fprintf(&a, "    %s) if [[ $cur == -* ]]; then %s else %s; fi ;;\n", c.Name, words(c.flags()), argument)
	}
	return v.String(), a.String()
}

func bash(program string, commands []Command) string {
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

func zsh(program string, commands []Command) string {
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

func fish(program string, commands []Command) string {
	lines := []string{
		"# fish completion of " + program + ": " + program + " completion fish | source",
		"complete -c " + program + " -f",
	}
	for _, c := range commands {
		lines = append(lines, fmt.Sprintf("complete -c %s -n __fish_use_subcommand -a %s -d %s", program, c.Name, quoted(c.Help)))
		seen := fmt.Sprintf("complete -c %s -n '__fish_seen_subcommand_from %s'", program, c.Name)
		for _, f := range c.Flags {
			takes := ""
			switch {
			case f.Switch:
			case f.Files:
				takes = " -r -F"
			case len(f.Words) > 0:
				takes = " -x -a " + quoted(strings.Join(f.Words, " "))
			default:
				takes = " -x"
			}
			lines = append(lines, fmt.Sprintf("%s -l %s%s -d %s", seen, f.Name, takes, quoted(f.Help)))
		}
		switch {
		case c.Files:
			lines = append(lines, seen+" -F")
		case len(c.Words) > 0:
			lines = append(lines, seen+" -a "+quoted(strings.Join(c.Words, " ")))
		}
	}
	return strings.Join(lines, "\n")
}

func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
