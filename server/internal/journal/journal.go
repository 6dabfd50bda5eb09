// Package journal keeps the recent requests of a server, and the rule that decided
// each. Users read it when a client is rejected, and tests query it to check that a
// request was rejected for the expected reason.
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

// RuleAccepted is the rule of an accepted request.
const RuleAccepted = "Accepted"

// Entry is one request and its result. It never contains a secret or a token.
type Entry struct {
	Number      uint64        `json:"number"` // from 1, in the order of the responses
	Time        time.Time     `json:"time"`   // arrival of the request
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
	SiteID      string        `json:"site_id,omitempty"` // as sent, truncated if long
	Status      int           `json:"status"`            // HTTP status; 0 if no response was sent
	Code        string        `json:"code,omitempty"`    // of the refusal
	Rule        string        `json:"rule"`              // key of the contract's error that fired, or Accepted
	Scenario    string        `json:"scenario,omitempty"`
	Detail      string        `json:"detail,omitempty"`  // explanation that is not in the response, for example the first difference of two canonical requests
	Domains     []string      `json:"domains,omitempty"` // normal form, of an accepted request
	IDs         []int64       `json:"ids,omitempty"`     // applications of an accepted request
}

// Journal is a ring of entries. It is safe for concurrent use.
type Journal struct {
	mu      sync.Mutex
	entries []Entry
	total   uint64
}

// New returns a journal of the last capacity entries. If capacity is 0, it only
// counts them.
func New(capacity int) *Journal {
	return &Journal{entries: make([]Entry, 0, max(capacity, 0))}
}

// Add appends an entry and sets its number. The oldest entry is dropped if the
// journal is full.
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

// Total returns the number of entries since the start, including dropped ones.
func (j *Journal) Total() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.total
}

// Query selects entries. The zero value selects all.
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

// All yields what Entries returns, copying a few entries at a time. An entry
// dropped meanwhile is omitted.
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

// more fills list with selected entries from next on, and returns the position to
// continue at.
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

// first returns the position of the first selected entry, counted from 0. If a
// limit is set, it counts back from the newest.
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

// oldest returns the position of the oldest kept entry, counted from 0.
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
