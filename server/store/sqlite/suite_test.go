package sqlite_test

import (
	"testing"

	"github.com/esacert/esacert/server/store/storetest"
)

func TestStoreInFile(t *testing.T)   { t.Parallel(); storetest.Run(t, openFile) }
func TestStoreInMemory(t *testing.T) { t.Parallel(); storetest.Run(t, openMemory) }
