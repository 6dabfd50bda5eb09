package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaapi"
)

// isTemplate tells whether a key is the one that the template shows.
func isTemplate(key suite.Key) bool {
	shown, err := suite.ParseTargets("template", []byte(suite.Template()))
	return err == nil && key.ID != "" && key.ID == shown.Keys["account"].ID
}

const (
	preflightTimeout  = 10 * time.Second
	maxPreflightBytes = 64 << 10
)

// preflight makes one call that changes nothing, for a site that nobody has, and
// tells what is wrong with the key of the account, if that is what the server
// says. Hundreds of failed cases would say the same less clearly. It gives no
// verdict: the cases define what a server should respond. The request ID
// is that of the response; "" if it has none.
func preflight(ctx context.Context, targets *suite.Targets) (told, requestID string) {
	ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	key := targets.Keys["account"]
	answer, err := sendPreflight(ctx, strings.TrimSuffix(targets.Endpoint, "/"), signature.Key{ID: key.ID, Secret: key.Secret, SecurityToken: key.SecurityToken})
	switch code := answer.Code; {
	case err != nil:
		return "", "" // the run itself reports what is wrong with the endpoint
	case code == "":
		told = "preflight: unexpected response; check that " + targets.Endpoint + " is the right endpoint"
	case strings.HasPrefix(code, "InvalidAccessKeyId"), code == "SignatureDoesNotMatch", strings.HasPrefix(code, "Unauthorized."):
		told = fmt.Sprintf("preflight: the server rejected keys.account (%s); most cases will fail", code)
	}
	return told, answer.RequestID
}

// sendPreflight returns the error that the server responds with; its zero value if the
// response is not one.
func sendPreflight(ctx context.Context, endpoint string, key signature.Key) (esaapi.Error, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/?SiteId=1&Domains=first.call.invalid", nil)
	if err != nil {
		return esaapi.Error{}, fmt.Errorf("preflight: %w", err)
	}
	r.Header.Set("X-Acs-Action", esaapi.Action)
	r.Header.Set("X-Acs-Version", esaapi.Version)
	if err := signature.SignACS3(r, nil, key, time.Now(), rand.Text()); err != nil {
		return esaapi.Error{}, fmt.Errorf("preflight: %w", err)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return esaapi.Error{}, fmt.Errorf("preflight: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxPreflightBytes))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return esaapi.Error{}, fmt.Errorf("preflight: %w", err)
	}
	var answer esaapi.Error
	if json.Unmarshal(body, &answer) != nil {
		return esaapi.Error{}, nil //nolint:nilerr // what is not JSON has no code
	}
	return answer, nil
}
