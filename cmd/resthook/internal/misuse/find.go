// Package misuse explains what is wrong with a command line, in one line that names the
// flag and what it takes. It quotes no argument that may be a secret, also if it is in the
// wrong place because a value or a quote is missing.
package misuse

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/internal/jsontext"
)

// Find finds arguments that the parser would misinterpret or change.
func Find(model *kong.Application, args []string) error {
	if err := illegible(args); err != nil {
		return err
	}
	return swallows(model, args)
}

// swallows finds a flag without its value. The parser would take the next flag as the
// value, and its error would show it, such as --user with its password.
func swallows(model *kong.Application, args []string) error {
	wanting := flagsWithValue(model)
	for i, arg := range args[:max(len(args)-1, 0)] {
		if arg == "--" {
			return nil
		}
		if wanting[arg] && strings.HasPrefix(args[i+1], "--") {
			return fmt.Errorf("%s: a value is wanted; one that begins with -- is written %s=VALUE", arg, arg)
		}
	}
	return nil
}

// illegible finds an argument that is not UTF-8, which kong would change.
func illegible(args []string) error {
	for i, arg := range args {
		if utf8.ValidString(arg) {
			continue
		}
		name, value, joined := strings.Cut(arg, "=")
		if !joined || !strings.HasPrefix(name, "-") {
			name, value = args[max(i-1, 0)], arg
		}
		if !strings.HasPrefix(name, "-") || !utf8.ValidString(name) {
			return fmt.Errorf("argument %d is no UTF-8", i+1)
		}
		fault := &jsontext.SyntaxError{Offset: invalidAt(value), Reason: "invalid UTF-8"}
		return fmt.Errorf("%s: %w", name, input.Placed(fault, "", []byte(value)))
	}
	return nil
}

// invalidAt is the index of the first byte that is not UTF-8.
func invalidAt(text string) int {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)) {
			return i
		}
	}
	return len(text)
}

// flagsWithValue are the flags of all commands that take a value.
func flagsWithValue(model *kong.Application) map[string]bool {
	names := map[string]bool{}
	for _, command := range model.Leaves(true) {
		for _, flag := range command.Flags {
			if !flag.IsBool() {
				names["--"+flag.Name] = true
			}
		}
	}
	return names
}
