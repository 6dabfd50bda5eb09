package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/store"
)

// A long name does not pad other lines, and is not truncated.
func TestTableWithALongName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a.", 119) + "example.com"
	var table bytes.Buffer
	err := writeTable(&table, []admin.Application{
		{ID: "1", SiteID: 7, Domain: long, Type: "lets_encrypt", Status: "Failed", Problem: &admin.Problem{Type: "urn:ietf:params:acme:error:caa"}},
		{ID: "2", SiteID: 7, Domain: "www.example.com", Type: "lets_encrypt", Status: "Applying"},
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(table.String(), "\n")
	if len(lines) != 4 || !strings.HasSuffix(lines[1], "  caa      "+long) || !strings.HasSuffix(lines[2], "  -        www.example.com") {
		t.Fatalf("%s", &table)
	}
	for _, line := range []string{lines[0], lines[2]} {
		if len(line) > 110 || strings.TrimRight(line, " ") != line {
			t.Errorf("a line of %d characters: %q", len(line), line)
		}
	}
}

// The command lists more applications than one response of the server holds,
// and does not request more than it needs.
func TestApplicationsListPages(t *testing.T) {
	t.Parallel()
	d := exampleApp(t)
	const stored = 2*listPage + 500
	domains := make([]string, stored)
	for i := range domains {
		domains[i] = fmt.Sprintf("name-%d.example.com", i)
	}
	_, err := d.server.Store().Apply(t.Context(), store.ApplyRequest{
		Account: "1000000000000001", SiteID: 1234567890123, Domains: domains, Type: "lets_encrypt", RequestID: "R",
		Plan: "standard", Family: "lets_encrypt", Quota: store.Unlimited, DNSRecordLimit: store.Unlimited,
	})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var queries []string
	handler := admin.Handler(admin.Options{Server: d.server})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		queries = append(queries, r.URL.RawQuery)
		mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	for _, tc := range []struct {
		args        []string
		items       int
		first, last int64
		queries     string
	}{
		{nil, 100, 0, 99, "limit=100"},
		{[]string{"--limit", "1000000"}, stored, 0, stored - 1, "limit=1000|after=30001477&limit=1000|after=30002477&limit=1000"},
		{[]string{"--limit", "2000"}, 2000, 0, 1999, "limit=1000|after=30001477&limit=1000"},
		{[]string{"--limit", "1500", "--after", "30000480"}, 1500, 3, 1502, "after=30000480&limit=1000|after=30001480&limit=500"},
		{[]string{"--limit", "1000000", "--status", "Failed"}, 0, 0, 0, "limit=1000&status=Failed"},
	} {
		t.Run(strings.Join(tc.args, " "), func(t *testing.T) {
			queries = nil
			var out, log bytes.Buffer
			code := run(t.Context(), append([]string{"applications", "list", "--admin", srv.URL, "--output", "json"}, tc.args...), streams{out: &out, err: &log})
			var items []admin.Application
			if err := json.Unmarshal(out.Bytes(), &items); err != nil || code != 0 || items == nil {
				t.Fatalf("exit code %d, %v: %s%.200s", code, err, &log, &out)
			}
			if len(items) != tc.items {
				t.Fatalf("%d applications, want %d", len(items), tc.items)
			}
			if len(items) > 0 && (items[0].ID != fmt.Sprint(store.FirstID+tc.first) || items[len(items)-1].ID != fmt.Sprint(store.FirstID+tc.last)) {
				t.Errorf("applications %s to %s", items[0].ID, items[len(items)-1].ID)
			}
			if got := strings.Join(queries, "|"); got != tc.queries {
				t.Errorf("requested limits %s, want %s", got, tc.queries)
			}
			out.Reset()
			if code := run(t.Context(), append([]string{"applications", "list", "--admin", srv.URL}, tc.args...), streams{out: &out, err: &log}); code != 0 {
				t.Errorf("exit code %d: %s", code, &log)
			}
			if lines := strings.Count(out.String(), "\n"); lines != tc.items+1 {
				t.Errorf("the table has %d lines, want %d", lines, tc.items+1)
			}
		})
	}
	var out, log bytes.Buffer
	if code := run(t.Context(), []string{"applications", "list", "--admin", "http://127.0.0.1:1", "--output", "json"}, streams{out: &out, err: &log}); code != 1 || out.Len() != 0 {
		t.Errorf("without a server: exit code %d, stdout %q", code, &out)
	}
}
