package explorer_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/explorer"
)

// The contract keeps its errors and their order on the way to JSON.
func TestContract(t *testing.T) {
	t.Parallel()
	w := ask(handler(t, explorer.Options{}), http.MethodGet, explorer.Path+"contract.json")
	var doc struct {
		Paths map[string]struct {
			Post struct {
				Responses map[string]struct {
					Content map[string]struct {
						Examples map[string]struct {
							Row    int    `json:"x-error-row"`
							Remedy string `json:"x-remedy"`
							Value  struct{ Code, Message string }
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, response := range doc.Paths["/"].Post.Responses {
		for key, example := range response.Content["application/json"].Examples {
			row, ok := esaerrors.ByKey(key)
			if !ok {
				continue // the answer that accepts
			}
			found++
			if row.Number != example.Row || row.Remedy != example.Remedy || row.Code != example.Value.Code || row.Message != example.Value.Message {
				t.Errorf("%s: %+v, want %+v", key, example, row)
			}
		}
	}
	if want := len(esaerrors.Rows()) + len(esaerrors.Gateway()); found != want {
		t.Errorf("%d errors, want %d", found, want)
	}
}
