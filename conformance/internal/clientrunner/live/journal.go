package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// Target is a running server.
type Target struct {
	Endpoint string
	// Journal returns the journal entries of the request with this ID.
	Journal func(ctx context.Context, requestID string) ([]Entry, error)
}

// Entry is an entry of the server's journal.
type Entry struct {
	Method   string `json:"method"`
	Scheme   string `json:"scheme"`
	SiteID   string `json:"site_id"`
	Status   int    `json:"status"`
	Rule     string `json:"rule"`
	Scenario string `json:"scenario"`
}

// acceptedRule is the rule of an accepted request.
const acceptedRule = "Accepted"

// HTTPJournal returns a Target.Journal that queries the administration API at a base
// URL, for example http://127.0.0.1:8081.
func HTTPJournal(admin string) func(ctx context.Context, requestID string) ([]Entry, error) {
	return func(ctx context.Context, requestID string) (entries []Entry, err error) {
		address := admin + "/journal?request_id=" + url.QueryEscape(requestID)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		defer response.Body.Close() //nolint:errcheck // the body has been read
		if response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("read journal: HTTP status %s", response.Status)
		}
		if err := json.NewDecoder(response.Body).Decode(&entries); err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		return entries, nil
	}
}
