package serverrunner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/esacert/esacert/conformance/internal/redact"
)

// Journal looks up which rule of the contract decided a request. It must be safe for
// concurrent use.
type Journal interface {
	// Rule returns the key of an error, or RuleAccepted, for the request with the
	// given ID. It returns ErrNoEntry if it does not know the request.
	Rule(ctx context.Context, requestID string) (string, error)
}

// JournalFunc is a function that implements Journal.
type JournalFunc func(ctx context.Context, requestID string) (string, error)

// Rule calls f.
func (f JournalFunc) Rule(ctx context.Context, requestID string) (string, error) {
	return f(ctx, requestID)
}

// RuleAccepted is the rule of a request that was accepted.
const RuleAccepted = "Accepted"

// ErrNoEntry reports that a journal does not know a request.
var ErrNoEntry = errors.New("request is not in the journal")

// HTTPJournal returns the Journal of an esacertd at the given URL, for example
// http://127.0.0.1:8081/journal. If client is nil, it uses http.DefaultClient.
func HTTPJournal(address string, client *http.Client) Journal { return newHTTPJournal(address, client) }

func newHTTPJournal(address string, client *http.Client) *httpJournal {
	if client == nil {
		client = http.DefaultClient
	}
	return &httpJournal{address: address, client: client}
}

// JournalError reports that Open could not read the journal of the targets. Open
// wraps it together with ErrTarget.
type JournalError struct {
	URL string
	Err error
}

// Error redacts the URL.
func (e *JournalError) Error() string {
	return fmt.Sprintf("journal %s cannot be read: %v", redact.URL(e.URL), e.Err)
}

func (e *JournalError) Unwrap() error { return e.Err }

// check requests an entry that does not exist, to test that the journal can be read.
func (j *httpJournal) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if _, err := j.fetchRule(ctx, "none"); err != nil && !errors.Is(err, ErrNoEntry) {
		return &JournalError{URL: j.address, Err: err}
	}
	return nil
}

type httpJournal struct {
	address string
	client  *http.Client
}

// Polling for an entry, which a server may write shortly after its response.
const (
	journalTries = 20
	journalPause = 25 * time.Millisecond
)

// Rule polls the journal for half a second until the entry exists.
func (j *httpJournal) Rule(ctx context.Context, requestID string) (string, error) {
	for try := 1; ; try++ {
		rule, err := j.fetchRule(ctx, requestID)
		if !errors.Is(err, ErrNoEntry) || try == journalTries {
			return rule, err
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("wait for journal entry: %w", ctx.Err())
		case <-time.After(journalPause):
		}
	}
}

const maxJournalBytes = 1 << 20

// fetchRule requests the entry once.
func (j *httpJournal) fetchRule(ctx context.Context, requestID string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, j.address+"?request_id="+url.QueryEscape(requestID), nil)
	if err != nil {
		return "", fmt.Errorf("query journal: %w", err)
	}
	resp, err := j.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("query journal: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxJournalBytes))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return "", fmt.Errorf("read journal: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("query journal at %s: got status %s, want 200", redact.URL(j.address), resp.Status)
	}
	var entries []struct {
		RequestID string `json:"request_id"`
		Rule      string `json:"rule"`
	}
	if err := json.Unmarshal(body, &entries); err != nil {
		return "", fmt.Errorf("decode journal at %s: %w", redact.URL(j.address), err)
	}
	for _, entry := range entries {
		if entry.RequestID == requestID {
			return entry.Rule, nil
		}
	}
	return "", ErrNoEntry
}
