package sqlite_test

import (
	"testing"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
	"github.com/esacert/esacert/server/store/storetest"
)

func TestStoreInFile(t *testing.T)   { t.Parallel(); storetest.Run(t, openFile) }
func TestStoreInMemory(t *testing.T) { t.Parallel(); storetest.Run(t, openMemory) }
func TestJobsInFile(t *testing.T)    { t.Parallel(); storetest.RunJobs(t, openJobsFile) }
func TestJobsInMemory(t *testing.T)  { t.Parallel(); storetest.RunJobs(t, openJobsMemory) }

func openJobsFile(t testing.TB) store.JobStore { return openAt(t, sqlite.Config{Path: newPath(t)}) }
func openJobsMemory(t testing.TB) store.JobStore {
	return openAt(t, sqlite.Config{Path: sqlite.Memory})
}
