package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/alibabacloud-go/tea/tea"
)

// explain converts an error of the core to an error of the protocol.
func explain(err error) *failure {
	var serviceErr *tea.SDKError
	if errors.As(err, &serviceErr) {
		return explainServiceError(serviceErr)
	}
	failed := &failure{Kind: "other", Raw: err.Error()}
	var (
		transport *url.Error
		syntax    *json.SyntaxError
	)
	switch {
	case errors.As(err, &transport), errors.Is(err, io.ErrUnexpectedEOF):
		failed.Kind = "connection"
	case errors.As(err, &syntax):
		failed.Kind = "response"
	}
	return failed
}

// explainServiceError converts the error type that the core uses both for errors of
// the service and for its own errors, which have no status.
func explainServiceError(serviceErr *tea.SDKError) *failure {
	failed := &failure{Kind: "input", Code: serviceErr.Code, Raw: serviceErr.Error()}
	status := tea.IntValue(serviceErr.StatusCode)
	if status == 0 {
		return failed
	}
	var body struct {
		RequestID string `json:"RequestId"`
	}
	data := tea.StringValue(serviceErr.Data)
	if json.Unmarshal([]byte(data), &body) == nil {
		failed.RequestID = body.RequestID
	}
	failed.Kind, failed.Status, failed.Data = "service", status, rest(data)
	failed.Message = tea.String(strip(tea.StringValue(serviceErr.Message), status))
	return failed
}

// strip removes what the core adds to the service's message: "code: 400, MESSAGE
// request id: ID".
func strip(message string, status int) string {
	message = strings.TrimPrefix(message, fmt.Sprintf("code: %d, ", status))
	if end := strings.LastIndex(message, " request id: "); end >= 0 {
		message = message[:end]
	}
	return message
}

// rest returns the members of an error body that a result has no field for.
func rest(data string) map[string]any {
	var members map[string]any
	decoder := json.NewDecoder(strings.NewReader(data))
	decoder.UseNumber()
	if decoder.Decode(&members) != nil {
		return nil
	}
	for _, name := range []string{"Code", "Message", "RequestId"} {
		delete(members, name)
	}
	return members
}
