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

// writeJSON prints a response with the field names of the wire.
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

// printJSON prints an indented document.
func printJSON(to io.Writer, document any) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// writeTable prints a response as a table. Domain names are last, so that a
// long one does not pad other lines.
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

// printTable prints lines with aligned columns.
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

// printable escapes control sequences in strings of the service.
func printable(s string) string {
	s = strings.TrimSpace(s)
	if quoted := strconv.Quote(s); strings.ContainsRune(quoted, '\\') {
		return quoted
	}
	return s
}
