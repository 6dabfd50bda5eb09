package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

type applicationsCmd struct {
	List listCmd `cmd:"" default:"withargs" help:"List applications, oldest first."`
}

type listCmd struct {
	Admin  string `env:"ESACERTD_ADMIN_URL" required:"" placeholder:"URL" help:"Address of the administration, as the ready line gives it."`
	Site   int64  `name:"site-id" help:"Only of this site."`
	Status string `help:"Only in this state: Applying, Issued or Failed."`
	After  int64  `help:"Only with a greater id."`
	Limit  int    `default:"100" help:"At most this many."`
	Output string `enum:"table,json" default:"table" help:"table or json."`
}

const (
	adminTimeout   = 10 * time.Second
	mostAdminBytes = 64 << 20
)

// Run asks a running server.
func (c listCmd) Run(ctx context.Context, s streams) error {
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	for name, value := range map[string]string{"status": c.Status, "site_id": number(c.Site), "after": number(c.After)} {
		if value != "" {
			query.Set(name, value)
		}
	}
	body, err := get(ctx, strings.TrimSuffix(c.Admin, "/")+"/applications?"+query.Encode())
	if err != nil {
		return err
	}
	if c.Output == "json" {
		_, err := s.out.Write(body)
		return err
	}
	return writeTable(s.out, body)
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// get reads a JSON answer of the administration.
func get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("--admin: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w (is it running, and is that its administration?)", err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, mostAdminBytes))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the answer of the server: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return body, nil
}

func writeTable(w io.Writer, body []byte) error {
	var applications []struct {
		ID        string    `json:"id"`
		SiteID    int64     `json:"site_id"`
		Domain    string    `json:"domain"`
		Type      string    `json:"type"`
		Status    string    `json:"status"`
		CreatedAt time.Time `json:"created_at"`
	}
	if err := json.Unmarshal(body, &applications); err != nil {
		return fmt.Errorf("the answer of the server is not what it should be: %w", err)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	// A tabwriter keeps what it is given; the first error comes from Flush.
	_, _ = fmt.Fprintln(table, "ID\tSITE\tDOMAIN\tTYPE\tSTATUS\tAPPLIED")
	for _, a := range applications {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\n", a.ID, a.SiteID, a.Domain, a.Type, a.Status, a.CreatedAt.Format(time.RFC3339))
	}
	return table.Flush()
}
