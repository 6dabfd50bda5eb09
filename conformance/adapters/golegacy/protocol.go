package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
)

// request is one line of input. ../protocol.schema.json documents its members.
type request struct {
	ID              string            `json:"id"`
	Endpoint        string            `json:"endpoint"`
	Operation       string            `json:"operation"`
	AccessKeyID     string            `json:"accessKeyId"`
	AccessKeySecret string            `json:"accessKeySecret"`
	SecurityToken   string            `json:"securityToken"`
	BearerToken     string            `json:"bearerToken"`
	Signature       string            `json:"signature"`
	Method          string            `json:"method"`
	Placement       string            `json:"placement"`
	Parameters      map[string]string `json:"parameters"`
	TimeoutMs       int               `json:"timeoutMs"`
	MaxAttempts     int               `json:"maxAttempts"` // the SDK retries after status 500 and above, and after a missing response

	scheme, host string // parts of Endpoint
}

// result is one line of output.
type result struct {
	ID       string    `json:"id"`
	OK       bool      `json:"ok"`
	Response *response `json:"response,omitempty"`
	Error    *failure  `json:"error,omitempty"`
}

type response struct {
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body"`
}

type failure struct {
	Kind      string         `json:"kind"`
	Code      *string        `json:"code,omitempty"`
	Message   *string        `json:"message,omitempty"`
	Status    int            `json:"status,omitempty"`
	RequestID string         `json:"requestId,omitempty"`
	Data      map[string]any `json:"data,omitempty"`
	Raw       string         `json:"raw"`
}

// serve reads request lines from in and writes one result line for each to out,
// even for invalid lines.
func serve(in io.Reader, out io.Writer) error {
	lines, results := bufio.NewReader(in), json.NewEncoder(out)
	results.SetEscapeHTML(false)
	for {
		line, readErr := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := results.Encode(handle(line)); err != nil {
				return fmt.Errorf("write result: %w", err)
			}
		}
		if errors.Is(readErr, io.EOF) {
			return nil
		}
		if readErr != nil {
			return fmt.Errorf("read request: %w", readErr)
		}
	}
}

// handle returns the result for a request line.
func handle(line []byte) (res result) {
	req, err := parseRequest(line)
	res.ID = req.ID
	if err != nil {
		res.Error = &failure{Kind: "other", Raw: "invalid request: " + err.Error()}
		return res
	}
	defer func() {
		if cause := recover(); cause != nil { // the client panics on some responses
			res.OK, res.Response = false, nil
			res.Error = &failure{Kind: "other", Raw: fmt.Sprint("panic: ", cause)}
		}
	}()
	res.Response, res.Error = call(req)
	res.OK = res.Error == nil
	return res
}

func parseRequest(line []byte) (request, error) {
	req := request{Operation: "ApplyCertificate", Signature: "acs3", Method: "POST", Placement: "query", TimeoutMs: 10_000}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&req); err != nil {
		return req, err
	}
	endpoint, err := url.Parse(req.Endpoint)
	if err != nil {
		return req, err
	}
	if req.ID == "" || endpoint.Host == "" || req.Parameters == nil {
		return req, errors.New("id, endpoint or parameters are missing or invalid")
	}
	req.scheme, req.host = endpoint.Scheme, endpoint.Host
	return req, nil
}
