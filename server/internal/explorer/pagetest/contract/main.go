// Command contract writes the contract as the page gets it, for the tests of the
// page's modules.
package main

import (
	"context"
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
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, explorer.Path+"contract.json", nil))
	if w.Code != http.StatusOK {
		return fmt.Errorf("contract.json: %d %s", w.Code, w.Body)
	}
	_, err = os.Stdout.Write(w.Body.Bytes())
	return err
}
