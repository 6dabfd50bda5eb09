package journal_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/server/internal/journal"
)

func numbers(entries []journal.Entry) []uint64 {
	list := []uint64{}
	for _, e := range entries {
		list = append(list, e.Number)
	}
	return list
}

// The ring returns the last entries in order, whatever its capacity.
func TestEntriesAreTheLastInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		capacity, count := rapid.IntRange(-1, 9).Draw(t, "capacity"), rapid.IntRange(0, 40).Draw(t, "count")
		j := journal.New(capacity)
		for range count {
			j.Add(journal.Entry{})
		}
		want := []uint64{}
		for n := max(1, count-max(capacity, 0)+1); n <= count; n++ {
			want = append(want, uint64(n))
		}
		if got := numbers(j.Entries(journal.Query{})); !slices.Equal(got, want) {
			t.Fatalf("capacity %d, %d added: %v, want %v", capacity, count, got, want)
		}
		if j.Total() != uint64(count) {
			t.Fatalf("Total() = %d, want %d", j.Total(), count)
		}
	})
}

func TestQuery(t *testing.T) {
	t.Parallel()
	j := journal.New(10)
	for i := range 6 {
		j.Add(journal.Entry{RequestID: fmt.Sprint("r", i+1), Rule: []string{"A", "B"}[i%2]})
	}
	for _, tc := range []struct {
		name  string
		query journal.Query
		want  []uint64
	}{
		{"all", journal.Query{}, []uint64{1, 2, 3, 4, 5, 6}},
		{"by rule", journal.Query{Rule: "B"}, []uint64{2, 4, 6}},
		{"by rule, newest two", journal.Query{Rule: "B", Limit: 2}, []uint64{4, 6}},
		{"after", journal.Query{After: 4}, []uint64{5, 6}},
		{"by request", journal.Query{RequestID: "r3"}, []uint64{3}},
		{"none", journal.Query{RequestID: "r9"}, []uint64{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := numbers(j.Entries(tc.query)); !slices.Equal(got, tc.want) {
				t.Errorf("Entries(%+v) = %v, want %v", tc.query, got, tc.want)
			}
			if got := numbers(slices.Collect(j.All(tc.query))); !slices.Equal(got, tc.want) {
				t.Errorf("All(%+v) = %v, want %v", tc.query, got, tc.want)
			}
		})
	}
	if e, ok := j.Find("r5"); !ok || e.Number != 5 {
		t.Errorf("Find(r5) = %v, %v", e, ok)
	}
	if _, ok := j.Find("r9"); ok {
		t.Error("Find found an entry that is not there")
	}
}

// A query means the same whatever the journal holds, and All agrees with Entries.
func TestQueryIsAFilter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		capacity, count := rapid.IntRange(0, 300).Draw(t, "capacity"), rapid.IntRange(0, 400).Draw(t, "count")
		j := journal.New(capacity)
		for i := range count {
			j.Add(journal.Entry{Rule: []string{"A", "B", "C"}[i%3]})
		}
		q := journal.Query{
			Rule:  rapid.SampledFrom([]string{"", "A", "D"}).Draw(t, "rule"),
			After: rapid.Uint64Range(0, 500).Draw(t, "after"), Limit: rapid.IntRange(0, 400).Draw(t, "limit"),
		}
		want := []uint64{}
		for n := max(1, count-capacity+1); n <= count; n++ {
			if (q.Rule == "" || q.Rule == []string{"A", "B", "C"}[(n-1)%3]) && uint64(n) > q.After {
				want = append(want, uint64(n))
			}
		}
		if q.Limit > 0 && len(want) > q.Limit {
			want = want[len(want)-q.Limit:]
		}
		if got := numbers(j.Entries(q)); !slices.Equal(got, want) {
			t.Errorf("Entries(%+v) = %v, want %v", q, got, want)
		}
		if got := numbers(slices.Collect(j.All(q))); !slices.Equal(got, want) {
			t.Errorf("All(%+v) = %v, want %v", q, got, want)
		}
	})
}

// Entries that are added while All yields are not part of it, and those that made
// room are left out.
func TestAllWhileEntriesAreAdded(t *testing.T) {
	t.Parallel()
	j := journal.New(200)
	for range 200 {
		j.Add(journal.Entry{})
	}
	var got []uint64
	for e := range j.All(journal.Query{}) {
		got = append(got, e.Number)
		if len(got) == 1 {
			for range 100 { // entries 1 to 100 make room
				j.Add(journal.Entry{})
			}
		}
	}
	if !slices.IsSorted(got) || got[0] != 1 || got[len(got)-1] != 200 || !slices.Contains(got, 101) {
		t.Errorf("got %v", got)
	}
}

func TestAddFromManyGoroutines(t *testing.T) {
	t.Parallel()
	j := journal.New(1000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				j.Add(journal.Entry{})
			}
		})
	}
	wg.Wait()
	entries := j.Entries(journal.Query{})
	for i, e := range entries {
		if e.Number != uint64(i+1) {
			t.Fatalf("entry %d has the number %d", i, e.Number)
		}
	}
	if len(entries) != 800 {
		t.Errorf("%d entries, want 800", len(entries))
	}
}

func Example() {
	j := journal.New(1000)
	j.Add(journal.Entry{RequestID: "A", Rule: journal.RuleAccepted})
	j.Add(journal.Entry{RequestID: "B", Rule: "SiteNotFound", Detail: "account 1000000000000001 has no site 7"})
	for _, e := range j.Entries(journal.Query{Rule: "SiteNotFound"}) {
		fmt.Println(e.Number, e.RequestID, e.Detail)
	}
	// Output: 2 B account 1000000000000001 has no site 7
}

func BenchmarkAdd(b *testing.B) {
	j := journal.New(1000)
	b.ReportAllocs()
	for b.Loop() {
		j.Add(journal.Entry{Rule: journal.RuleAccepted})
	}
}
