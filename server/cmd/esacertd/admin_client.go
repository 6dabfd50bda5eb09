package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	adminTimeout  = 10 * time.Second
	maxAdminBytes = 64 << 20
)

// do sends a request to the admin API and returns the response body.
func (a adminFlag) do(ctx context.Context, method, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	address, err := a.url(path)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, fmt.Errorf("--admin: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("call admin API: %w; check that esacertd is running and that --admin (or ESACERTD_ADMIN_URL) is the admin URL of its ready line", err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAdminBytes))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, fmt.Errorf("read admin API response: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("admin API responded %s: %s", response.Status, reasonOf(body))
	}
	return body, nil
}

// print writes the response for a path.
func (a adminFlag) print(ctx context.Context, s streams, path string) error {
	body, err := a.do(ctx, http.MethodGet, path)
	if err != nil {
		return err
	}
	_, err = s.out.Write(body)
	return err
}

// getJSON sends a request and decodes the JSON response.
func (a adminFlag) getJSON(ctx context.Context, method, path string, into any) error {
	body, err := a.do(ctx, method, path)
	if err != nil {
		return err
	}
	return decode(body, into)
}

func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("decode admin API response: %w", err)
	}
	return nil
}

// reasonOf returns the error of a response, or its body.
func reasonOf(body []byte) string {
	var response struct{ Error string }
	if err := json.Unmarshal(body, &response); err == nil && response.Error != "" {
		return response.Error
	}
	return strings.TrimSpace(string(body))
}
