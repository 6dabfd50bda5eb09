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

	"github.com/esacert/esacert/conformance/internal/suite"
)

// Journal tells which rule of the contract decided a request: the key of an
// error, or Accepted. It may be asked by many goroutines.
type Journal interface {
	// Rule finds the request by the id in its answer.
	Rule(ctx context.Context, requestID string) (string, error)
}

// JournalFunc is a Journal that is one function.
type JournalFunc func(ctx context.Context, requestID string) (string, error)

// Rule calls the function.
func (f JournalFunc) Rule(ctx context.Context, requestID string) (string, error) {
	return f(ctx, requestID)
}

// RuleAccepted is what a Journal tells of a request that was carried out.
const RuleAccepted = "Accepted"

// ErrNoEntry says that a journal does not know the request.
var ErrNoEntry = errors.New("the journal has no such request")

// HTTPJournal asks the journal of a server of this module, at a URL such as
// http://127.0.0.1:8081/journal. A nil client is http.DefaultClient.
func HTTPJournal(address string, client *http.Client) Journal { return newHTTPJournal(address, client) }

func newHTTPJournal(address string, client *http.Client) *httpJournal {
	if client == nil {
		client = http.DefaultClient
	}
	return &httpJournal{address: address, client: client}
}

// JournalError reports that the journal of the targets does not respond as one,
// before any case was run. It is an ErrTarget.
type JournalError struct {
	URL string
	Err error
}

// Error names the URL.
func (e *JournalError) Error() string {
	return fmt.Sprintf("the journal %s cannot be read: %v", suite.RedactURL(e.URL), e.Err)
}

func (e *JournalError) Unwrap() error { return e.Err }

// check reads the journal once.
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

// An entry may be written a moment after the answer is.
const (
	journalTries = 20
	journalPause = 25 * time.Millisecond
)

// Rule asks until the entry is there, for half a second.
func (j *httpJournal) Rule(ctx context.Context, requestID string) (string, error) {
	for try := 1; ; try++ {
		rule, err := j.fetchRule(ctx, requestID)
		if !errors.Is(err, ErrNoEntry) || try == journalTries {
			return rule, err
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("wait for the journal: %w", ctx.Err())
		case <-time.After(journalPause):
		}
	}
}

const maxJournalBytes = 1 << 20

func (j *httpJournal) fetchRule(ctx context.Context, requestID string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, j.address+"?request_id="+url.QueryEscape(requestID), nil)
	if err != nil {
		return "", fmt.Errorf("ask the journal: %w", err)
	}
	resp, err := j.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask the journal: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxJournalBytes))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return "", fmt.Errorf("read the journal: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ask the journal at %s: %s", j.address, resp.Status)
	}
	var entries []struct {
		RequestID string `json:"request_id"`
		Rule      string `json:"rule"`
	}
	if err := json.Unmarshal(body, &entries); err != nil {
		return "", fmt.Errorf("read the journal at %s: %w", j.address, err)
	}
	for _, entry := range entries {
		if entry.RequestID == requestID {
			return entry.Rule, nil
		}
	}
	return "", ErrNoEntry
}
