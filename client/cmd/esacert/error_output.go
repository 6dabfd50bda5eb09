package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/esacert/esacert/client"
)

// errorReport is an error for programs, as --output json prints it.
type errorReport struct {
	Kind          string   `json:"kind"` // input, credentials, connection, answer, refused, interrupted
	ExitCode      int      `json:"exitCode"`
	Message       string   `json:"message"`
	Problems      []string `json:"problems,omitempty"`
	Key           string   `json:"key,omitempty"` // of the row, as "esacert errors" has it
	Code          string   `json:"code,omitempty"`
	Status        int      `json:"status,omitempty"`
	RequestID     string   `json:"requestId,omitempty"`
	Advice        string   `json:"advice,omitempty"`
	Retryable     bool     `json:"retryable"`
	MaybeAccepted bool     `json:"maybeAccepted"`
}

// newErrorReport describes an error of the client.
func newErrorReport(err error) errorReport {
	f := errorReport{
		ExitCode: exitCode(err), Message: withoutPrefix(err),
		Retryable: client.Retryable(err), MaybeAccepted: client.MaybeAccepted(err),
	}
	f.Kind = map[int]string{
		exitUsage: "input", exitCredentials: "credentials", exitConnection: "connection", exitUnexpectedResponse: "answer",
		exitRefused: "refused", exitRetryable: "refused", exitInterrupted: "interrupted",
	}[f.ExitCode]
	if invalid, ok := errors.AsType[*client.InputError](err); ok {
		f.Message = replaceGoNames(f.Message)
		for _, problem := range invalid.Problems {
			f.Problems = append(f.Problems, replaceGoNames(problem.String()))
		}
	}
	if f.Kind == "credentials" {
		f.Advice = whatToSet
	}
	if unexpected, ok := errors.AsType[*client.UnexpectedResponseError](err); ok {
		f.Status, f.RequestID = unexpected.Status, unexpected.RequestID
	}
	if refused, ok := errors.AsType[*client.ServiceError](err); ok {
		f.Code, f.Message, f.Status = refused.Code, refused.Message, refused.Status
		f.RequestID, f.Advice = refused.RequestID, refused.Hint()
		if row, known := refused.Documented(); known {
			f.Key = row.Key
		}
	}
	return f
}

// replaceGoNames replaces names of the Go package by those of the command line.
func replaceGoNames(message string) string {
	return strings.NewReplacer(
		"SiteID ", "--site-id ", "Domains ", "--domains ", "Domains[", "--domains[", "Type ", "--type ",
		"WithEndpoint", "--endpoint", "WithRegion", "--region", "WithCredentials", "the environment",
	).Replace(message)
}

// printError prints an error in plain form or as JSON. With debug it is
// complete.
func printError(to io.Writer, form string, err error, debug bool) error {
	f := newErrorReport(err)
	if form == "json" {
		return printJSON(to, struct {
			Error errorReport `json:"error"`
		}{f})
	}
	_, failed := io.WriteString(to, f.format(err, debug))
	return failed
}

// format returns what happened and a hint.
func (f *errorReport) format(err error, debug bool) string {
	var b strings.Builder
	switch f.Kind {
	case "input":
		b.WriteString("esacert: invalid input; no request was sent:\n")
		for _, problem := range f.Problems {
			b.WriteString("  " + problem + "\n")
		}
		return b.String()
	case "credentials":
		return f.credentials(debug)
	case "refused":
		f.refusal(&b, err)
		return b.String()
	}
	fmt.Fprintf(&b, "esacert: %s\n", f.Message)
	if errors.Is(err, context.DeadlineExceeded) {
		b.WriteString("  hint: raise --timeout\n")
	}
	return b.String()
}

// refusal prints an error of the service.
func (f *errorReport) refusal(b *strings.Builder, err error) {
	refused, _ := errors.AsType[*client.ServiceError](err)
	message := f.Message
	if row, known := refused.Documented(); known {
		message = row.Message // without the two signed strings of a mismatch
	}
	fmt.Fprintf(b, "esacert: request rejected: HTTP %d %s\n  %s\n", f.Status, printable(f.Code), printable(message))
	if f.RequestID != "" {
		fmt.Fprintf(b, "  request ID: %s\n", printable(f.RequestID))
	}
	if denied := refused.AccessDenied; denied != nil {
		fmt.Fprintf(b, "  denied: %s to %s by %s (%s)\n", printable(denied.AuthAction), printable(denied.AuthPrincipalDisplayName), printable(denied.PolicyType), printable(denied.NoPermissionType))
	}
	if difference, ok := refused.SignatureDifference(); ok && !difference.Equal {
		b.WriteString(indent(difference.String()) + "\n")
	}
	if f.Advice != "" {
		fmt.Fprintf(b, "  hint: %s\n", f.Advice)
	}
	if f.MaybeAccepted {
		b.WriteString("  an earlier attempt received no response and may have been accepted: check the site's certificates before retrying\n")
	} else if f.Retryable {
		b.WriteString("  retrying later may succeed\n")
	}
	if f.Key != "" {
		fmt.Fprintf(b, "  see: esacert errors %s\n", f.Key)
	}
}

// withoutPrefix returns an error string without "esa OPERATION: ", which the command's
// own name replaces.
func withoutPrefix(err error) string {
	text := err.Error()
	if start, rest, ok := strings.Cut(text, ": "); ok && (start == "esa" || strings.HasPrefix(start, "esa ")) {
		return rest
	}
	return text
}
