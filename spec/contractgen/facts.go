package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// facts is the input of the facts template.
type facts struct {
	Version      string
	Product      string
	MaxItems     int // of the parameter Domains, before its names are checked
	DefaultType  string
	Types        []typeFacts
	Algorithms   []algorithm // in the order of their names
	MaxAlgorithm int
	Endpoints    []endpoint // by which a region is called
	Hosts        []string   // of every endpoint, in the contract's order
	Pattern      string     // the host of a region that has no entry; {region} stands for it
}

type typeFacts struct {
	Value      string
	Name       string // the Go name that oapi-codegen gives it
	Family     string
	MaxDomains int
	Plain      bool
	Wildcard   bool
}

// algorithm is a value of AlgorithmType that chooses a key.
type algorithm struct{ Name, Value string }

type endpoint struct{ Region, Host string }

func readFacts(c *contract) (facts, error) {
	f := facts{Version: c.Version, Product: text(c.common, "info", "x-product")}
	if f.Product == "" {
		return f, errors.New("common.yaml: info.x-product is missing")
	}
	if err := f.readEndpoints(get(c.common, "servers")); err != nil {
		return f, err
	}
	i := slices.IndexFunc(c.Operations, func(op *operation) bool { return op.Action == "ApplyCertificate" })
	if i < 0 {
		return f, errors.New("operation ApplyCertificate is missing")
	}
	op := c.Operations[i]
	if err := f.readTypes(get(op.joined, "components", "schemas", "CertificateType")); err != nil {
		return f, fmt.Errorf("CertificateType: %w", err)
	}
	if err := f.readMaxItems(op); err != nil {
		return f, fmt.Errorf("parameter Domains: %w", err)
	}
	if err := f.readAlgorithms(get(op.joined, "components", "schemas", "AlgorithmType")); err != nil {
		return f, fmt.Errorf("AlgorithmType: %w", err)
	}
	return f, nil
}

// readMaxItems reads the maximum length of a list of names. The limit of each type
// must be lower.
func (f *facts) readMaxItems(op *operation) error {
	i := slices.IndexFunc(op.Params, func(p parameter) bool { return p.Name == "Domains" })
	if i < 0 {
		return errors.New("missing")
	}
	n := get(op.Params[i].node, "x-max-items")
	if n == nil {
		return errors.New("x-max-items is missing")
	}
	if err := n.Decode(&f.MaxItems); err != nil {
		return fmt.Errorf("x-max-items: %w", err)
	}
	for _, t := range f.Types {
		if f.MaxItems < t.MaxDomains {
			return fmt.Errorf("x-max-items is %d, less than the %d names of %s", f.MaxItems, t.MaxDomains, t.Value)
		}
	}
	return nil
}

func (f *facts) readAlgorithms(schema *yaml.Node) error {
	var err error
	if f.MaxAlgorithm, err = strconv.Atoi(text(schema, "maxLength")); err != nil {
		return errors.New("maxLength is missing")
	}
	for name, value := range pairs(get(schema, "x-values")) {
		if value.Value == "" || len(value.Value) > f.MaxAlgorithm {
			return fmt.Errorf("x-values: %s is %q; it needs 1 to %d bytes", name, value.Value, f.MaxAlgorithm)
		}
		f.Algorithms = append(f.Algorithms, algorithm{Name: name, Value: value.Value})
	}
	if len(f.Algorithms) == 0 {
		return errors.New("x-values is missing or empty")
	}
	slices.SortFunc(f.Algorithms, func(a, b algorithm) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

func (f *facts) readTypes(schema *yaml.Node) error {
	values, names, limits := enum(schema), get(schema, "x-enum-varnames"), get(schema, "x-limits")
	if names == nil || limits == nil || len(names.Content) != len(values) || len(limits.Content) != 2*len(values) {
		return errors.New("enum, x-enum-varnames and x-limits must have the same number of items")
	}
	for i, value := range values {
		t := typeFacts{Value: value, Name: names.Content[i].Value}
		if n := get(limits, value); n != nil {
			if err := n.Decode(&struct {
				Family     *string `yaml:"family"`
				MaxDomains *int    `yaml:"maxDomains"`
				Plain      *bool   `yaml:"plain"`
				Wildcard   *bool   `yaml:"wildcard"`
			}{&t.Family, &t.MaxDomains, &t.Plain, &t.Wildcard}); err != nil {
				return fmt.Errorf("x-limits of %s: %w", value, err)
			}
		}
		if t.Family == "" || t.MaxDomains < 1 || (!t.Plain && !t.Wildcard) {
			return fmt.Errorf("x-limits of %s: family, maxDomains and plain or wildcard are required", value)
		}
		f.Types = append(f.Types, t)
	}
	if f.DefaultType = text(schema, "default"); !slices.Contains(values, f.DefaultType) {
		return fmt.Errorf("default %q is not one of the values", f.DefaultType)
	}
	return nil
}

func (f *facts) readEndpoints(servers *yaml.Node) error {
	if servers == nil {
		return errors.New("servers are missing")
	}
	for _, server := range servers.Content {
		host := strings.TrimPrefix(text(server, "url"), "https://")
		if strings.Contains(host, "{region}") {
			f.Pattern = host
			continue
		}
		f.Hosts = append(f.Hosts, host)
		if text(server, "x-alias") == "true" {
			continue // not a region
		}
		region := text(server, "x-region")
		if region == "" {
			return fmt.Errorf("server %s: x-region or x-alias: true is required", host)
		}
		f.Endpoints = append(f.Endpoints, endpoint{Region: region, Host: host})
	}
	if f.Pattern == "" {
		return errors.New("servers: an entry with {region} is required for other regions")
	}
	return nil
}
