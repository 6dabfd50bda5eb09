package acme

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mholt/acmez/v3/acme"
)

// directoryTTL is how long a directory is used before it is fetched again.
const directoryTTL = time.Hour

// acmeDirectory is the authority's directory and a library client for it.
type acmeDirectory struct {
	directory acme.Directory
	client    *acme.Client
	fetched   time.Time // by the real clock
}

// openDirectory returns the directory, fetching it at most once per directoryTTL.
// If it cannot be fetched again, the previous one stays in use: if the authority
// is unavailable, the next request fails.
func (a *Client) openDirectory(ctx context.Context) (*acmeDirectory, error) {
	if s := a.directory.Load(); s != nil && time.Since(s.fetched) < directoryTTL {
		return s, nil
	}
	const op = "fetch directory"
	if a.directoryLock.acquire(ctx) != nil {
		return nil, contextErr(ctx, op)
	}
	defer a.directoryLock.release()
	last := a.directory.Load()
	if last != nil && time.Since(last.fetched) < directoryTTL {
		return last, nil
	}
	fresh, err := a.fetchDirectory(ctx, op)
	switch {
	case err == nil:
	case last == nil, contextErr(ctx, op) != nil:
		return nil, err
	default:
		a.log.WarnContext(ctx, "directory refresh failed; using the previous one", "error", err)
		fresh = &acmeDirectory{directory: last.directory, client: last.client, fetched: time.Now()}
	}
	a.directory.Store(fresh)
	return fresh, nil
}

func (a *Client) fetchDirectory(ctx context.Context, op string) (*acmeDirectory, error) {
	const hint = "the directory must be an ACME directory URL (RFC 8555, section 7.1.1), for example " + LetsEncrypt
	body, x, err := a.get(ctx, a.o.DirectoryURL)
	if err != nil && (x.status == 0 || x.problem != nil || x.hasRetryAfter) {
		return nil, a.failure(ctx, op, x, err, true)
	}
	if err != nil {
		return nil, a.unavailable(op, hint, fmt.Errorf("HTTP status %d: %s", x.status, x.snippet))
	}
	var d acme.Directory
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, a.unavailable(op, hint, fmt.Errorf("response is not JSON: %s", printable(string(body), 80)))
	}
	for name, value := range map[string]string{"newNonce": d.NewNonce, "newAccount": d.NewAccount, "newOrder": d.NewOrder} {
		if u, err := url.Parse(value); value == "" || err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, a.unavailable(op, hint, fmt.Errorf("invalid %s %q, want an https URL", name, printable(value, 80)))
		}
	}
	return a.describe(d)
}

// describe creates a library client for a directory. The library caches
// directories by URL for the whole process, and fetches renewal information with
// each download. Therefore the recorder serves it the directory, at a URL that is
// unique for the content, and without the URL of renewal information.
func (a *Client) describe(d acme.Directory) (*acmeDirectory, error) {
	served := d
	served.RenewalInfo = ""
	body, err := json.Marshal(served)
	if err != nil {
		return nil, fmt.Errorf("acme: encode directory: %w", err)
	}
	digest := sha256.Sum256(body)
	url := a.o.DirectoryURL + "#" + hex.EncodeToString(digest[:])
	return &acmeDirectory{
		directory: d,
		fetched:   time.Now(),
		client: &acme.Client{
			Directory:   url,
			UserAgent:   a.o.UserAgent,
			HTTPClient:  a.httpClient(url, body),
			PollTimeout: -1, // see waitForPoll
		},
	}, nil
}

func (a *Client) httpClient(feedURL string, feed []byte) *http.Client {
	return &http.Client{
		Transport:     &recorder{next: a.transport, now: a.o.Now, libraryURL: feedURL, libraryDirectory: feed},
		Timeout:       a.o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get fetches a resource that needs no account. It returns an error for any
// status except 200; x.status is 0 if no response arrived.
func (a *Client) get(ctx context.Context, url string) ([]byte, *lastResponse, error) {
	ctx, x := withLastResponse(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, x, err
	}
	request.Header.Set("User-Agent", a.o.UserAgent)
	request.Header.Set("Accept", "application/json")
	response, err := a.httpClient("", nil).Do(request)
	if err != nil {
		return nil, x, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		*x = lastResponse{}
		return nil, x, fmt.Errorf("read response: %w", err)
	}
	if x.status != http.StatusOK {
		return nil, x, fmt.Errorf("HTTP status %d", x.status)
	}
	return body, x, nil
}

// checkProfile rejects a configured profile that the authority does not offer.
func (a *Client) checkProfile(s *acmeDirectory) error {
	if a.o.Profile == "" {
		return nil
	}
	var profiles map[string]string
	if s.directory.Meta != nil {
		profiles = s.directory.Meta.Profiles
	}
	if _, found := profiles[a.o.Profile]; found {
		return nil
	}
	const op = "create order"
	if len(profiles) == 0 {
		return a.unavailable(op, "remove the profile from the configuration", fmt.Errorf("the authority has no profiles, but %q is configured", a.o.Profile))
	}
	names := strings.Join(slices.Sorted(maps.Keys(profiles)), ", ")
	return a.unavailable(op, "available profiles: "+printable(names, 300), fmt.Errorf("the authority has no profile %q", a.o.Profile))
}

// termsOf returns the URL of the terms of service; empty if the authority has
// none.
func (s *acmeDirectory) termsOf() string {
	if s.directory.Meta == nil {
		return ""
	}
	return s.directory.Meta.TermsOfService
}

func (s *acmeDirectory) wantsExternalAccount() bool {
	return s.directory.Meta != nil && s.directory.Meta.ExternalAccountRequired
}
