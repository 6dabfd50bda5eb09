package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/store"
)

type showCmd struct {
	adminFlag
	ID     int64  `arg:"" help:"Application ID."`
	Output string `enum:"text,json,chain" default:"text" help:"Output format: text, json or chain (PEM)."`
}

// Run requests the data from a running server.
func (c showCmd) Run(ctx context.Context, s streams) error {
	path := applicationPath(c.ID)
	if c.Output == "chain" {
		path += "/chain"
	}
	body, err := c.do(ctx, http.MethodGet, path)
	if err != nil {
		return err
	}
	if c.Output != "text" {
		_, err := s.out.Write(body)
		return err
	}
	var a admin.Application
	if err := decode(body, &a); err != nil {
		return err
	}
	return writeApplication(s.out, a)
}

func applicationPath(id int64) string { return "/applications/" + strconv.FormatInt(id, 10) }

func writeApplication(w io.Writer, a admin.Application) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	// A tabwriter buffers its input; Flush returns the first error.
	row := func(name, value string) { _, _ = fmt.Fprintf(table, "%s\t%s\n", name, value) }
	row("application", a.ID+" of account "+a.Account)
	row("domain name", a.Domain+" ("+a.Type+", site "+strconv.FormatInt(a.SiteID, 10)+")")
	if a.AlgType != "" {
		row("AlgType", a.AlgType)
	}
	row("status", a.Status+", applied "+a.CreatedAt.Format(time.RFC3339))
	row("attempts", fmt.Sprintf("%d, %d of them refused", a.Attempts, a.Failures))
	if a.NextStepAt != nil {
		row("next step", a.NextStepAt.Format(time.RFC3339))
	}
	if p := a.Problem; p != nil {
		row("problem", p.Type+", "+p.At.Format(time.RFC3339))
		row("", p.Detail)
	}
	if c := a.Certificate; c != nil {
		row("certificate for", strings.Join(c.Names, ", "))
		row("issuer", c.Issuer)
		row("valid from", c.NotBefore.Format(time.RFC3339))
		row("valid to", c.NotAfter.Format(time.RFC3339))
		row("serial number", c.Serial)
		row("SHA-256", c.Fingerprint)
	}
	return table.Flush()
}

type waitCmd struct {
	adminFlag
	ID      int64         `arg:"" help:"Application ID."`
	Timeout time.Duration `default:"5m" help:"Maximum time to wait."`
}

// pollInterval is the time between two requests of waitCmd.
const pollInterval = 200 * time.Millisecond

// Run polls a running server until the application is Issued, Failed or Canceled.
func (c waitCmd) Run(ctx context.Context, s streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	for {
		var a admin.Application
		if err := c.getJSON(ctx, http.MethodGet, applicationPath(c.ID), &a); err != nil {
			return err
		}
		if a.Status != string(store.Applying) {
			return errors.Join(writeApplication(s.out, a), failedError(a))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("application %d is still %s after %v", c.ID, a.Status, c.Timeout)
		case <-time.After(pollInterval):
		}
	}
}

func failedError(a admin.Application) error {
	if a.Status != string(store.Failed) && a.Status != string(store.Canceled) {
		return nil
	}
	return fmt.Errorf("application %s failed", a.ID)
}
