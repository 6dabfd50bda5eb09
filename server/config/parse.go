package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFileBytes limits the size of the file. It is enough for some hundred thousand
// sites.
const maxFileBytes = 16 << 20

// Load reads a configuration from a file. If the content is invalid, the error is an
// *Error.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(data, path)
}

// Parse reads a configuration. Errors contain the name of the file, and paths in the
// file are relative to its directory. Missing keys have the values of Default. The
// error is an *Error.
func Parse(data []byte, name string) (*Config, error) {
	return parse(data, &decoder{name: name, env: os.LookupEnv, readFile: os.ReadFile})
}

func parse(data []byte, d *decoder) (*Config, error) {
	d.positions, d.failed = map[string]position{}, map[string]bool{}
	root, err := parseYAML(data)
	if err != nil {
		return nil, problems{*err}.err(d.name)
	}
	cfg := d.config(root)
	d.merge(cfg.check().problems)
	if err := d.problems.err(d.name); err != nil {
		return nil, err
	}
	return cfg, nil
}

// resolvePath resolves a path against the directory of the file.
func (d *decoder) resolvePath(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(d.name), path)
}

// parseYAML returns the document of the data, or nil if it is empty.
func parseYAML(data []byte) (ast.Node, *Problem) {
	if len(data) > maxFileBytes {
		return nil, &Problem{Message: fmt.Sprintf("file has %d bytes, limit is %d", len(data), maxFileBytes)}
	}
	if !utf8.Valid(data) {
		return nil, &Problem{Message: "file is not valid UTF-8"}
	}
	// Some editors write a byte order mark.
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxProblem(err)
	}
	var root ast.Node
	for _, document := range file.Docs {
		switch {
		case document.Body == nil:
		case root == nil:
			root = document.Body
		default:
			at := nodePosition(document.Body)
			return nil, &Problem{Line: at.line, Column: at.column, Message: "multiple YAML documents; want one"}
		}
	}
	return root, nil
}

// syntaxProblem converts an error of the parser. It omits the lines of the file that
// the error quotes, because they may contain secrets.
func syntaxProblem(err error) *Problem {
	var syntax yaml.Error
	if !errors.As(err, &syntax) {
		return &Problem{Message: "invalid YAML"}
	}
	p := &Problem{Message: "invalid YAML: " + syntax.GetMessage()}
	if token := syntax.GetToken(); token != nil && token.Position != nil {
		p.Line, p.Column = token.Position.Line, token.Position.Column
	}
	return p
}
