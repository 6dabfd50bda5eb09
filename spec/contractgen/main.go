// Command contractgen writes what oapi-codegen has no output for: the table
// of errors as Go values, and the facts of the operation (action, version,
// RAM, limits, endpoints) as Go constants and functions. It reads them from
// the contract, checks them, and writes two files:
//
//	contractgen -contract openapi.yaml -errors errors.gen.go -facts facts.gen.go
//
// A contract that breaks a rule of the table (a row twice, a key that does
// not begin with its code, a type without limits) is an error, and nothing is
// written.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"flag"
	"fmt"
	"go/format"
	"os"
	"text/template"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed errors.go.tmpl
var errorsTemplate string

//go:embed facts.go.tmpl
var factsTemplate string

func main() {
	contract := flag.String("contract", "openapi.yaml", "the contract to read")
	errorsOut := flag.String("errors", "", "the Go file of the error table to write")
	factsOut := flag.String("facts", "", "the Go file of the operation's facts to write")
	flag.Parse()
	if err := run(context.Background(), *contract, *errorsOut, *factsOut); err != nil {
		fmt.Fprintln(os.Stderr, "contractgen:", err)
		os.Exit(1)
	}
}

// sourceMode is that of source files in a work tree: everybody may read them.
const sourceMode os.FileMode = 0o644

// run reads and checks everything before it writes anything.
func run(ctx context.Context, contract, errorsOut, factsOut string) error {
	if errorsOut == "" || factsOut == "" {
		return fmt.Errorf("both -errors and -facts are needed: the files to write")
	}
	doc, err := load(ctx, contract)
	if err != nil {
		return err
	}
	table, err := readTable(doc)
	if err != nil {
		return fmt.Errorf("%s: error table: %w", contract, err)
	}
	facts, err := readFacts(doc)
	if err != nil {
		return fmt.Errorf("%s: facts: %w", contract, err)
	}
	errorsCode, err := render("errors", errorsTemplate, table)
	if err != nil {
		return err
	}
	factsCode, err := render("facts", factsTemplate, facts)
	if err != nil {
		return err
	}
	if err := os.WriteFile(errorsOut, errorsCode, sourceMode); err != nil {
		return fmt.Errorf("write the error table: %w", err)
	}
	if err := os.WriteFile(factsOut, factsCode, sourceMode); err != nil {
		return fmt.Errorf("write the facts: %w", err)
	}
	return nil
}

func load(ctx context.Context, path string) (*openapi3.T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", path, err)
	}
	if err := doc.Validate(ctx); err != nil {
		return nil, fmt.Errorf("validate %s: %w", path, err)
	}
	return doc, nil
}

func render(name, text string, data any) ([]byte, error) {
	t, err := template.New(name).Funcs(template.FuncMap{"goName": goName}).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	var buf bytes.Buffer
	if err := t.Execute(&buf, data); err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	code, err := format.Source(buf.Bytes())
	if err != nil {
		return nil, fmt.Errorf("format %s: %w", name, err)
	}
	return code, nil
}
