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
	"github.com/esacert/esacert/gen/esaops"
)

// isTemplate reports whether a key is the one of the template.
func isTemplate(key suite.Key) bool {
	template, err := suite.ParseTargets("template", []byte(suite.Template()))
	return err == nil && key.ID != "" && key.ID == template.Keys["account"].ID
}

const (
	preflightTimeout  = 10 * time.Second
	maxPreflightBytes = 64 << 10
)

// preflight makes one call without effect, for an unknown site. It returns a warning if
// the server rejects keys.account, which would make most cases fail, and the request ID
// of the response, or "". It returns no verdict.
func preflight(ctx context.Context, targets *suite.Targets) (warning, requestID string) {
	ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	key := targets.Keys["account"]
	response, err := sendPreflight(ctx, strings.TrimSuffix(targets.Endpoint, "/"), signature.Key{ID: key.ID, Secret: key.Secret, SecurityToken: key.SecurityToken})
	switch code := response.Code; {
	case err != nil:
		return "", "" // the run reports errors of the endpoint
	case code == "":
		warning = "preflight: unexpected response; check that " + targets.Endpoint + " is the right endpoint"
	case strings.HasPrefix(code, "InvalidAccessKeyId"), code == "SignatureDoesNotMatch", strings.HasPrefix(code, "Unauthorized."):
		warning = fmt.Sprintf("preflight: the server rejected keys.account (%s); most cases will fail", code)
	}
	return warning, response.RequestID
}

// sendPreflight returns the error of the response, or its zero value for any other
// response.
func sendPreflight(ctx context.Context, endpoint string, key signature.Key) (esaapi.Error, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/?SiteId=1&Domains=first.call.invalid", nil)
	if err != nil {
		return esaapi.Error{}, fmt.Errorf("preflight: %w", err)
	}
	r.Header.Set("X-Acs-Action", esaops.ApplyCertificate.Action)
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
	var reported esaapi.Error
	if json.Unmarshal(body, &reported) != nil {
		return esaapi.Error{}, nil //nolint:nilerr // not an error of this API
	}
	return reported, nil
}
