package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/esacert/esacert/server/admin"
)

type listCmd struct {
	adminFlag
	Site   int64  `name:"site-id" help:"Only of this site."`
	Status string `help:"Only in this state: Applying, Issued or Failed."`
	After  int64  `help:"Only with a greater id."`
	Limit  int    `default:"100" help:"At most this many."`
	Output string `enum:"table,json" default:"table" help:"table or json."`
}

// Run asks a running server.
func (c listCmd) Run(ctx context.Context, s streams) error {
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	for name, value := range map[string]string{"status": c.Status, "site_id": number(c.Site), "after": number(c.After)} {
		if value != "" {
			query.Set(name, value)
		}
	}
	body, err := c.ask(ctx, http.MethodGet, "/applications?"+query.Encode())
	if err != nil {
		return err
	}
	if c.Output == "json" {
		_, err := s.out.Write(body)
		return err
	}
	var applications []admin.Application
	if err := decode(body, &applications); err != nil {
		return err
	}
	return writeTable(s.out, applications)
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func writeTable(w io.Writer, applications []admin.Application) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	// A tabwriter keeps what it is given; the first error comes from Flush.
	_, _ = fmt.Fprintln(table, "ID\tSITE\tDOMAIN\tTYPE\tSTATUS\tAPPLIED\tEXPIRES\tPROBLEM")
	for _, a := range applications {
		expires := "-"
		if a.Certificate != nil {
			expires = a.Certificate.NotAfter.Format(time.RFC3339)
		}
		_, _ = fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n",
			a.ID, a.SiteID, a.Domain, a.Type, a.Status, a.CreatedAt.Format(time.RFC3339), expires, shortProblem(a.Problem))
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
