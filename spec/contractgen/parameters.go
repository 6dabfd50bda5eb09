package main

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ram is the x-ram-authorization of an operation.
type ram struct {
	Action      string
	AccessLevel string
	Evidence    string
	Resource    string // ARN with placeholders
}

func (op *operation) readRAM() error {
	n := get(op.path, "x-ram-authorization")
	op.RAM = ram{Action: text(n, "operation"), AccessLevel: text(n, "accessLevel"), Evidence: text(n, "x-evidence")}
	if op.RAM.Evidence == "" {
		op.RAM.Evidence = "documented"
	}
	if resources := get(n, "resources"); resources != nil && len(resources.Content) == 1 {
		op.RAM.Resource = text(resources.Content[0], "arn")
	}
	if op.RAM.Action == "" || op.RAM.AccessLevel == "" || op.RAM.Resource == "" {
		return errors.New("x-ram-authorization: operation, accessLevel and one resource with an arn are required")
	}
	return nil
}

// ResourceExpression is the resource as a Go expression. Concatenation takes one
// allocation per request, strings.ReplaceAll sixteen.
func (r ram) ResourceExpression() string {
	code := fmt.Sprintf("%q", r.Resource)
	for _, p := range [][2]string{{"{#regionId}", "region"}, {"{#accountId}", "account"}, {"{#SiteId}", "site"}} {
		code = strings.ReplaceAll(code, p[0], `" + `+p[1]+` + "`)
	}
	return strings.TrimSuffix(code, ` + ""`)
}

// parameter is a query or form parameter of an operation.
type parameter struct {
	Name     string
	Kind     string // String, Int32, Int64 or Boolean: a constant of esaops
	Required bool
	In       string // query or form
	Missing  string // keys of the errors; row keys or those of the gateway's templates
	Invalid  string
	node     *yaml.Node
	enum     string // name of the schema of an enumeration; "" for others
}

// GoType is the type of the parameter in the SDK's input.
func (p parameter) GoType() string {
	if p.enum != "" {
		return "esaapi." + p.enum
	}
	return map[string]string{"String": "string", "Boolean": "bool", "Int32": "int32", "Int64": "int64"}[p.Kind]
}

// Zero is the zero value of GoType.
func (p parameter) Zero() string {
	return map[string]string{"String": `""`, "Boolean": "false", "Int32": "0", "Int64": "0"}[p.Kind]
}

// Comment is the description as a Go comment.
func (p parameter) Comment(indent string) string {
	return comment(text(p.node, "description"), indent)
}

// comment wraps a text into lines of a Go comment.
func comment(text, indent string) string {
	var lines []string
	line := indent + "//"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 90 {
			lines = append(lines, line)
			line = indent + "//"
		}
		line += " " + word
	}
	return strings.Join(append(lines, line), "\n")
}

func (op *operation) readParameters() error {
	var problems []error
	add := func(name, in string, required bool, node, schema *yaml.Node) {
		p := parameter{Name: name, In: in, Required: required, node: node, Missing: text(node, "x-missing"), Invalid: text(node, "x-invalid")}
		switch kind := text(resolve(op.joined, schema), "type"); kind {
		case "integer":
			p.Kind = "Int64"
			if text(resolve(op.joined, schema), "format") == "int32" {
				p.Kind = "Int32"
			}
		case "boolean":
			p.Kind = "Boolean"
		case "string":
			p.Kind = "String"
		default:
			problems = append(problems, fmt.Errorf("parameter %s: type is %q, want integer, boolean or string", name, kind))
		}
		if ref := text(schema, "$ref"); ref != "" && get(resolve(op.joined, schema), "enum") != nil {
			p.enum = ref[strings.LastIndex(ref, "/")+1:]
		}
		if p.Missing == "" && required {
			p.Missing = "Missing" + name
		}
		if p.Invalid == "" {
			p.Invalid = "Invalid" + name
		}
		op.Params = append(op.Params, p)
	}
	for _, p := range op.parameters() {
		if text(p, "in") == "query" {
			add(text(p, "name"), "query", text(p, "required") == "true", p, get(p, "schema"))
		}
	}
	if len(op.Methods) > 0 {
		form := resolve(op.joined, get(op.main(), "requestBody", "content", "application/x-www-form-urlencoded", "schema"))
		required := map[string]bool{}
		if list := get(form, "required"); list != nil {
			for _, name := range list.Content {
				required[name.Value] = true
			}
		}
		for name, property := range pairs(get(form, "properties")) {
			add(name, "form", required[name], resolve(op.joined, property), property)
		}
	}
	return errors.Join(problems...)
}

// Arguments are the parameters of the function that returns the resource; blank if
// the resource does not contain them.
func (r ram) Arguments() string {
	names := []string{"_", "_", "_"}
	for i, p := range [][2]string{{"{#regionId}", "region"}, {"{#accountId}", "account"}, {"{#SiteId}", "site"}} {
		if strings.Contains(r.Resource, p[0]) {
			names[i] = p[1]
		}
	}
	return strings.Join(names, ", ")
}
