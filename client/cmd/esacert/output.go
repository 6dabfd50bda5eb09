package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaapi"
)

// writeJSON prints an answer with the names that it has on the wire.
func writeJSON(to io.Writer, output *client.ApplyCertificateOutput) error {
	body := esaapi.ApplyCertificateResponseBody{
		SiteName: output.SiteName, TotalCount: output.TotalCount, RequestID: output.RequestID,
		Result: make([]esaapi.CertificateApplication, len(output.Applications)),
	}
	for i, application := range output.Applications {
		body.Result[i] = esaapi.CertificateApplication(application)
	}
	return printJSON(to, body)
}

// printJSON prints a document for people and programs alike.
func printJSON(to io.Writer, document any) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// writeTable prints an answer for people. The names are last: a long one pads no
// other line.
func writeTable(to io.Writer, output *client.ApplyCertificateOutput) error {
	lines := make([][]string, 0, len(output.Applications)+1)
	lines = append(lines, []string{"ID", "STATUS", "DOMAIN"})
	for _, application := range output.Applications {
		lines = append(lines, []string{application.ID, application.Status, application.Domain})
	}
	if err := printTable(to, lines); err != nil {
		return err
	}
	_, err := fmt.Fprintf(to, "\n%d requested for site %s, request ID %s\n", output.TotalCount, printable(output.SiteName), printable(output.RequestID))
	return err
}

// printTable prints lines whose columns stand under each other.
func printTable(to io.Writer, lines [][]string) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		for i, cell := range line {
			line[i] = printable(cell)
		}
		if _, err := fmt.Fprintln(table, strings.Join(line, "\t")); err != nil {
			return fmt.Errorf("write table: %w", err)
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// printable escapes what could change the terminal. The text is the service's.
func printable(text string) string {
	text = strings.TrimSpace(text)
	if quoted := strconv.Quote(text); strings.ContainsRune(quoted, '\\') {
		return quoted
	}
	return text
}
