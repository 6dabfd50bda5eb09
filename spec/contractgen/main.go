// Command contractgen joins the contract, one hand-written OpenAPI file per
// operation and a common one, and generates what oapi-codegen does not:
//
//   - bundle.yaml, the operations as paths of one document, for oapi-codegen;
//   - esaspec: a self-contained document per operation, and one of all of them;
//   - esaerrors: a value for each error;
//   - esaops: the facts of each operation (action, methods, parameters, RAM, rows);
//   - esaapi: limits, endpoints and other constants;
//   - esaserver: the interface of the rules, and the stub that calls it;
//   - client/operations.gen.go: the inputs, outputs and methods of the SDK.
//
// It is run in the directory spec:
//
//	go run ./contractgen -out ../gen
//
// If a file breaks a rule of the contract (see package documentation of spec), it
// reports every error found and writes nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	in := flag.String("in", ".", "directory with common.yaml and operations/")
	out := flag.String("out", "", "directory to write to")
	flag.Parse()
	if err := run(context.Background(), *in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "contractgen:", err)
		os.Exit(1)
	}
}

// sourceMode is the mode of source files, readable by all users.
const sourceMode os.FileMode = 0o644

// run reads and checks everything before it writes anything.
func run(ctx context.Context, in, out string) error {
	if out == "" {
		return fmt.Errorf("-out is required: set it to the directory to write to")
	}
	c, err := load(ctx, in)
	if err != nil {
		return err
	}
	files, err := generate(ctx, c)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(out, filepath.FromSlash(f.path)), f.data, sourceMode); err != nil {
			return fmt.Errorf("write %s: %w", f.path, err)
		}
	}
	return nil
}

// file is a generated file. Its path is relative to the output directory.
type file struct {
	path string
	data []byte
}

func generate(ctx context.Context, c *contract) ([]file, error) {
	errs, err := collectErrors(c)
	if err != nil {
		return nil, fmt.Errorf("errors: %w", err)
	}
	facts, err := readFacts(c)
	if err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	bundle, err := codegenBundle(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	files := []file{{"bundle.yaml", bundle}}
	documents, err := documents(ctx, c)
	if err != nil {
		return nil, err
	}
	files = append(files, documents...)
	for _, t := range []struct {
		path, template string
		data           any
	}{
		{"esaerrors/errors.gen.go", "errors.go.tmpl", errs},
		{"esaapi/facts.gen.go", "facts.go.tmpl", facts},
		{"esaops/operations.gen.go", "operations.go.tmpl", c},
		{"esaserver/rules.gen.go", "rules.go.tmpl", c},
		{"esaspec/documents.gen.go", "documents.go.tmpl", c},
		{"../client/operations.gen.go", "client.go.tmpl", c},
	} {
		code, err := render(t.template, t.data)
		if err != nil {
			return nil, err
		}
		files = append(files, file{t.path, code})
	}
	return files, nil
}
