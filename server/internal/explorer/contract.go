package explorer

import (
	"net/http"
	"sync"
)

// contract serves the contract as JSON. It is converted on first use, because the
// conversion is the slowest part of a server's start.
type contract struct {
	page func() (asset, error)
}

func newContract() contract {
	return contract{sync.OnceValues(func() (asset, error) {
		content, err := document()
		if err != nil {
			return asset{}, err
		}
		return newAsset(content, "application/json"), nil
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
