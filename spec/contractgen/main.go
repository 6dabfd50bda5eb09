// Command contractgen generates what oapi-codegen does not: the error table as
// Go values, and the facts of the operation (action, version, RAM, limits,
// endpoints) as Go constants and functions. It reads and validates the contract
// and writes two files:
//
//	contractgen -contract openapi.yaml -errors errors.gen.go -facts facts.gen.go
//
// If the contract is invalid (a duplicate row, a key that does not begin with its
// code, a type without limits), it reports an error and writes nothing.
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
	contract := flag.String("contract", "openapi.yaml", "contract to read")
	errorsOut := flag.String("errors", "", "Go file to write the error table to")
	factsOut := flag.String("facts", "", "Go file to write the facts to")
	flag.Parse()
	if err := run(context.Background(), *contract, *errorsOut, *factsOut); err != nil {
		fmt.Fprintln(os.Stderr, "contractgen:", err)
		os.Exit(1)
	}
}

// sourceMode is the mode of source files, readable by all users.
const sourceMode os.FileMode = 0o644

// run reads and checks everything before it writes anything.
func run(ctx context.Context, contract, errorsOut, factsOut string) error {
	if errorsOut == "" || factsOut == "" {
		return fmt.Errorf("-errors and -facts are required: set them to the files to write")
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
		return fmt.Errorf("write error table: %w", err)
	}
	if err := os.WriteFile(factsOut, factsCode, sourceMode); err != nil {
		return fmt.Errorf("write facts: %w", err)
	}
	return nil
}

func load(ctx context.Context, path string) (*openapi3.T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
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
	t, err := template.New(name).Funcs(template.FuncMap{"exportedName": exportedName}).Parse(text)
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
