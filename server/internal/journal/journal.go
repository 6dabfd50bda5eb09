// Package journal keeps the last requests that a server answered, and which
// rule decided each. It is what a person reads when a client is refused, and
// what a test asks to learn that a call was refused for the right reason.
//
//	j := journal.New(1000)
//	j.Add(journal.Entry{RequestID: "…", Rule: "SiteNotFound"})
//	for _, e := range j.Entries(journal.Query{Rule: "SiteNotFound"}) { … }
package journal

import (
	"iter"
	"sync"
	"time"
)

// Accepted is the rule of a request that was carried out.
const RuleAccepted = "Accepted"

// Entry is one request and what became of it. It never holds a secret or a
// token.
type Entry struct {
	Number      uint64        `json:"number"` // from 1, in the order of the answers
	Time        time.Time     `json:"time"`   // when the request came
	Duration    time.Duration `json:"duration_ns" doc:"deprecated: duration in nanoseconds"`
	RequestID   string        `json:"request_id"`
	Remote      string        `json:"remote"` // address of the caller
	Method      string        `json:"method"`
	Path        string        `json:"path"`
	UserAgent   string        `json:"user_agent,omitempty"`
	Scheme      string        `json:"scheme,omitempty"`        // of the signature
	AccessKeyID string        `json:"access_key_id,omitempty"` // as claimed
	Principal   string        `json:"principal,omitempty"`     // ARN, once known
	Action      string        `json:"action,omitempty"`
	SiteID      string        `json:"site_id,omitempty"` // as sent, cut if it is long
	Status      int           `json:"status"`            // HTTP status; 0 where no answer was given
	Code        string        `json:"code,omitempty"`    // of the refusal
	Rule        string        `json:"rule"`              // key of the contract's error that fired, or Accepted
	Scenario    string        `json:"scenario,omitempty"`
	Detail      string        `json:"detail,omitempty"`  // why, in words that are not on the wire; where two canonical requests part
	Domains     []string      `json:"domains,omitempty"` // normal form, of an accepted request
	IDs         []int64       `json:"ids,omitempty"`     // applications of an accepted request
}

// Journal is a ring of entries. It may be used by many goroutines.
type Journal struct {
	mu      sync.Mutex
	entries []Entry
	total   uint64
}

// New makes a journal of the last capacity entries. With 0 it counts them and
// keeps none.
func New(capacity int) *Journal {
	return &Journal{entries: make([]Entry, 0, max(capacity, 0))}
}

// Add appends an entry and gives it its number. The oldest entry makes room.
func (j *Journal) Add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Number = j.total + 1
	switch {
	case len(j.entries) < cap(j.entries):
		j.entries = append(j.entries, e)
	case cap(j.entries) > 0:
		j.entries[j.total%uint64(cap(j.entries))] = e
	}
	j.total++
}

// Total counts all entries since the start, also those that made room.
func (j *Journal) Total() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.total
}

// Query selects entries. The zero value selects all of them.
type Query struct {
	RequestID string
	Rule      string
	After     uint64 // only entries with a greater number
	Limit     int    // at most this many, the newest; 0 for no limit
}

func (q Query) matches(e *Entry) bool {
	return (q.RequestID == "" || e.RequestID == q.RequestID) &&
		(q.Rule == "" || e.Rule == q.Rule) && e.Number > q.After
}

// Entries returns the selected entries that are still kept, oldest first.
func (j *Journal) Entries(q Query) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	selected := []Entry{}
	for n := j.first(q); n < j.total; n++ {
		if e := j.at(n); q.matches(e) {
			selected = append(selected, *e)
		}
	}
	return selected
}

// All yields what Entries returns, copying a few entries at a time. An entry that
// makes room meanwhile is left out.
func (j *Journal) All(q Query) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		j.mu.Lock()
		next, end := j.first(q), j.total
		j.mu.Unlock()
		some := make([]Entry, 0, 64)
		for next < end {
			some, next = j.more(q, some[:0], next, end)
			for i := range some {
				if !yield(some[i]) {
					return
				}
			}
		}
	}
}

// more fills list with selected entries from next on, and returns where to
// continue.
func (j *Journal) more(q Query, list []Entry, next, end uint64) ([]Entry, uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for next = max(next, j.oldest()); next < end && len(list) < cap(list); next++ {
		if e := j.at(next); q.matches(e) {
			list = append(list, *e)
		}
	}
	return list, next
}

// first finds where the selected entries begin, counted from 0. With a limit it
// counts back from the newest.
func (j *Journal) first(q Query) uint64 {
	oldest := max(j.oldest(), min(q.After, j.total))
	if q.Limit <= 0 {
		return oldest
	}
	n := j.total
	for left := q.Limit; n > oldest && left > 0; {
		n--
		if q.matches(j.at(n)) {
			left--
		}
	}
	return n
}

// oldest is the place of the oldest entry that is kept, counted from 0.
func (j *Journal) oldest() uint64 { return j.total - uint64(len(j.entries)) }

func (j *Journal) at(n uint64) *Entry { return &j.entries[n%uint64(cap(j.entries))] }

// Find returns the entry of a request id.
func (j *Journal) Find(requestID string) (Entry, bool) {
	found := j.Entries(Query{RequestID: requestID, Limit: 1})
	if len(found) == 0 {
		return Entry{}, false
	}
	return found[0], true
}
