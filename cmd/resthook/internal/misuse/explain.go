package misuse

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Explain is the parser's error with a hint.
func Explain(model *kong.Application, args []string, err error) error {
	parse, ok := errors.AsType[*kong.ParseError](err)
	if !ok {
		return err
	}
	command, _, _ := strings.Cut(parse.Context.Command(), " ")
	if command == "" {
		return fmt.Errorf("%w; see resthook --help", err)
	}
	if strings.HasPrefix(err.Error(), "unexpected argument") && takesSecrets(parse.Context.Selected()) {
		// The shell splits --data {"token": "secret"} without quotes into two arguments.
		err = errors.New("one argument too many: put JSON, and all that has blanks, in quotes")
	}
	if misfit := misread(model, args, err); misfit != nil {
		err = misfit
	}
	return fmt.Errorf("%s: %w; see resthook %s --help", command, err, command)
}

// takesSecrets reports whether an unexpected argument of the command may be a secret or a
// part of one.
func takesSecrets(command *kong.Node) bool {
	for _, flag := range command.Flags {
		switch flag.Name {
		case "user", "set", "data", "sign", "header":
			return true
		}
	}
	return false
}

// misread replaces kong's error about the value of a flag by one that names the value and
// what the flag takes. It returns nil for another error.
func misread(model *kong.Application, args []string, err error) error {
	name, _, ofFlag := strings.Cut(err.Error(), " ")
	name, _, _ = strings.Cut(strings.TrimSuffix(name, ":"), "=")
	if !ofFlag || !strings.HasPrefix(name, "--") || !strings.Contains(err.Error(), `"`) {
		return nil
	}
	for _, command := range model.Leaves(true) {
		for _, flag := range command.Flags {
			if "--"+flag.Name != name {
				continue
			}
			if flag.IsBool() { // not quoted: the value was meant for another flag
				return fmt.Errorf("%s: it takes no value", name)
			}
			return fmt.Errorf("%s %.40q: %s is wanted", name, valueOf(name, args, err), wanted(flag))
		}
	}
	return nil
}

// valueOf is the value of a flag that kong's error is about.
func valueOf(name string, args []string, err error) string {
	found := ""
	for i, arg := range args {
		value, ok := strings.CutPrefix(arg, name+"=")
		if arg == name && i+1 < len(args) {
			value, ok = args[i+1], true
		}
		if ok {
			found = value
		}
		if ok && strings.Contains(err.Error(), strconv.Quote(value)) {
			return value
		}
	}
	return found
}

// wanted says what a flag takes.
func wanted(flag *kong.Flag) string {
	switch {
	case flag.Enum != "":
		words := strings.Split(flag.Enum, ",")
		last := len(words) - 1
		return strings.Join(words[:last], ", ") + " or " + words[last]
	case flag.Target.Type() == reflect.TypeFor[time.Duration]():
		return "a time with its unit, such as 2s or 1m30s,"
	case flag.Target.CanInt(), flag.Target.Type() == reflect.TypeFor[*int]():
		return "a whole number"
	case flag.Target.CanFloat(), flag.Target.Type() == reflect.TypeFor[*float64]():
		return "a number"
	case flag.PlaceHolder != "":
		return flag.PlaceHolder
	}
	return "a value"
}
