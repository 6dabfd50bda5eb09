package http01

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
)

// Solver is the challenge.Solver of the handler, which responds to every challenge
// without preparation. With a Client, it checks that the response is reachable: the
// authority counts failed validations, so a name that points elsewhere should not
// be validated.
type Solver struct {
	// Client sends the request of the authority. If nil, nothing is checked, for
	// example because the names are not reachable from this network.
	Client *http.Client
}

var _ challenge.Solver = (*Solver)(nil)

// Present checks that the response is reachable.
func (s *Solver) Present(ctx context.Context, c challenge.Challenge) error {
	if s.Client == nil {
		return nil
	}
	target := (&url.URL{Scheme: "http", Host: c.Name, Path: challenge.Path + c.Token}).String()
	if err := s.check(ctx, target, c.KeyAuthorization); err != nil {
		return fmt.Errorf("http-01: response for %s not reachable: route %s to this server: %w",
			c.Name, "http://"+c.Name+challenge.Path, err)
	}
	return nil
}

func (s *Solver) check(ctx context.Context, target, want string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	response, err := s.Client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP status %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 4096))
	if err != nil {
		return fmt.Errorf("read response: %w", err)
	}
	got := strings.TrimRight(string(body), " \t\r\n")
	token, _, _ := strings.Cut(want, ".")
	switch {
	case got == want:
		return nil
	case strings.HasPrefix(got, token+"."):
		return errors.New("response belongs to another account")
	}
	return errors.New("unexpected response body")
}

// CleanUp does nothing.
func (s *Solver) CleanUp(context.Context, challenge.Challenge) error { return nil }
