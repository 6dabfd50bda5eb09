package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/internal/truncate"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

// errorsCommand is "esacert errors".
type errorsCommand struct {
	Name   string `arg:"" optional:"" help:"Error key (InvalidParameter.Domains.TooMany) or code (InvalidParameter.Domains). Default: list all errors."`
	Output string `enum:"table,json" default:"table" help:"Output format: table or json."`
}

// errorEntry is an error of the contract, as printed.
type errorEntry struct {
	Number      int    `json:"number,omitempty"`
	Key         string `json:"key"`
	Status      int    `json:"status"`
	Code        string `json:"code"`
	Message     string `json:"message"`
	Description string `json:"description"`
	Evidence    string `json:"evidence"`
	Advice      string `json:"advice,omitempty"`
	Retryable   bool   `json:"retryable"`
	ExitCode    int    `json:"exitCode"`
}

func newErrorEntry(row *esaerrors.Error) errorEntry {
	refused := &client.ServiceError{Code: row.Code, Message: row.Message, Status: row.Status}
	return errorEntry{
		Number: esaops.ApplyCertificate.Row(row), Key: row.Key, Status: row.Status, Code: row.Code, Message: row.Message,
		Description: row.Description, Evidence: row.Evidence, Advice: refused.Hint(),
		Retryable: client.Retryable(refused), ExitCode: serviceExitCode(refused),
	}
}

// Run prints the errors.
func (e *errorsCommand) Run(to streams) error {
	entries := findErrors(e.Name)
	if len(entries) == 0 {
		to.warnf("esacert: unknown error key or code %q; run \"esacert errors\" to list all\n", e.Name)
		return &exitError{exitUsage}
	}
	switch {
	case e.Output == "json":
		return printJSON(to.out, entries)
	case e.Name == "":
		return listErrors(to.out, entries)
	}
	return explainErrors(to.out, entries)
}

// findErrors returns the errors whose key or code is the name, ignoring case;
// all if the name is empty.
func findErrors(name string) []errorEntry {
	var entries []errorEntry
	for _, row := range append(esaerrors.Documented(), esaerrors.Gateway()...) {
		if name == "" || strings.EqualFold(row.Key, name) || strings.EqualFold(row.Code, name) {
			entries = append(entries, newErrorEntry(row))
		}
	}
	return entries
}

// listErrors prints one line per error: the documented table, then the
// gateway's errors.
func listErrors(to io.Writer, entries []errorEntry) error {
	lines := [][]string{{"ROW", "STATUS", "EXIT", "KEY", "DESCRIPTION"}}
	for _, e := range entries {
		row := "-"
		if e.Number > 0 {
			row = strconv.Itoa(e.Number)
		}
		lines = append(lines, []string{row, strconv.Itoa(e.Status), strconv.Itoa(e.ExitCode), e.Key, truncate.String(e.Description, maxDescriptionLen)})
	}
	if err := printTable(to, lines); err != nil {
		return err
	}
	_, err := fmt.Fprint(to, "\nNumbered rows are from the documented table of ApplyCertificate; the others are those of other operations and of the gateway.\n"+
		"\"esacert errors KEY\" explains one.\n")
	return err
}

// maxDescriptionLen is the width of the column DESCRIPTION, in bytes.
const maxDescriptionLen = 80

// explainErrors prints the details of the given errors.
func explainErrors(to io.Writer, entries []errorEntry) error {
	for i, e := range entries {
		if i > 0 {
			if _, err := fmt.Fprintln(to); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(to, "%s\n  code         %s\n  HTTP status  %d\n  message      %s\n  description  %s\n  evidence     %s\n  exit code    %d\n",
			e.Key, e.Code, e.Status, e.Message, e.Description, e.Evidence, e.ExitCode); err != nil {
			return err
		}
		if e.Advice != "" {
			if _, err := fmt.Fprintf(to, "  hint         %s\n", e.Advice); err != nil {
				return err
			}
		}
	}
	return nil
}
