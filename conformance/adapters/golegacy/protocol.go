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

// request is one line of input; ../protocol.schema.json explains its members.
type request struct {
	ID              string            `json:"id"`
	Endpoint        string            `json:"endpoint"`
	AccessKeyID     string            `json:"accessKeyId"`
	AccessKeySecret string            `json:"accessKeySecret"`
	SecurityToken   string            `json:"securityToken"`
	BearerToken     string            `json:"bearerToken"`
	Signature       string            `json:"signature"`
	Method          string            `json:"method"`
	Placement       string            `json:"placement"`
	Parameters      map[string]string `json:"parameters"`
	TimeoutMs       int               `json:"timeoutMs"`
	MaxAttempts     int               `json:"maxAttempts"` // sent again after a status of 500 or more, and where no answer came

	scheme, host string // of the endpoint
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

// serve answers every line of in, whatever is wrong with it.
func serve(in io.Reader, out io.Writer) error {
	lines, results := bufio.NewReader(in), json.NewEncoder(out)
	results.SetEscapeHTML(false)
	for {
		line, readErr := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := results.Encode(answer(line)); err != nil {
				return fmt.Errorf("write a result: %w", err)
			}
		}
		if errors.Is(readErr, io.EOF) {
			return nil
		}
		if readErr != nil {
			return fmt.Errorf("read a request: %w", readErr)
		}
	}
}

func answer(line []byte) (answer result) {
	asked, err := parseRequest(line)
	answer.ID = asked.ID
	if err != nil {
		answer.Error = &failure{Kind: "other", Raw: "invalid request: " + err.Error()}
		return answer
	}
	defer func() {
		if cause := recover(); cause != nil { // the client's own, on some answers
			answer.OK, answer.Response = false, nil
			answer.Error = &failure{Kind: "other", Raw: fmt.Sprint("panic: ", cause)}
		}
	}()
	answer.Response, answer.Error = call(asked)
	answer.OK = answer.Error == nil
	return answer
}

func parseRequest(line []byte) (request, error) {
	asked := request{Signature: "acs3", Method: "POST", Placement: "query", TimeoutMs: 10_000}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		return asked, err
	}
	endpoint, err := url.Parse(asked.Endpoint)
	if err != nil {
		return asked, err
	}
	if asked.ID == "" || endpoint.Host == "" || asked.Parameters == nil {
		return asked, errors.New("id, endpoint or parameters are missing or wrong")
	}
	asked.scheme, asked.host = endpoint.Scheme, endpoint.Host
	return asked, nil
}
