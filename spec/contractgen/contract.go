package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// contract is the common file and the operations, in the order of their file names.
type contract struct {
	common     *yaml.Node
	Version    string
	Operations []*operation
}

// operation is one file. Its references are local: those to common.yaml are
// rewritten, and the parts they name are in joined.
type operation struct {
	File    string
	Action  string
	Methods []string // GET or POST, the first is the one that clients use
	RAM     ram
	Params  []parameter
	Rows    []*row // the documented table: by status, then by place in the file

	derived []*row     // the gateway's errors for the names of parameters
	file    *yaml.Node // as written, with local references
	joined  *yaml.Node // self-contained: file and the components of common.yaml
	path    *yaml.Node // the path item, in joined
}

const (
	operationPath = "/"
	actionHeader  = "x-acs-action"
	versionHeader = "x-acs-version"
	commonPrefix  = "../common.yaml#/"
	jsonType      = "application/json"
)

// load reads and checks the files below dir.
func load(ctx context.Context, dir string) (*contract, error) {
	common, err := readFile(filepath.Join(dir, "common.yaml"))
	if err != nil {
		return nil, err
	}
	c := &contract{common: common, Version: text(common, "info", "version")}
	paths, err := filepath.Glob(filepath.Join(dir, "operations", "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("find operations: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s has no operations/*.yaml", dir)
	}
	var problems []error
	for _, path := range paths {
		if err := validate(ctx, path); err != nil {
			return nil, err
		}
		op, err := c.readOperation(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", filepath.Base(path), err))
			continue
		}
		c.Operations = append(c.Operations, op)
	}
	return c, errors.Join(append(problems, c.checkComponents())...)
}

// readFile reads a file of the contract and rejects what tools disagree on.
func readFile(path string) (*yaml.Node, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	root, err := parseNode(data)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", path, err)
	}
	var problems []error
	walk(root, func(n *yaml.Node) {
		if n.Anchor != "" || n.Kind == yaml.AliasNode {
			problems = append(problems, fmt.Errorf("%s:%d: anchor or alias: use a $ref", path, n.Line))
		}
	})
	return root, errors.Join(problems...)
}

// validate checks that the file alone is valid OpenAPI.
func validate(ctx context.Context, path string) error {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	doc, err := loader.LoadFromFile(path)
	if err != nil {
		return fmt.Errorf("parse %s: %w", path, err)
	}
	if err := doc.Validate(ctx); err != nil {
		return fmt.Errorf("validate %s: %w", path, err)
	}
	return nil
}

func (c *contract) readOperation(path string) (*operation, error) {
	root, err := readFile(path)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"openapi", "servers", "security"} {
		if !equal(get(root, key), get(c.common, key)) {
			return nil, fmt.Errorf("%s differs from that of common.yaml", key)
		}
	}
	if version := text(root, "info", "version"); version != c.Version {
		return nil, fmt.Errorf("info.version is %q, want %q as in common.yaml", version, c.Version)
	}
	refs(root, func(ref *yaml.Node) {
		if rest, ok := strings.CutPrefix(ref.Value, commonPrefix); ok {
			ref.Value = "#/" + rest
		}
	})
	op := &operation{File: filepath.Base(path), file: root, joined: join(root, c.common)}
	if op.path = get(op.joined, "paths", operationPath); op.path == nil || len(get(op.joined, "paths").Content) != 2 {
		return nil, fmt.Errorf("want one path, %s", operationPath)
	}
	return op, errors.Join(op.readAction(c.Version), op.readParameters(), op.readRAM(), op.readRows())
}

// readAction reads the action and the methods.
func (op *operation) readAction(version string) error {
	var actions, versions []string
	for _, p := range op.parameters() {
		switch text(p, "name") {
		case actionHeader:
			actions = enum(get(p, "schema"))
		case versionHeader:
			versions = enum(get(p, "schema"))
		}
	}
	if len(actions) != 1 {
		return fmt.Errorf("the header parameter %s has %d values, want 1", actionHeader, len(actions))
	}
	if !slices.Equal(versions, []string{version}) {
		return fmt.Errorf("the header parameter %s has the values %v, want %s", versionHeader, versions, version)
	}
	op.Action = actions[0]
	if want := strings.ToLower(op.Action) + ".yaml"; op.File != want {
		return fmt.Errorf("the file of %s must be named %s", op.Action, want)
	}
	for _, method := range []string{"post", "get"} {
		node := get(op.path, method)
		if node == nil {
			continue
		}
		want := op.Action
		if len(op.Methods) > 0 {
			want += "Get"
		}
		if id := text(node, "operationId"); id != want {
			return fmt.Errorf("%s: operationId is %q, want %s", method, id, want)
		}
		op.Methods = append(op.Methods, strings.ToUpper(method))
	}
	if len(op.Methods) == 0 {
		return errors.New("want get or post")
	}
	return nil
}

// parameters returns the parameters of the path item.
func (op *operation) parameters() []*yaml.Node {
	var list []*yaml.Node
	if n := get(op.path, "parameters"); n != nil {
		for _, p := range n.Content {
			list = append(list, resolve(op.joined, p))
		}
	}
	return list
}

// main returns the operation object of the method that clients use.
func (op *operation) main() *yaml.Node { return get(op.path, strings.ToLower(op.Methods[0])) }

func enum(schema *yaml.Node) []string {
	var values []string
	if n := get(schema, "enum"); n != nil {
		for _, v := range n.Content {
			values = append(values, v.Value)
		}
	}
	return values
}

// checkComponents checks that a component name means the same in every file.
func (c *contract) checkComponents() error {
	owner := map[string]string{}
	for kind, group := range pairs(get(c.common, "components")) {
		for name := range pairs(group) {
			owner[kind+"/"+name] = "common.yaml"
		}
	}
	var problems []error
	for _, op := range c.Operations {
		for kind, group := range pairs(get(op.file, "components")) {
			for name, component := range pairs(group) {
				if isSelfReference(kind, name, component) {
					continue
				}
				id := kind + "/" + name
				if other, taken := owner[id]; taken {
					problems = append(problems, fmt.Errorf("%s: components/%s is in %s too: rename it, or refer to one of them", op.File, id, other))
				}
				owner[id] = op.File
			}
		}
	}
	return errors.Join(problems...)
}

// Form reports whether clients send the parameters as a form.
func (op *operation) Form() bool { return get(op.main(), "requestBody") != nil }

// Summary is the summary of the operation.
func (op *operation) Summary() string { return text(op.main(), "summary") }

// Variable is the Go name of the operation's document.
func (op *operation) Variable() string { return strings.ToLower(op.Action[:1]) + op.Action[1:] }

// InputType is the type that oapi-codegen generates for the parameters.
func (op *operation) InputType() string {
	if op.Form() {
		return op.Action + "FormdataRequestBody"
	}
	return op.Action + "Params"
}

// OutputType is the type of the body of a success.
func (op *operation) OutputType() string {
	response := resolve(op.joined, get(op.main(), "responses", "200"))
	ref := text(get(response, "content", jsonType, "schema"), "$ref")
	return ref[strings.LastIndex(ref, "/")+1:]
}

// HasForm reports whether an operation has a form.
func (c *contract) HasForm() bool { return slices.ContainsFunc(c.Operations, (*operation).Form) }

// Read reports whether the operation changes nothing.
func (op *operation) Read() bool {
	return op.RAM.AccessLevel == "get" || op.RAM.AccessLevel == "list"
}

// HasSite reports whether the operation has the parameter SiteId.
func (op *operation) HasSite() bool {
	return slices.ContainsFunc(op.Params, func(p parameter) bool { return p.Name == "SiteId" })
}

// Items is the Go name of the list in the response of an operation with pages; "" for
// others.
func (op *operation) Items() string {
	name, _ := op.list()
	return exportedName(name)
}

// ItemType is the type of its items.
func (op *operation) ItemType() string {
	_, item := op.list()
	return item
}

// list returns the first list of named items in the response of an operation with the
// parameter PageNumber.
func (op *operation) list() (name, itemType string) {
	if !slices.ContainsFunc(op.Params, func(p parameter) bool { return p.Name == "PageNumber" }) {
		return "", ""
	}
	body := get(op.joined, "components", "schemas", op.OutputType())
	for name, property := range pairs(get(body, "properties")) {
		if ref := text(property, "items", "$ref"); ref != "" {
			return name, ref[strings.LastIndex(ref, "/")+1:]
		}
	}
	return "", ""
}

// Secrets are the parameters that must not be shown.
func (op *operation) Secrets() []parameter {
	return slices.DeleteFunc(slices.Clone(op.Params), func(p parameter) bool { return text(p.node, "x-secret") != "true" })
}
