package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// manyApplications is a store with applications 1 to count, which records the
// largest requested page. Reads fail from page failing on.
type manyApplications struct {
	store.JobStore
	count   int64
	failing int
	pages   int
	largest int
}

var errRead = errors.New("the disk is gone")

func (m *manyApplications) ListRecords(_ context.Context, q store.Query) ([]store.JobRecord, error) {
	m.pages++
	m.largest = max(m.largest, q.Limit)
	if m.pages == m.failing {
		return nil, errRead
	}
	found := make([]store.JobRecord, 0, storerules.PageSize(q))
	for id := q.After + 1; id <= m.count && len(found) < storerules.PageSize(q); id++ {
		found = append(found, store.JobRecord{Application: store.Application{
			ID: id, Domain: fmt.Sprintf("name-%d.example.com", id), Status: store.Applying,
		}})
	}
	return found, nil
}

func newMany(t *testing.T, count int64) (*manyApplications, *core.Server, http.Handler) {
	t.Helper()
	cfg, err := config.Parse(config.Example(), "example")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Journal.Capacity = 20_000
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: config.InMemory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // in memory
	m := &manyApplications{JobStore: db, count: count}
	srv, err := core.New(t.Context(), core.Options{Config: cfg, Store: m})
	if err != nil {
		t.Fatal(err)
	}
	return m, srv, admin.Handler(admin.Options{Server: srv})
}

func get(h http.Handler, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+target, nil))
	return w
}

// A response has at most MaxLimit items, and the store is read at most one page
// at a time.
func TestLimits(t *testing.T) {
	t.Parallel()
	m, srv, h := newMany(t, 25_000)
	for range 20_000 {
		srv.Journal().Add(journal.Entry{Rule: journal.RuleAccepted})
	}
	for _, tc := range []struct {
		target      string
		items       int
		first, last float64 // id or number
	}{
		{"/applications", store.DefaultLimit, 1, store.DefaultLimit},
		{"/applications?limit=0", store.DefaultLimit, 1, store.DefaultLimit},
		{"/applications?limit=1", 1, 1, 1},
		{"/applications?limit=1500&after=20", 1500, 21, 1520},
		{"/applications?limit=1000000", admin.MaxLimit, 1, admin.MaxLimit},
		{"/applications?limit=1000000&after=24990", 10, 24_991, 25_000},
		{"/applications?limit=99999999999999999999999", admin.MaxLimit, 1, admin.MaxLimit},
		{"/applications?limit=5&after=25000", 0, 0, 0},
		{"/journal", admin.MaxLimit, 10_001, 20_000},
		{"/journal?limit=0", admin.MaxLimit, 10_001, 20_000},
		{"/journal?limit=3", 3, 19_998, 20_000},
		{"/journal?limit=1000000", admin.MaxLimit, 10_001, 20_000},
		{"/journal?limit=1000000&after=19995", 5, 19_996, 20_000},
		{"/journal?limit=99999999999999999999999", admin.MaxLimit, 10_001, 20_000},
	} {
		t.Run(tc.target, func(t *testing.T) {
			w := get(h, tc.target)
			var items []map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &items); err != nil || w.Code != http.StatusOK || items == nil {
				t.Fatalf("%d %v %.300s", w.Code, err, w.Body)
			}
			if w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("Content-Type is %q", w.Header().Get("Content-Type"))
			}
			if len(items) != tc.items {
				t.Fatalf("%d items, want %d", len(items), tc.items)
			}
			if len(items) > 0 && (place(items[0]) != tc.first || place(items[len(items)-1]) != tc.last) {
				t.Errorf("items %v to %v, want %v to %v", place(items[0]), place(items[len(items)-1]), tc.first, tc.last)
			}
		})
	}
	if m.largest == 0 || m.largest > store.MaxLimit {
		t.Errorf("a page of %d applications was read, want at most %d", m.largest, store.MaxLimit)
	}
	for _, target := range []string{"/applications?after=99999999999999999999999", "/journal?limit=-99999999999999999999999", "/journal?limit=1e3"} {
		if w := get(h, target); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %.200s", target, w.Code, w.Body)
		}
	}
}

// place returns the number of a journal entry, or the ID of an application.
func place(item map[string]any) float64 {
	if number, ok := item["number"].(float64); ok {
		return number
	}
	var id float64
	_ = json.Unmarshal([]byte(fmt.Sprint(item["id"])), &id) // 0 is not a valid place
	return id
}

// A list that fails halfway is recognizable as incomplete.
func TestListBreaks(t *testing.T) {
	t.Parallel()
	m, _, h := newMany(t, 1000)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	for _, tc := range []struct {
		name    string
		failing int
		status  int
		whole   bool
	}{
		{"on the first page", 1, http.StatusInternalServerError, true},
		{"on the third page", 3, http.StatusOK, false},
		{"never", 0, http.StatusOK, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m.pages, m.failing = 0, tc.failing
			response, err := http.Get(srv.URL + "/applications?limit=1000")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			_ = response.Body.Close() // already read
			if response.StatusCode != tc.status || (err == nil) != tc.whole {
				t.Errorf("status %d, error %v, %d bytes", response.StatusCode, err, len(body))
			}
			if tc.status == http.StatusInternalServerError && !strings.Contains(string(body), errRead.Error()) {
				t.Errorf("body %s", body)
			}
		})
	}
}

// discard is a caller that discards the body, and samples the memory in use as
// it arrives.
type discard struct {
	header http.Header
	bytes  int64
	peak   uint64
	seen   int64
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
func (d *discard) Write(p []byte) (int, error) {
	d.bytes += int64(len(p))
	if d.bytes-d.seen > 1<<18 {
		d.seen = d.bytes
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		d.peak = max(d.peak, m.HeapAlloc)
	}
	return len(p), nil
}

// BenchmarkLimit1000000 has five concurrent callers that request a million
// applications, with 100,000 stored, and measures one response and its cost.
func BenchmarkLimit1000000(b *testing.B) {
	cfg, err := config.Parse(config.Example(), "example")
	if err != nil {
		b.Fatal(err)
	}
	db, err := sqlite.Open(b.Context(), sqlite.Config{Path: config.InMemory})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() }) // in memory
	for i := range 100 {
		domains := make([]string, 1000)
		for k := range domains {
			domains[k] = fmt.Sprintf("name-%d-%d.example.com", i, k)
		}
		_, err := db.Apply(b.Context(), store.ApplyRequest{
			Account: "1000000000000001", SiteID: 1234567890123, Domains: domains, Type: "lets_encrypt", Plan: "standard", Family: "lets_encrypt",
			RequestID: fmt.Sprintf("0A1B2C3D-0000-0000-0000-%012d", i), Quota: store.Unlimited, DNSRecordLimit: store.Unlimited,
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	srv, err := core.New(b.Context(), core.Options{Config: cfg, Store: db})
	if err != nil {
		b.Fatal(err)
	}
	h := admin.Handler(admin.Options{Server: srv})
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	var peak atomic.Uint64
	for b.Loop() {
		done := make(chan *discard)
		for range 5 {
			go func() {
				w := &discard{header: http.Header{}}
				h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/applications?limit=1000000", nil))
				done <- w
			}()
		}
		for range 5 {
			w := <-done
			peak.Store(max(peak.Load(), w.peak))
			b.ReportMetric(float64(w.bytes)/1e6, "MB/response")
		}
	}
	b.ReportMetric(float64(peak.Load()-min(before.HeapAlloc, peak.Load()))/1e6, "MB-peak")
}
