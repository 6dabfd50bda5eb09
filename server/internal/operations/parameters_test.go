package operations_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/operations"
)

// Every parameter of the contract is read by the rule of its operation: a new parameter
// fails here until the rule uses it.
func TestRulesReadEveryParameter(t *testing.T) {
	t.Parallel()
	// Documented parameters without an effect on what the server shows.
	unused := map[string][]string{
		"SetCertificate": {"KeyServerID"}, // keyless certificates need a key server of the vendor
	}
	read := selectors(t)
	rules := reflect.TypeFor[*operations.Service]()
	for _, op := range esaops.All() {
		t.Run(op.Action, func(t *testing.T) {
			t.Parallel()
			rule, ok := rules.MethodByName(op.Action)
			if !ok {
				t.Fatal("no rule")
			}
			parameters := rule.Type.In(2)
			if parameters.NumField() != len(op.Parameters) {
				t.Errorf("%v has %d fields, the contract %d parameters", parameters, parameters.NumField(), len(op.Parameters))
			}
			for i := range parameters.NumField() {
				field := parameters.Field(i).Name
				isRead, isUnused := read[op.Action][field], slices.Contains(unused[op.Action], field)
				switch {
				case !isRead && !isUnused:
					t.Errorf("the rule does not read %s", field)
				case isRead && isUnused:
					t.Errorf("the rule reads %s, which is listed as unused", field)
				}
			}
		})
	}
}

// selectors returns the names x of the expressions in.x, by rule: those in the rule, and in
// the functions of the package that it calls.
func selectors(t *testing.T) map[string]map[string]bool {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	functions := map[string]*ast.FuncDecl{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok {
				functions[f.Name.Name] = f
			}
		}
	}
	read := map[string]map[string]bool{}
	for _, op := range esaops.All() {
		read[op.Action] = map[string]bool{}
		collect(functions, op.Action, read[op.Action], map[string]bool{})
	}
	return read
}

// collect adds the selectors of a function and of those that it calls.
func collect(functions map[string]*ast.FuncDecl, name string, read, seen map[string]bool) {
	f, ok := functions[name]
	if !ok || seen[name] {
		return
	}
	seen[name] = true
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if isInput(n.X) {
				read[n.Sel.Name] = true
			}
		case *ast.CallExpr:
			switch called := n.Fun.(type) {
			case *ast.Ident:
				collect(functions, called.Name, read, seen)
			case *ast.SelectorExpr:
				collect(functions, called.Sel.Name, read, seen)
			}
		}
		return true
	})
}

// isInput reports whether an expression is in.
func isInput(e ast.Expr) bool {
	name, ok := e.(*ast.Ident)
	return ok && name.Name == "in"
}
