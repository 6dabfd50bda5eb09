package explorer

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/esacert/esacert/spec"
)

// contract serves the contract as JSON. It is converted when it is first asked
// for, which takes longer than all else at the start of a server.
type contract struct {
	page func() (page, error)
}

func newContract() contract {
	return contract{sync.OnceValues(func() (page, error) {
		text, err := yaml.YAMLToJSON(spec.Document())
		if err != nil {
			return page{}, fmt.Errorf("explorer: convert the contract to JSON: %w", err)
		}
		return newPage(text, "application/json"), nil
	})}
}

func (c contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, err := c.page()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	p.ServeHTTP(w, r)
}
