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

	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/internal/storerules"
)

// listPage is the number of applications per request.
const listPage = 1000

type listCmd struct {
	adminFlag
	Site   int64  `name:"site-id" help:"Filter by site ID."`
	Status string `help:"Filter by status: Applying, Issued, Failed or Canceled."`
	After  int64  `help:"Start after this application ID."`
	Limit  int    `default:"100" help:"Maximum number of applications. Long lists are fetched in several requests."`
	Output string `enum:"table,json" default:"table" help:"Output format: table or json."`
}

// Validate checks the flags before a request is sent.
func (c listCmd) Validate() error {
	if c.Limit < 0 || c.After < 0 || c.Site < 0 {
		return errors.New("--limit, --after and --site-id must not be negative")
	}
	if c.Status == "" {
		return nil
	}
	if _, err := storerules.ParseStatus(c.Status); err != nil {
		return fmt.Errorf("--status: %w", err)
	}
	return nil
}

// Run requests the applications page by page.
func (c listCmd) Run(ctx context.Context, s streams) error {
	if c.Output == "json" {
		list := jsonList{to: s.out}
		if err := c.pages(ctx, list.add); err != nil {
			return err
		}
		return list.end()
	}
	var applications []admin.Application
	err := c.pages(ctx, func(item json.RawMessage) error {
		var a admin.Application
		err := decode(item, &a)
		applications = append(applications, a)
		return err
	})
	if err != nil {
		return err
	}
	return writeTable(s.out, applications)
}

// pages calls each with every application, requesting at most listPage at a time.
func (c listCmd) pages(ctx context.Context, each func(json.RawMessage) error) error {
	for left, after := c.Limit, c.After; ; {
		limit := min(left, listPage)
		var page []json.RawMessage
		if err := c.getJSON(ctx, http.MethodGet, "/applications?"+c.query(limit, after), &page); err != nil {
			return err
		}
		for _, item := range page {
			if err := each(item); err != nil {
				return err
			}
		}
		left -= len(page)
		if left <= 0 || len(page) < limit {
			return nil
		}
		var last struct {
			ID int64 `json:"id,string"`
		}
		if err := decode(page[len(page)-1], &last); err != nil {
			return err
		}
		after = last.ID
	}
}

func (c listCmd) query(limit int, after int64) string {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	for name, value := range map[string]string{"status": c.Status, "site_id": number(c.Site), "after": number(after)} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query.Encode()
}

// jsonList writes a JSON array, one item at a time.
type jsonList struct {
	to    io.Writer
	begun bool
}

func (l *jsonList) add(item json.RawMessage) error {
	separator := ","
	if !l.begun {
		l.begun, separator = true, "["
	}
	_, err := fmt.Fprintf(l.to, "%s%s", separator, item)
	return err
}

// end closes the array, or writes an empty one.
func (l *jsonList) end() error {
	closing := "]\n"
	if !l.begun {
		closing = "[]\n"
	}
	_, err := io.WriteString(l.to, closing)
	return err
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// writeTable prints domain names last, so that a long one does not pad other rows.
func writeTable(w io.Writer, applications []admin.Application) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	// A tabwriter buffers its input; Flush returns the first error.
	_, _ = fmt.Fprintln(table, "ID\tSITE\tTYPE\tSTATUS\tAPPLIED\tEXPIRES\tPROBLEM\tDOMAIN")
	for _, a := range applications {
		expires := "-"
		if a.Certificate != nil {
			expires = a.Certificate.NotAfter.Format(time.RFC3339)
		}
		_, _ = fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n",
			a.ID, a.SiteID, a.Type, a.Status, a.CreatedAt.Format(time.RFC3339), expires, shortProblem(a.Problem), a.Domain)
	}
	return table.Flush()
}

// shortProblem is the last part of a problem's type, a URN: "canceled" of
// "urn:esacert:error:canceled".
func shortProblem(p *admin.Problem) string {
	if p == nil {
		return "-"
	}
	return p.Type[strings.LastIndexByte(p.Type, ':')+1:]
}
