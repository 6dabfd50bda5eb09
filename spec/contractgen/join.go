package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// join returns a copy of an operation's file that contains the product, the
// decisions and the components of common.yaml that it needs.
func join(root, common *yaml.Node) *yaml.Node {
	joined := clone(root)
	if info, product := get(joined, "info"), get(common, "info", "x-product"); info != nil && product != nil {
		set(info, "x-product", clone(product))
	}
	if decisions := get(common, "x-decisions"); decisions != nil {
		set(joined, "x-decisions", clone(decisions))
	}
	components := get(joined, "components")
	if components == nil {
		components = mapping()
		set(joined, "components", components)
	}
	addComponents(components, get(common, "components"))
	prune(joined)
	return joined
}

func addComponents(to, from *yaml.Node) {
	for kind, group := range pairs(from) {
		target := get(to, kind)
		if target == nil {
			target = mapping()
			set(to, kind, target)
		}
		for name, component := range pairs(group) {
			if own := get(target, name); own == nil || isSelfReference(kind, name, own) {
				set(target, name, clone(component))
			}
		}
	}
}

// isSelfReference reports whether a component of an operation only refers to that of
// common.yaml with its name. Tools want the security schemes in each file.
func isSelfReference(kind, name string, n *yaml.Node) bool {
	return text(n, "$ref") == "#/components/"+kind+"/"+name
}

// prune removes components that nothing refers to. Security schemes are referred to
// by name and stay.
func prune(root *yaml.Node) {
	components := get(root, "components")
	used := map[string]bool{}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		refs(n, func(ref *yaml.Node) {
			if !used[ref.Value] {
				used[ref.Value] = true
				visit(resolve(root, mapping("$ref", ref)))
			}
		})
	}
	visit(get(root, "paths"))
	for kind, group := range pairs(clone(components)) {
		if kind == "securitySchemes" {
			continue
		}
		for name := range pairs(group) {
			if !used["#/components/"+kind+"/"+name] {
				remove(get(components, kind), name)
			}
		}
		if len(get(components, kind).Content) == 0 {
			remove(components, kind)
		}
	}
}

// all joins every operation in one document, with the paths /#Action.
func (c *contract) all() *yaml.Node {
	root := mapping("openapi", clone(get(c.common, "openapi")), "info", clone(get(c.common, "info")), "servers", clone(get(c.common, "servers")))
	paths, components, tags := mapping(), mapping(), &yaml.Node{Kind: yaml.SequenceNode}
	seen := map[string]bool{}
	for _, op := range c.Operations {
		set(paths, operationPath+"#"+op.Action, clone(op.path))
		addComponents(components, get(op.joined, "components"))
		if list := get(op.file, "tags"); list != nil {
			for _, tag := range list.Content {
				if !seen[text(tag, "name")] {
					seen[text(tag, "name")] = true
					tags.Content = append(tags.Content, clone(tag))
				}
			}
		}
	}
	set(root, "tags", tags)
	set(root, "security", clone(get(c.common, "security")))
	set(root, "x-decisions", clone(get(c.common, "x-decisions")))
	set(root, "paths", paths)
	set(root, "components", components)
	return root
}

// documents returns the documents for readers and tools: all operations in one, and
// each alone.
func documents(ctx context.Context, c *contract) ([]file, error) {
	files := make([]file, 0, len(c.Operations)+1)
	add := func(name string, root *yaml.Node) error {
		data, err := encodeValid(ctx, root)
		if err != nil {
			return fmt.Errorf("document %s: %w", name, err)
		}
		files = append(files, file{"esaspec/" + name + ".yaml", data})
		return nil
	}
	if err := add("all", c.all()); err != nil {
		return nil, err
	}
	for _, op := range c.Operations {
		if err := add(strings.ToLower(op.Action), op.document()); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// document returns the operation's document for tools: only references to schemas
// and headers are left, documented errors have their row number, and the gateway's
// errors include those that it derives from the names of the parameters.
func (op *operation) document() *yaml.Node {
	root := clone(op.joined)
	path := get(root, "paths", operationPath)
	inline(root, get(path, "parameters"))
	for _, method := range op.Methods {
		responses := get(path, strings.ToLower(method), "responses")
		inline(root, responses)
		for status, response := range pairs(responses) {
			content := get(response, "content", jsonType)
			examples := get(content, "examples")
			if examples == nil {
				continue
			}
			inline(root, examples)
			if status == "default" {
				for _, r := range op.derived {
					set(examples, r.Key, r.example())
				}
			}
			for i, r := range op.Rows {
				if example := get(examples, r.Key); example != nil && status == strconv.Itoa(r.Status) && r.Evidence == "documented" {
					example.Content = append([]*yaml.Node{scalar("x-error-row"), scalar(strconv.Itoa(i + 1))}, example.Content...)
				}
			}
		}
	}
	prune(root)
	return root
}

// inline replaces the references among the members or items of n.
func inline(root, n *yaml.Node) {
	if n == nil {
		return
	}
	for i, child := range n.Content {
		if n.Kind == yaml.SequenceNode || i%2 == 1 {
			n.Content[i] = clone(resolve(root, child))
		}
	}
}

// example returns the example of an error of the gateway.
func (r *row) example() *yaml.Node {
	return mapping("x-http-status", scalar(strconv.Itoa(r.Status)), "x-evidence", scalar(r.Evidence),
		"description", scalar(r.Description), "x-remedy", scalar(r.Remedy),
		"value", mapping("RequestId", scalar(exampleRequestID), "HostId", scalar("esa.cn-hangzhou.aliyuncs.com"),
			"Code", scalar(r.Code), "Message", scalar(r.Message)))
}

// exampleRequestID is the request ID of the documented example of ApplyCertificate.
const exampleRequestID = "156A6B-677B1A-4297B7-9187B7-2B44792"

// codegenBundle returns the document that oapi-codegen reads: one method per
// operation, no header parameters, and no references where it would generate an
// alias type.
func codegenBundle(ctx context.Context, c *contract) ([]byte, error) {
	root := c.all()
	remove(root, "x-decisions")
	for _, op := range c.Operations {
		path := get(root, "paths", operationPath+"#"+op.Action)
		if len(op.Methods) > 1 {
			remove(path, "get")
		}
		if params := get(path, "parameters"); params != nil {
			inline(root, params)
			var kept []*yaml.Node
			for _, p := range params.Content {
				if text(p, "in") != "header" {
					kept = append(kept, p)
				}
			}
			params.Content = kept
		}
		inline(root, get(path, strings.ToLower(op.Methods[0]), "responses"))
	}
	addOrder(root)
	prune(root)
	return encodeValid(ctx, root)
}

// addOrder makes oapi-codegen keep the order of properties.
func addOrder(root *yaml.Node) {
	walk(get(root, "components", "schemas"), func(n *yaml.Node) {
		place := 0
		for _, property := range pairs(get(n, "properties")) {
			if place++; property.Kind == yaml.MappingNode {
				set(property, "x-order", scalar(strconv.Itoa(place)))
			}
		}
	})
}

const generatedHeader = "# Code generated by contractgen from spec/. DO NOT EDIT.\n"

func encodeValid(ctx context.Context, root *yaml.Node) ([]byte, error) {
	data, err := encode(root)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	if err := doc.Validate(ctx); err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	return append([]byte(generatedHeader), data...), nil
}
