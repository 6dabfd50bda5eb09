package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// scalar is a text that may come as a number: one page of the vendor's shows
// the documented Id without quotes, and codes were seen as numbers.
type scalar string

// UnmarshalJSON takes a string, a number as it is written, or null.
func (s *scalar) UnmarshalJSON(raw []byte) error {
	switch {
	case string(raw) == "null":
		return nil
	case raw[0] == '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return fmt.Errorf("decode text: %w", err)
		}
		*s = scalar(text)
		return nil
	case raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9':
		*s = scalar(raw)
		return nil
	}
	return wrongType(raw, "text or number")
}

// integer is a whole number that may come as a text.
type integer int64

// UnmarshalJSON takes a whole number, with or without quotes.
func (n *integer) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	var text scalar
	if err := text.UnmarshalJSON(raw); err != nil {
		return err
	}
	value, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return wrongType(raw, "whole number")
	}
	*n = integer(value)
	return nil
}

// typeError says that a value has a type that cannot be understood. It has the
// whole value, so that secrets in it are found before it is cut.
type typeError struct{ value, want string }

// Error shows the beginning of the value.
func (e *typeError) Error() string {
	return fmt.Sprintf("%s is no %s", snippet(e.value[:min(len(e.value), 40)]), e.want)
}

func wrongType(raw []byte, want string) error { return &typeError{string(raw), want} }

// leniently reads a body whose fields are there, but of other types than
// documented. It is the slower way, and so the second.
func leniently(raw []byte) (successBody, error) {
	strict := newSuccessBody()
	body := struct {
		SiteName   scalar
		TotalCount integer
		Result     []struct {
			Domain, Status scalar
			ID             scalar `json:"Id"`
		}
		RequestID scalar `json:"RequestId"`
	}{SiteName: absent, RequestID: absent, TotalCount: noCount}
	if err := json.Unmarshal(raw, &body); err != nil {
		return strict, err
	}
	strict.SiteName, strict.RequestID, strict.TotalCount = string(body.SiteName), string(body.RequestID), int64(body.TotalCount)
	if body.Result != nil {
		strict.Result = make([]resultItem, len(body.Result))
	}
	for i, item := range body.Result {
		strict.Result[i] = resultItem{Domain: string(item.Domain), Status: string(item.Status), ID: string(item.ID)}
	}
	return strict, nil
}

// wrongValue tells what has the wrong type. It hides the secrets in the error
// too, which is the caller's to print.
func (a *answer) wrongValue(err error) string {
	if own, ok := errors.AsType[*typeError](err); ok {
		own.value = a.hide.text(own.value)
	}
	if documented, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return wrongField(documented)
	}
	return err.Error()
}
