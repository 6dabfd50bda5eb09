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

// maxFileBytes is the largest file that is read, in octets: some hundred
// thousand sites.
const maxFileBytes = 16 << 20

// Option changes where Parse and Load look for secrets.
type Option func(*decoder)

// WithEnvironment gives the look-up of environment variables, in place of
// os.LookupEnv.
func WithEnvironment(lookup func(name string) (string, bool)) Option {
	return func(d *decoder) { d.env = lookup }
}

// WithFiles gives the reading of files with secrets, in place of os.ReadFile.
func WithFiles(read func(path string) ([]byte, error)) Option {
	return func(d *decoder) { d.readFile = read }
}

// Load reads a configuration from a file. Errors: those of os.ReadFile, and
// *Error for what Parse refuses.
func Load(path string, options ...Option) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return Parse(data, path, options...)
}

// Parse reads a configuration. The name is that of the file: it stands in
// errors, and files with secrets are looked for beside it. What the data leaves
// out is as in Default. The error is an *Error.
func Parse(data []byte, name string, options ...Option) (*Config, error) {
	d := &decoder{
		name:      name,
		env:       os.LookupEnv,
		readFile:  os.ReadFile,
		positions: map[string]position{},
		failed:    map[string]bool{},
	}
	for _, option := range options {
		option(d)
	}
	root, err := parseYAML(data)
	if err != nil {
		return nil, problems{*err}.err(name)
	}
	cfg := d.config(root)
	d.merge(cfg.problems())
	if err := d.problems.err(name); err != nil {
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

// parseYAML gives the one document of the data, or nil if it is empty.
func parseYAML(data []byte) (ast.Node, *Problem) {
	if len(data) > maxFileBytes {
		return nil, &Problem{Message: fmt.Sprintf("the file has %d octets, more than %d", len(data), maxFileBytes)}
	}
	if !utf8.Valid(data) {
		return nil, &Problem{Message: "the file is not valid UTF-8"}
	}
	// Some editors begin a file with a byte order mark.
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
			return nil, &Problem{Line: at.line, Column: at.column, Message: "a second document; there may be only one"}
		}
	}
	return root, nil
}

// syntaxProblem takes the message alone. The error's own text goes on with the
// lines around the place, and there may be secrets in them.
func syntaxProblem(err error) *Problem {
	var syntax yaml.Error
	if !errors.As(err, &syntax) {
		return &Problem{Message: "the file is not valid YAML"}
	}
	p := &Problem{Message: "not valid YAML: " + syntax.GetMessage()}
	if token := syntax.GetToken(); token != nil && token.Position != nil {
		p.Line, p.Column = token.Position.Line, token.Position.Column
	}
	return p
}
