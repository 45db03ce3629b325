package docs

import (
	"go/ast"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// goNamePattern is what can only be a name of the library: one behind a package, a
// member of one of its types, an option, a sentinel or a constant with a prefix.
var goNamePattern = regexp.MustCompile(`^(?:(?:resthook|backend|hooktest)\.[A-Z]\w*(?:\.[A-Z]\w*)?` +
	`|(?:Client|Hook|Session|Observer|App|Queue|Config|Stats|Policy|Method)\.[A-Z]\w*` +
	`|(?:With|New|Err|Action|Event|OnError|RestPolicy|Priority|Header)[A-Z]\w*` +
	`|Denied|Reason|SafeToRepeat|DefaultConfig|LoadConfig|ParseConfig|Notify)(?:$|\()`)

// A name of the library on a page is one that it exports.
func TestNamesOnThePages(t *testing.T) {
	t.Parallel()
	exported := map[string]bool{"Notify": true} // a method of every hook
	for _, folder := range []string{"", "backend", "hooktest"} {
		for name := range exportedNames(t, filepath.Join("..", folder)) {
			exported[name] = true
		}
	}
	checked := 0
	for _, page := range append(pages(t), "../README.md", "../SECURITY.md") {
		for _, span := range code(blanksPattern.ReplaceAllString(prose(t, page), " ")) {
			name, _, _ := strings.Cut(goNamePattern.FindString(span), "(")
			for _, folder := range []string{"resthook.", "backend.", "hooktest."} {
				name = strings.TrimPrefix(name, folder)
			}
			if name != "" {
				hook, method, _ := strings.Cut(name, ".")
				assert.True(t, exported[name] || exported[hook] && exported["Hook."+method], "%s speaks of %s", page, span)
				checked++
			}
		}
	}
	assert.Greater(t, checked, 100)
}

// exportedNames are the exported names of a package, those of a type's members behind
// the type's.
func exportedNames(t *testing.T, folder string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, file := range goFiles(t, folder+"/*.go") {
		for _, decl := range file.Decls {
			addNames(names, decl)
		}
	}
	require.NotEmpty(t, names)
	return names
}

func addNames(names map[string]bool, decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Recv == nil {
			names[decl.Name.Name] = true
		} else {
			names[typeName(decl.Recv.List[0].Type)+"."+decl.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			addSpec(names, spec)
		}
	}
}

func addSpec(names map[string]bool, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			names[name.Name] = true
		}
	case *ast.TypeSpec:
		names[spec.Name.Name] = true
		var members *ast.FieldList
		switch t := spec.Type.(type) {
		case *ast.StructType:
			members = t.Fields
		case *ast.InterfaceType:
			members = t.Methods
		default:
			return
		}
		for _, member := range members.List {
			for _, name := range member.Names {
				names[spec.Name.Name+"."+name.Name] = true
			}
		}
	}
}

// typeName is the name of a receiver's type, without a star and parameters.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
