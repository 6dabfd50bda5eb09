package explorer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/gen/esaspec"
)

// contracts serves the contracts of the operations.
type contracts struct {
	pages map[string]func() (asset, error) // as JSON, by action
	files map[string]asset                 // as YAML, by the name of the file
	list  asset
}

// newContracts returns the handlers. A contract is converted to JSON on first use,
// because the conversion is the slowest part of a server's start.
func newContracts() (contracts, error) {
	c := contracts{map[string]func() (asset, error){}, map[string]asset{"all.yaml": newAsset(esaspec.All(), yamlType)}, asset{}}
	var operations []operation
	for _, op := range esaops.All() {
		document, ok := esaspec.Operation(op.Action)
		if !ok {
			return c, fmt.Errorf("explorer: %s has no contract", op.Action)
		}
		c.files[strings.ToLower(op.Action)+".yaml"] = newAsset(document, yamlType)
		c.pages[op.Action] = sync.OnceValues(func() (asset, error) {
			content, err := toJSON(document)
			if err != nil {
				return asset{}, fmt.Errorf("explorer: contract of %s as JSON: %w", op.Action, err)
			}
			return newAsset(content, jsonType), nil
		})
		operations = append(operations, operation{op.Action, op.Methods})
	}
	content, err := json.Marshal(operations)
	if err != nil {
		return c, fmt.Errorf("explorer: list of operations: %w", err)
	}
	c.list = newAsset(content, jsonType)
	return c, nil
}

// operation is an item of operations.json.
type operation struct {
	Action  string   `json:"action"`
	Methods []string `json:"methods"`
}

const (
	jsonType = "application/json"
	yamlType = "application/yaml"
)

// page serves the contract of the operation in the query, by default that of
// ApplyCertificate.
func (c contracts) page(w http.ResponseWriter, r *http.Request) {
	action := esaops.ApplyCertificate.Action
	if query := r.URL.Query(); query.Has("operation") {
		action = query.Get("operation")
	}
	load, ok := c.pages[action]
	if !ok {
		http.Error(w, "operation not found; the operations are at "+Path+"operations.json", http.StatusNotFound)
		return
	}
	p, err := load()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	p.ServeHTTP(w, r)
}

// file serves a document as YAML.
func (c contracts) file(w http.ResponseWriter, r *http.Request) {
	found, ok := c.files[r.PathValue("name")]
	if !ok {
		http.Error(w, "document not found; that of all operations is at "+Path+"spec/all.yaml", http.StatusNotFound)
		return
	}
	found.ServeHTTP(w, r)
}
