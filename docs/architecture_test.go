package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	architecture = "../ARCHITECTURE.md"
	module       = "github.com/wcskit/resthook"
	commandRooms = "cmd/resthook/internal/"
)

var (
	stepPattern = regexp.MustCompile("`([\\w/]+\\.go)`\\s+`(\\w+)`")
	wordPattern = regexp.MustCompile(`^[A-Za-z]\w*$`)
)

// TestArchitecture compares the table of packages with the code: each package has a row,
// the row has its imports, and each import stands further down.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	imports := importsOfPackages(t)
	rows := table(t, architecture, "## The packages")
	var order []string
	for _, row := range rows {
		order = append(order, code(row[0])...)
	}
	assert.ElementsMatch(t, packagesOf(imports), order)
	for at, row := range rows {
		var said []string
		for _, name := range code(row[2]) {
			said = append(said, strings.TrimSuffix(name, "…"))
		}
		assert.Equal(t, len(said) == 0, row[2] == "the standard library", row[0])
		assert.ElementsMatch(t, imports[order[at]], said, "what %s imports", row[0])
		for _, name := range said {
			if below := slices.Index(order, name); below >= 0 {
				assert.Greater(t, below, at, "%s imports %s", row[0], name)
			}
		}
	}
}

// importsOfPackages has, for each package, what it imports beside the standard library.
// Those of the command count as one where others name them.
func importsOfPackages(t *testing.T) map[string][]string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	command.Dir = ".."
	text, err := command.Output()
	require.NoError(t, err)
	imports := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		paths := strings.Fields(line)
		own := shortName(paths[0])
		imports[own] = nil
		for _, path := range paths[1:] {
			name := shortName(path)
			if strings.HasPrefix(name, commandRooms) {
				name = commandRooms
			}
			host, _, _ := strings.Cut(path, "/")
			if strings.Contains(host, ".") && !slices.Contains(imports[own], name) && !strings.Contains(path, "/kong") {
				imports[own] = append(imports[own], name)
			}
		}
	}
	return imports
}

func shortName(path string) string {
	if path == module {
		return "resthook"
	}
	return strings.TrimPrefix(path, module+"/")
}

// packagesOf are the packages that the table has to have.
func packagesOf(imports map[string][]string) []string {
	var names []string
	for name := range imports {
		switch {
		case strings.HasPrefix(name, commandRooms), strings.HasPrefix(name, "examples/"), name == "docs", name == "internal/h1/situation":
		default:
			names = append(names, name)
		}
	}
	return names
}

// TestArchitectureNamesTheFiles: each file of the root stands in the table of files, and
// each that stands there exists.
func TestArchitectureNamesTheFiles(t *testing.T) {
	t.Parallel()
	named := map[string]bool{"doc.go": true}
	for _, row := range table(t, architecture, "## The root package, file by file") {
		for _, pattern := range code(row[0]) {
			files, err := filepath.Glob(filepath.Join("..", pattern))
			require.NoError(t, err)
			assert.NotEmpty(t, files, pattern)
			for _, file := range files {
				named[filepath.Base(file)] = true
			}
		}
	}
	files, err := filepath.Glob("../*.go")
	require.NoError(t, err)
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			assert.True(t, named[filepath.Base(file)], "%s is in no row", file)
		}
	}
}

// TestArchitectureFollowsTheCode: what is said to happen in a file is a function there, and
// the other names are declared in the root.
func TestArchitectureFollowsTheCode(t *testing.T) {
	t.Parallel()
	root := map[string]bool{}
	files, err := filepath.Glob("../*.go")
	require.NoError(t, err)
	for _, file := range files {
		addDeclared(t, root, file)
	}
	for _, heading := range []string{"## A decision, from call to answer\n", "## An event, from call to outcome\n", "## The end\n"} {
		_, text, _ := strings.Cut(readPage(t, architecture), heading)
		text, _, _ = strings.Cut(text, "\n## ")
		steps := stepPattern.FindAllStringSubmatch(text, -1)
		assert.GreaterOrEqual(t, len(steps), 5)
		for _, step := range steps {
			functions := map[string]bool{}
			addDeclared(t, functions, filepath.Join("..", step[1]))
			assert.True(t, functions[step[2]], "%s has no %s", step[1], step[2])
		}
		for _, name := range code(stepPattern.ReplaceAllString(text, "")) {
			if wordPattern.MatchString(name) {
				assert.True(t, root[name], "nothing is named %s", name)
			}
		}
	}
}

// TestArchitectureNamesNoFileThatIsGone: each Go file that is named anywhere exists.
func TestArchitectureNamesNoFileThatIsGone(t *testing.T) {
	t.Parallel()
	for _, name := range code(prose(t, architecture)) {
		if strings.HasSuffix(name, ".go") && !strings.Contains(name, "*") {
			assert.FileExists(t, filepath.Join("..", name))
		}
	}
}

// addDeclared adds the names that a file declares, those of methods too.
func addDeclared(t *testing.T, names map[string]bool, path string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			names[decl.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names[spec.Name.Name] = true
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						names[name.Name] = true
					}
				}
			}
		}
	}
}

// TestModulesStayOutside: who imports the library gets nothing of NATS and OpenTelemetry.
func TestModulesStayOutside(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"../go.mod", "../go.sum"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.NotContains(t, string(text), "nats-io", file)
		assert.NotContains(t, string(text), "opentelemetry", file)
	}
}
