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

// directoryTTL is how long a directory is used before it is asked for again.
const directoryTTL = time.Hour

// acmeDirectory is the authority as its directory describes it.
type acmeDirectory struct {
	directory acme.Directory
	client    *acme.Client
	fetched   time.Time // by the real clock
}

// open gives the service. A directory that cannot be fetched again stays in use:
// if the authority is really gone, the next request tells.
func (a *Client) openDirectory(ctx context.Context) (*acmeDirectory, error) {
	if s := a.directory.Load(); s != nil && time.Since(s.fetched) < directoryTTL {
		return s, nil
	}
	const doing = "reading the directory"
	if a.directoryLock.acquire(ctx) != nil {
		return nil, contextErr(ctx, doing)
	}
	defer a.directoryLock.release()
	last := a.directory.Load()
	if last != nil && time.Since(last.fetched) < directoryTTL {
		return last, nil
	}
	fresh, err := a.fetchDirectory(ctx, doing)
	switch {
	case err == nil:
	case last == nil, contextErr(ctx, doing) != nil:
		return nil, err
	default:
		a.log.WarnContext(ctx, "the directory cannot be read again, the last one stays in use", "error", err)
		fresh = &acmeDirectory{directory: last.directory, client: last.client, fetched: time.Now()}
	}
	a.directory.Store(fresh)
	return fresh, nil
}

func (a *Client) fetchDirectory(ctx context.Context, doing string) (*acmeDirectory, error) {
	const hint = "the directory must be the URL of an ACME service (RFC 8555, section 7.1.1), like " + LetsEncrypt
	body, x, err := a.get(ctx, a.o.DirectoryURL)
	if err != nil && (x.status == 0 || x.problem != nil || x.hasRetryAfter) {
		return nil, a.failure(ctx, doing, x, err, true)
	}
	if err != nil {
		return nil, a.unavailable(doing, hint, fmt.Errorf("HTTP status %d: %s", x.status, x.snippet))
	}
	var d acme.Directory
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, a.unavailable(doing, hint, fmt.Errorf("it answers something that is not JSON: %s", printable(string(body), 80)))
	}
	for name, value := range map[string]string{"newNonce": d.NewNonce, "newAccount": d.NewAccount, "newOrder": d.NewOrder} {
		if u, err := url.Parse(value); value == "" || err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, a.unavailable(doing, hint, fmt.Errorf("%s is %q there: an https URL is needed", name, printable(value, 80)))
		}
	}
	return a.describe(d)
}

// describe makes a client of the library for a directory. The library keeps
// directories for all of the process by their URL, and asks for renewal
// information with each download. So it gets the directory from us, at a URL
// that no other directory has, and without renewal information.
func (a *Client) describe(d acme.Directory) (*acmeDirectory, error) {
	given := d
	given.RenewalInfo = ""
	feed, err := json.Marshal(given)
	if err != nil {
		return nil, fmt.Errorf("acme: encoding the directory: %w", err)
	}
	digest := sha256.Sum256(feed)
	feedURL := a.o.DirectoryURL + "#" + hex.EncodeToString(digest[:])
	return &acmeDirectory{
		directory: d,
		fetched:   time.Now(),
		client: &acme.Client{
			Directory:   feedURL,
			UserAgent:   a.o.UserAgent,
			HTTPClient:  a.httpClient(feedURL, feed),
			PollTimeout: -1, // polling is done here, see follow
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

// get asks for something that needs no account. The error is for whatever is
// not a 200; x.status is 0 when there was no answer.
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
		return nil, x, fmt.Errorf("reading the answer: %w", err)
	}
	if x.status != http.StatusOK {
		return nil, x, fmt.Errorf("HTTP status %d", x.status)
	}
	return body, x, nil
}

// checkProfile finds a profile that the authority does not have.
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
	const doing = "opening an order"
	if len(profiles) == 0 {
		return a.unavailable(doing, "leave the profile out of the configuration", fmt.Errorf("the authority has no profiles, %q was configured", a.o.Profile))
	}
	names := strings.Join(slices.Sorted(maps.Keys(profiles)), ", ")
	return a.unavailable(doing, "its profiles are "+printable(names, 300), fmt.Errorf("the authority has no profile %q", a.o.Profile))
}

// termsOf gives the URL of the terms of service; empty where there are none.
func (s *acmeDirectory) termsOf() string {
	if s.directory.Meta == nil {
		return ""
	}
	return s.directory.Meta.TermsOfService
}

func (s *acmeDirectory) wantsExternalAccount() bool {
	return s.directory.Meta != nil && s.directory.Meta.ExternalAccountRequired
}
