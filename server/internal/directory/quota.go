package directory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/esacert/esacert/server/internal/ctxerr"
	"github.com/esacert/esacert/server/store"
)

// quotaTimeout limits a request to a quota source. Some clients wait three
// seconds for a response (the vendor's TypeScript core does), and should receive
// QuotaCheckFailed rather than a broken connection.
const quotaTimeout = 2 * time.Second

// maxQuotaBytes limits the body of a response. {"limit": n} is shorter.
const maxQuotaBytes = 4 << 10

// remoteQuotas fetches quotas over HTTP:
//
//	GET <url>?account=…&family=…&plan=…   →   200 {"limit": 100}
//
// The limit is a non-negative number or "unlimited". Other responses are errors.
type remoteQuotas struct {
	client  *http.Client
	timeout time.Duration
}

func newRemoteQuotas() *remoteQuotas {
	return &remoteQuotas{
		client: &http.Client{Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			MaxIdleConnsPerHost: 64,
			IdleConnTimeout:     90 * time.Second,
		}},
		timeout: quotaTimeout,
	}
}

func (r *remoteQuotas) fetch(ctx context.Context, source, account, plan, family string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	query := url.Values{"account": {account}, "plan": {plan}, "family": {family}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, source+"?"+query.Encode(), nil)
	if err != nil {
		return 0, fmt.Errorf("fetch quota: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	response, err := r.client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("fetch quota from %s: %w", source, cmp.Or(ctxerr.Err(ctx), err))
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxQuotaBytes))
	err = errors.Join(err, response.Body.Close())
	switch {
	case err != nil:
		return 0, fmt.Errorf("read quota from %s: %w", source, cmp.Or(ctxerr.Err(ctx), err))
	case response.StatusCode != http.StatusOK:
		return 0, fmt.Errorf("read quota from %s: status %d", source, response.StatusCode)
	}
	limit, err := parseQuota(body)
	if err != nil {
		return 0, fmt.Errorf("read quota from %s: %w", source, err)
	}
	return limit, nil
}

// parseQuota parses {"limit": n}.
func parseQuota(body []byte) (int, error) {
	var parsed struct {
		Limit json.RawMessage `json:"limit"`
	}
	if err := json.Unmarshal(body, &parsed); err != nil {
		return 0, fmt.Errorf("response is not a JSON object: %w", err)
	}
	if string(parsed.Limit) == `"unlimited"` {
		return store.Unlimited, nil
	}
	limit := -1
	if err := json.Unmarshal(parsed.Limit, &limit); err != nil || limit < 0 {
		return 0, errors.New(`response has no "limit" that is a non-negative number or "unlimited"`)
	}
	return limit, nil
}
