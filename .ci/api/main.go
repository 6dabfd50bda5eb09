// Command api prints the public API of the module, one name per line: top-level
// functions, types, constants and variables, and methods on exported types.
// It omits fields, gen/, internal packages, commands, tests and nested modules.
//
//	go run ./.ci/api          print the API
//	go run ./.ci/api -count   print the number of names, by package
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	count := flag.Bool("count", false, "print the number of names, by package")
	flag.Parse()
	if err := run(context.Background(), ".", *count, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, count bool, out io.Writer) error {
	packages, err := public(ctx, root)
	if err != nil {
		return err
	}
	total := 0
	for _, p := range packages {
		names, err := exported(p)
		if err != nil {
			return fmt.Errorf("read %s: %w", p.ImportPath, err)
		}
		total += len(names)
		if count {
			_, err = fmt.Fprintf(out, "%5d  %s\n", len(names), p.ImportPath)
		} else if len(names) > 0 {
			_, err = fmt.Fprintf(out, "%s\n\t%s\n", p.ImportPath, strings.Join(names, "\n\t"))
		}
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "%d exported names in %d packages\n", total, len(packages))
	return err
}

// listed is a package as go list prints it.
type listed struct {
	ImportPath, Name, Dir string
	GoFiles               []string
}

// public returns the packages that other modules can import.
func public(ctx context.Context, root string) ([]listed, error) {
	command := exec.CommandContext(ctx, "go", "list", "-json=ImportPath,Name,Dir,GoFiles", "./...")
	command.Dir = root
	// The same list on every machine.
	command.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	var message bytes.Buffer
	command.Stderr = &message
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, message.String())
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		elements := strings.Split(p.ImportPath, "/")
		if p.Name != "main" && !slices.Contains(elements, "internal") && !slices.Contains(elements, "gen") {
			packages = append(packages, p)
		}
	}
}

// exported returns the exported names of a package, sorted, each as it is
// declared.
func exported(p listed) ([]string, error) {
	var names []string
	files := token.NewFileSet()
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, declaration := range file.Decls {
			names = append(names, namesOf(files, declaration)...)
		}
	}
	slices.Sort(names)
	return names, nil
}

func namesOf(files *token.FileSet, declaration ast.Decl) []string {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || receiver(d).IsExported()) {
			signature := *d
			signature.Doc, signature.Body = nil, nil
			return []string{text(files, &signature)}
		}
	case *ast.GenDecl:
		var names []string
		for _, spec := range d.Specs {
			names = append(names, namesOfSpec(files, d.Tok, spec)...)
		}
		return names
	}
	return nil
}

func namesOfSpec(files *token.FileSet, kind token.Token, spec ast.Spec) []string {
	var names []string
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			names = append(names, "type "+s.Name.Name+" "+shape(files, s))
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() {
				names = append(names, kind.String()+" "+name.Name)
			}
		}
	}
	return names
}

// shape is the kind of a type, without its fields or methods.
func shape(files *token.FileSet, s *ast.TypeSpec) string {
	alias := ""
	if s.Assign.IsValid() {
		alias = "= "
	}
	switch t := s.Type.(type) {
	case *ast.StructType:
		return alias + "struct"
	case *ast.InterfaceType:
		return alias + "interface"
	default:
		return alias + text(files, t)
	}
}

// receiver is the name of the type that a method belongs to.
func receiver(d *ast.FuncDecl) *ast.Ident {
	for t := d.Recv.List[0].Type; ; {
		switch x := t.(type) {
		case *ast.Ident:
			return x
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		default:
			return ast.NewIdent("_")
		}
	}
}

// text prints a node on one line.
func text(files *token.FileSet, node ast.Node) string {
	var b strings.Builder
	if err := printer.Fprint(&b, files, node); err != nil {
		return fmt.Sprintf("(%v)", err)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
