package config

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

// quotaTimeout is how long a source of quotas may take. Some clients wait three
// seconds for the whole answer (the vendor's TypeScript core does), and they
// are to see QuotaCheckFailed rather than a broken connection.
const quotaTimeout = 2 * time.Second

// maxQuotaBytes is more than {"limit": n} ever needs, in octets.
const maxQuotaBytes = 4 << 10

// remoteQuotas asks for quotas over HTTP:
//
//	GET <url>?account=…&family=…&plan=…   →   200 {"limit": 100}
//
// The limit is a number from 0, or "unlimited". Anything else is an error.
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

// ask asks one source.
func (r *remoteQuotas) ask(ctx context.Context, source, account, plan, family string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	query := url.Values{"account": {account}, "plan": {plan}, "family": {family}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, source+"?"+query.Encode(), nil)
	if err != nil {
		return 0, fmt.Errorf("asking for a quota: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	response, err := r.client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("asking %s for a quota: %w", source, cmp.Or(ctxerr.Err(ctx), err))
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxQuotaBytes))
	err = errors.Join(err, response.Body.Close())
	switch {
	case err != nil:
		return 0, fmt.Errorf("reading a quota from %s: %w", source, cmp.Or(ctxerr.Err(ctx), err))
	case response.StatusCode != http.StatusOK:
		return 0, fmt.Errorf("reading a quota from %s: status %d", source, response.StatusCode)
	}
	limit, err := parseQuota(body)
	if err != nil {
		return 0, fmt.Errorf("reading a quota from %s: %w", source, err)
	}
	return limit, nil
}

// parseQuota reads {"limit": n}.
func parseQuota(body []byte) (int, error) {
	var answer struct {
		Limit json.RawMessage `json:"limit"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("the answer is no JSON object: %w", err)
	}
	if string(answer.Limit) == `"unlimited"` {
		return store.Unlimited, nil
	}
	limit := -1
	if err := json.Unmarshal(answer.Limit, &limit); err != nil || limit < 0 {
		return 0, errors.New(`the answer has no "limit" that is a number from 0, or "unlimited"`)
	}
	return limit, nil
}
