package sqlite_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
	"github.com/esacert/esacert/server/store/storetest"
)

// rowsVariable is the environment variable for the number of applications in a
// large store, for example 1000000.
const rowsVariable = "ESACERT_STORE_ROWS"

func manyRows(t testing.TB) int {
	t.Helper()
	value := os.Getenv(rowsVariable)
	if value == "" {
		return 5_000
	}
	rows, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s: %v", rowsVariable, err)
	}
	return rows
}

// BenchmarkSize applies to a store of 1,000 applications and to one of many:
// time and resident memory (MB-rss) should hardly differ.
func BenchmarkSize(b *testing.B) {
	for _, rows := range []int{1_000, manyRows(b)} {
		s := openFile(b)
		storetest.Fill(b, s, rows)
		for _, callers := range []int{1, 32} {
			b.Run(fmt.Sprintf("rows=%d/callers=%d", rows, callers), func(b *testing.B) {
				b.ReportAllocs()
				one := burst(b, s, strconv.Itoa(b.N), callers, (b.N+callers-1)/callers)
				b.ReportMetric(1/one.Seconds(), "req/s")
				b.ReportMetric(residentMB(b), "MB-rss")
			})
		}
	}
}

// TestManyRows compares applies to a store of many applications with those to
// a store of 1,000, and opens the large one again. The stores alternate, so
// that other load on the disk affects both.
func TestManyRows(t *testing.T) {
	t.Parallel()
	rows := manyRows(t)
	paths := [2]string{newPath(t), newPath(t)}
	var stores [2]store.Store
	for i, n := range []int{1_000, rows} {
		stores[i] = openAt(t, sqlite.Config{Path: paths[i]})
		storetest.Fill(t, stores[i], n)
	}
	applied := 0
	for _, callers := range []int{1, 32} {
		var took [2][]time.Duration
		const turns, each = 40, 5
		for turn := range turns {
			for i, s := range stores {
				took[i] = append(took[i], burst(t, s, fmt.Sprintf("%d-%d", callers, turn), callers, each))
			}
		}
		applied += turns * callers * each
		few, many := median(took[0]), median(took[1])
		t.Logf("%d callers: %v for an apply at 1000 rows, %v at %d rows: %.2f times; %.0f MB resident",
			callers, few, many, rows, float64(many)/float64(few), residentMB(t))
	}
	mustClose(t, stores[1])

	start := time.Now()
	s := openAt(t, sqlite.Config{Path: paths[1]})
	t.Logf("reopened in %v", time.Since(start))
	if made := mustApply(t, s, batch("last.example.com")); made[0].ID != store.FirstID+int64(rows+applied) {
		t.Errorf("the id after reopening is %d", made[0].ID)
	}
	mustClose(t, s)
	assertIntegrity(t, paths[1])
}

// burst lets each caller apply for the given number of names, distributed over the
// sites of Fill, and returns the time per request.
func burst(t testing.TB, s store.Store, name string, callers, each int) time.Duration {
	t.Helper()
	start := time.Now()
	var running sync.WaitGroup
	for i := range callers {
		running.Go(func() {
			for n := range each {
				b := batch(fmt.Sprintf("%s-%d-%d.example.com", name, i, n))
				b.SiteID += int64((i*7919 + n*104729) % 1000)
				if _, err := s.Apply(t.Context(), b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	return time.Since(start) / time.Duration(callers*each)
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}

// residentMB is the memory of this process that is in RAM; SQLite's is not on
// Go's heap. It returns 0 if the system does not report it.
func residentMB(t testing.TB) float64 {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	if err != nil {
		t.Fatal(err)
	}
	return float64(pages) * float64(os.Getpagesize()) / 1e6
}
