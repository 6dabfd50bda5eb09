package storetest

import (
	"testing"

	"github.com/esacert/esacert/server/store"
)

// The model keeps its own promises: a check that fails here is wrong itself.
func TestModel(t *testing.T) {
	t.Parallel()
	Run(t, func(testing.TB) store.Store { return &model{} })
}
