// Command contract writes the contracts as the page gets them, by action, for the
// tests of the page's modules.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/esacert/esacert/server/internal/explorer"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	page, err := explorer.New(explorer.Options{})
	if err != nil {
		return err
	}
	get := func(path string) ([]byte, error) {
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, explorer.Path+path, nil))
		if w.Code != http.StatusOK {
			return nil, fmt.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		return w.Body.Bytes(), nil
	}
	list, err := get("operations.json")
	if err != nil {
		return err
	}
	var operations []struct{ Action string }
	if err := json.Unmarshal(list, &operations); err != nil {
		return err
	}
	all := map[string]json.RawMessage{}
	for _, op := range operations {
		if all[op.Action], err = get("contract.json?operation=" + op.Action); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}
