package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// facts is the input of the facts template.
type facts struct {
	Operation struct {
		Action  string `json:"action"`
		Version string `json:"version"`
		Product string `json:"product"`
	}
	RAM struct {
		Operation string `json:"operation"`
		Resources []struct {
			ARN string `json:"arn"`
		} `json:"resources"`
	}
	MaxItems     int // of the parameter Domains, before its names are checked
	DefaultType  string
	Types        []typeFacts
	Algorithms   []algorithm // in the order of their names
	MaxAlgorithm uint64
	Endpoints    []endpoint // by which a region is called
	Hosts        []string   // of every endpoint, in the contract's order
	Pattern      string     // the host of a region that has no entry; {region} stands for it
}

type typeFacts struct {
	Value      string
	Name       string // the Go name that oapi-codegen gives it
	Family     string `json:"family"`
	MaxDomains int    `json:"maxDomains"`
	Plain      bool   `json:"plain"`
	Wildcard   bool   `json:"wildcard"`
}

// algorithm is a value of AlgorithmType that chooses a key.
type algorithm struct{ Name, Value string }

type endpoint struct{ Region, Host string }

func readFacts(doc *openapi3.T) (facts, error) {
	var f facts
	post := doc.Paths.Value(operationPath).Post
	if err := readExtension(post.Extensions, "x-acs", &f.Operation); err != nil {
		return f, err
	}
	if err := readExtension(post.Extensions, "x-ram-authorization", &f.RAM); err != nil {
		return f, err
	}
	if len(f.RAM.Resources) != 1 {
		return f, fmt.Errorf("x-ram-authorization has %d resources, want 1", len(f.RAM.Resources))
	}
	if err := f.readTypes(doc.Components.Schemas["CertificateType"].Value); err != nil {
		return f, fmt.Errorf("CertificateType: %w", err)
	}
	if err := f.readMaxItems(doc.Paths.Value(operationPath)); err != nil {
		return f, fmt.Errorf("parameter Domains: %w", err)
	}
	if err := f.readAlgorithms(doc.Components.Schemas["AlgorithmType"].Value); err != nil {
		return f, fmt.Errorf("AlgorithmType: %w", err)
	}
	return f, f.readEndpoints(doc.Servers)
}

// readMaxItems reads the maximum length of a list of names. The limit of each type
// must be lower.
func (f *facts) readMaxItems(path *openapi3.PathItem) error {
	domains := path.Parameters.GetByInAndName(openapi3.ParameterInQuery, "Domains")
	if domains == nil {
		return errors.New("missing")
	}
	if err := readExtension(domains.Extensions, "x-max-items", &f.MaxItems); err != nil {
		return err
	}
	for _, t := range f.Types {
		if f.MaxItems < t.MaxDomains {
			return fmt.Errorf("x-max-items is %d, less than the %d names of %s", f.MaxItems, t.MaxDomains, t.Value)
		}
	}
	return nil
}

func (f *facts) readAlgorithms(schema *openapi3.Schema) error {
	values := map[string]string{}
	if err := readExtension(schema.Extensions, "x-values", &values); err != nil {
		return err
	}
	if schema.MaxLength == nil {
		return fmt.Errorf("maxLength is missing")
	}
	f.MaxAlgorithm = *schema.MaxLength
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] == "" || uint64(len(values[name])) > f.MaxAlgorithm {
			return fmt.Errorf("x-values: %s is %q; it needs 1 to %d bytes", name, values[name], f.MaxAlgorithm)
		}
		f.Algorithms = append(f.Algorithms, algorithm{Name: name, Value: values[name]})
	}
	if len(f.Algorithms) == 0 {
		return fmt.Errorf("x-values is empty")
	}
	return nil
}

func (f *facts) readTypes(schema *openapi3.Schema) error {
	var names []string
	limits := map[string]typeFacts{}
	if err := readExtension(schema.Extensions, "x-enum-varnames", &names); err != nil {
		return err
	}
	if err := readExtension(schema.Extensions, "x-limits", &limits); err != nil {
		return err
	}
	if len(names) != len(schema.Enum) || len(limits) != len(schema.Enum) {
		return fmt.Errorf("enum, x-enum-varnames and x-limits have %d, %d and %d items, want equal lengths", len(schema.Enum), len(names), len(limits))
	}
	for i, value := range schema.Enum {
		t, ok := limits[value.(string)]
		if !ok || t.Family == "" || t.MaxDomains < 1 || (!t.Plain && !t.Wildcard) {
			return fmt.Errorf("x-limits of %v: family, maxDomains and plain or wildcard are required", value)
		}
		t.Value, t.Name = value.(string), names[i]
		f.Types = append(f.Types, t)
	}
	f.DefaultType, _ = schema.Default.(string)
	if !slices.ContainsFunc(f.Types, func(t typeFacts) bool { return t.Value == f.DefaultType }) {
		return fmt.Errorf("default %q is not one of the values", f.DefaultType)
	}
	return nil
}

func (f *facts) readEndpoints(servers openapi3.Servers) error {
	for _, server := range servers {
		host := strings.TrimPrefix(server.URL, "https://")
		if strings.Contains(host, "{region}") {
			f.Pattern = host
			continue
		}
		f.Hosts = append(f.Hosts, host)
		if alias, _ := server.Extensions["x-alias"].(bool); alias {
			continue // not a region
		}
		region, _ := server.Extensions["x-region"].(string)
		if region == "" {
			return fmt.Errorf("server %s: x-region or x-alias: true is required", server.URL)
		}
		f.Endpoints = append(f.Endpoints, endpoint{Region: region, Host: host})
	}
	if f.Pattern == "" {
		return fmt.Errorf("servers: an entry with {region} is required for other regions")
	}
	return nil
}

// ResourceExpression is the resource as a Go expression. Concatenation takes one
// allocation per request, strings.ReplaceAll sixteen.
func (f facts) ResourceExpression() string {
	text := strconv.Quote(f.RAM.Resources[0].ARN)
	for placeholder, parameter := range map[string]string{"{#regionId}": "region", "{#accountId}": "account", "{#SiteId}": "site"} {
		text = strings.ReplaceAll(text, placeholder, `" + `+parameter+` + "`)
	}
	return strings.TrimSuffix(text, ` + ""`)
}

// readExtension decodes an x- field into a Go value.
func readExtension(extensions map[string]any, name string, into any) error {
	value, ok := extensions[name]
	if !ok {
		return fmt.Errorf("%s is missing", name)
	}
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
