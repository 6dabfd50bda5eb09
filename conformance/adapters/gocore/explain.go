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

// explain sorts an error of the core into the protocol's kinds.
func explain(err error) *failure {
	var refusal *tea.SDKError
	if errors.As(err, &refusal) {
		return explainRefusal(refusal)
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

// explainRefusal reads the one error type that the core has for refusals of
// the service and for its own; the latter carry no status.
func explainRefusal(refusal *tea.SDKError) *failure {
	failed := &failure{Kind: "input", Code: refusal.Code, Raw: refusal.Error()}
	status := tea.IntValue(refusal.StatusCode)
	if status == 0 {
		return failed
	}
	var body struct {
		RequestID string `json:"RequestId"`
	}
	data := tea.StringValue(refusal.Data)
	if json.Unmarshal([]byte(data), &body) == nil {
		failed.RequestID = body.RequestID
	}
	failed.Kind, failed.Status, failed.Data = "service", status, rest(data)
	failed.Message = tea.String(strip(tea.StringValue(refusal.Message), status))
	return failed
}

// strip cuts off what the core wraps around the service's message:
// "code: 400, MESSAGE request id: ID".
func strip(message string, status int) string {
	message = strings.TrimPrefix(message, fmt.Sprintf("code: %d, ", status))
	if end := strings.LastIndex(message, " request id: "); end >= 0 {
		message = message[:end]
	}
	return message
}

// rest gives the members of an error body that have no member of their own in
// a result.
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
