package docs

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// The page has every property that the library reads, in its order and with its
// default.
func TestProperties(t *testing.T) {
	t.Parallel()
	var want, got [][2]string
	for _, setting := range resthook.DefaultConfig().Settings() {
		key, value, _ := strings.Cut(setting.String(), "=")
		want = append(want, [2]string{key, value})
	}
	for _, row := range table(t, "operators.md", "## Properties") {
		require.Len(t, row, 3, row)
		value := row[2]
		if value == "none" {
			value = "``"
		}
		got = append(got, [2]string{code(row[0])[0], code(value)[0]})
	}
	assert.Equal(t, want, got)
}

// goFiles are the files of some patterns, tests excepted.
func goFiles(t *testing.T, patterns ...string) []*ast.File {
	t.Helper()
	var files []*ast.File
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.FromSlash(pattern))
		require.NoError(t, err)
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
			require.NoError(t, err)
			files = append(files, file)
		}
	}
	require.NotEmpty(t, files)
	return files
}

// The page has every option.
func TestOptions(t *testing.T) {
	t.Parallel()
	var want []string
	for _, file := range goFiles(t, "../*.go") {
		for _, decl := range file.Decls {
			if name, ok := optionOf(decl); ok {
				want = append(want, name)
			}
		}
	}
	var got []string
	for _, row := range table(t, "operators.md", "## Options") {
		got = append(got, code(row[0])[0])
	}
	require.NotEmpty(t, want)
	assert.ElementsMatch(t, want, got)
}

// optionOf is the name of an exported function that returns an Option.
func optionOf(decl ast.Decl) (string, bool) {
	f, ok := decl.(*ast.FuncDecl)
	if !ok || f.Recv != nil || !f.Name.IsExported() || f.Type.Results.NumFields() != 1 {
		return "", false
	}
	result, ok := f.Type.Results.List[0].Type.(*ast.Ident)
	return f.Name.Name, ok && result.Name == "Option"
}

// The page has every line that the library logs, with its attributes.
func TestLogLines(t *testing.T) {
	t.Parallel()
	want := map[string][]string{}
	for _, file := range goFiles(t, "../*.go", "../internal/*/*.go") {
		for _, decl := range file.Decls {
			ast.Inspect(decl, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && isLogCall(call) {
					message, attributes := logLine(call)
					if call.Ellipsis.IsValid() { // put together before, in the same function
						attributes = attributesIn(decl)
					}
					want[message] = attributes
				}
				return true
			})
		}
	}
	got := map[string][]string{}
	for _, row := range table(t, "operators.md", "## Log lines") {
		got[code(row[0])[0]] = code(row[2])
	}
	require.NotEmpty(t, want)
	assert.Equal(t, want, got)
}

// attributesIn are the names of all attributes that a function makes with slog.String
// and its like.
func attributesIn(decl ast.Decl) (names []string) {
	ast.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		if f, ok := call.Fun.(*ast.SelectorExpr); ok {
			if pkg, ok := f.X.(*ast.Ident); ok && pkg.Name == "slog" {
				names = append(names, text(call.Args[0]))
			}
		}
		return true
	})
	return names
}

// isLogCall reports whether a method that logs is called on a logger.
func isLogCall(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"Debug", "Info", "Warn", "Error", "Log", "LogAttrs"}, method.Sel.Name) {
		return false
	}
	receiver, ok := method.X.(*ast.SelectorExpr)
	return ok && strings.EqualFold(receiver.Sel.Name, "logger")
}

// logLine is the message and the names of the attributes: every second of the
// texts behind the message, or the first of each slog.String and its like.
func logLine(call *ast.CallExpr) (message string, attributes []string) {
	args := call.Args
	for len(args) > 0 && message == "" {
		message, args = text(args[0]), args[1:]
	}
	for i, arg := range args {
		if attr, ok := arg.(*ast.CallExpr); ok && len(attr.Args) == 2 {
			attributes = append(attributes, text(attr.Args[0]))
		} else if i%2 == 0 {
			attributes = append(attributes, text(arg))
		}
	}
	return message, attributes
}

func text(e ast.Expr) string {
	literal, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return value
}

// The page says what to do about every kind of error, and every reason for
// which events are lost.
func TestKindsAndReasons(t *testing.T) {
	t.Parallel()
	var kinds, reasons []string
	for _, row := range table(t, "operators.md", "### hook failed") {
		kinds = append(kinds, code(row[0])[0])
	}
	for _, row := range table(t, "operators.md", "### events lost") {
		reasons = append(reasons, code(row[0])[0])
	}
	assert.ElementsMatch(t, constants(t, "ErrorKind"), slices.Compact(kinds))
	assert.ElementsMatch(t, []string{string(resthook.EventShed), string(resthook.EventExpired), string(resthook.EventLeft), string(resthook.EventUnstored)}, reasons)
}

// constants are the values of a type's constants in the library.
func constants(t *testing.T, name string) []string {
	t.Helper()
	var values []string
	for _, file := range goFiles(t, "../*.go") {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == name && len(spec.Values) == 1 {
				values = append(values, text(spec.Values[0]))
			}
			return true
		})
	}
	require.NotEmpty(t, values, name)
	return values
}

// The apps on the page are valid, and the table has every key.
func TestAppsOnThePage(t *testing.T) {
	t.Parallel()
	var apps []resthook.App
	require.NoError(t, json.Unmarshal([]byte(namedBlock(t, "operators.md", "apps.json").text), &apps))
	var opts []resthook.Option
	for _, app := range apps {
		opts = append(opts, resthook.WithApp(app))
	}
	client, err := resthook.NewClient(resthook.DefaultConfig(), opts...)
	require.NoError(t, err)
	require.NoError(t, client.Close(t.Context()))

	var keys, want []string
	for _, row := range table(t, "operators.md", "## Apps") {
		keys = append(keys, code(row[0])...)
	}
	for field := range reflect.TypeFor[resthook.App]().Fields() {
		want = append(want, field.Name)
	}
	assert.Equal(t, want, keys)
}
