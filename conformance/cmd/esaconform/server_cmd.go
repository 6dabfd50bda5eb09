package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

type serverCmd struct {
	Endpoint        string `placeholder:"URL" env:"ESACONFORM_ENDPOINT" help:"Server URL, for example http://127.0.0.1:8080. The default scheme is http for a loopback address, https otherwise."`
	AccessKeyID     string `name:"access-key-id" placeholder:"ID" env:"ALIBABA_CLOUD_ACCESS_KEY_ID" help:"Access key ID of keys.account."`
	AccessKeySecret string `placeholder:"SECRET" env:"ALIBABA_CLOUD_ACCESS_KEY_SECRET" help:"Access key secret. Prefer the environment variable: command lines are visible to other users."`
	Targets         string `placeholder:"FILE" help:"Targets file (sites and keys); 'esaconform template' prints one. Cases with unmet needs are skipped."`
	Journal         string `placeholder:"ADMIN-URL" help:"Admin URL of esacertd, from its ready line; also compares which rule rejected each request. Overrides journal in the targets file."`
	AllowWrites     bool   `help:"Also run cases that create applications and so change the account."`
	runFlags
}

// Help returns the details for --help.
func (serverCmd) Help() string {
	return "Flags override the targets file. The endpoint and keys.account are required in one of them.\n\n" + helpText
}

func (c *serverCmd) Run(ctx context.Context, s streams) error {
	targets, err := c.targets()
	if err != nil {
		return err
	}
	plan, err := c.plan(suite.ServerSide)
	if err != nil {
		return err
	}
	reports, err := c.reports(s, plan, 1, targets.Secrets())
	if err != nil {
		return err
	}
	warning, requestID := preflight(ctx, targets)
	if warning != "" {
		if _, err := fmt.Fprintln(s.err, "esaconform: "+warning); err != nil {
			return internalError(err)
		}
	}
	if err := checkJournal(ctx, targets, requestID); err != nil {
		return usageError(err)
	}
	run, err := serverrunner.Run(ctx, serverrunner.Target{URL: targets.Endpoint, Targets: targets}, plan.selected, serverrunner.Options{
		AllowWrites: c.AllowWrites, Timeout: c.Timeout, Parallel: c.Parallel, Progress: reports.result,
	})
	switch unreachable := new(serverrunner.UnreachableError); {
	case err == nil:
	case errors.Is(err, serverrunner.ErrTarget):
		return usageError(explainJournal(err))
	case errors.As(err, &unreachable) || len(run.Results) == 0:
		return internalError(fmt.Errorf("%w; nothing ran", err))
	default:
		run.Results = append(run.Results, runError(&run, run.Subjects[0], "run/complete", "A run that is stopped reports no result for the remaining cases.", err))
		reports.result(run.Results[len(run.Results)-1])
	}
	return reports.end(&run)
}

// targets returns the targets of the file, overridden by flags.
func (c *serverCmd) targets() (*suite.Targets, error) {
	targets := &suite.Targets{}
	if c.Targets != "" {
		data, err := os.ReadFile(c.Targets)
		if err != nil {
			return nil, usageError(fmt.Errorf("read targets file: %w", err))
		}
		if targets, err = suite.ParseTargets(c.Targets, data); err != nil {
			return nil, usageError(fmt.Errorf("invalid targets file:\n%w", err))
		}
	}
	if c.Endpoint != "" {
		targets.Endpoint = c.Endpoint
	}
	if targets.Endpoint != "" {
		u, err := suite.ParseURL(targets.Endpoint)
		if err != nil {
			return nil, usageError(fmt.Errorf("--endpoint %s: %w", redact.URL(targets.Endpoint), err))
		}
		targets.Endpoint = u.String()
	}
	if c.AccessKeyID != "" || c.AccessKeySecret != "" {
		if c.AccessKeyID == "" || c.AccessKeySecret == "" {
			return nil, usageError(errors.New("--access-key-id and --access-key-secret must be set together"))
		}
		if targets.Keys == nil {
			targets.Keys = map[string]suite.Key{}
		}
		targets.Keys["account"] = suite.Key{ID: c.AccessKeyID, Secret: c.AccessKeySecret}
	}
	if c.Journal != "" {
		targets.Journal = c.Journal
	}
	if targets.Journal != "" {
		var err error
		if targets.Journal, err = journalURL(targets.Journal); err != nil {
			return nil, usageError(err)
		}
	}
	if targets.Endpoint == "" {
		return nil, usageError(errors.New("no endpoint: set --endpoint, or endpoint in the targets file"))
	}
	if isTemplate(targets.Keys["account"]) {
		return nil, usageError(errors.New("keys.account is still the template's: replace it with your server's access key"))
	}
	if !targets.Has("keys.account") {
		return nil, usageError(errors.New("no access key: set --access-key-id and --access-key-secret, or keys.account in the targets file"))
	}
	return targets, nil
}

// runError returns a result for an error of the run as a whole, so that its reports do
// not appear complete.
func runError(run *suite.Run, subject, id, why string, err error) suite.Result {
	return suite.Result{
		Case: id, Why: why, Evidence: suite.Inferred, Level: suite.Must, Side: run.Side, Subject: subject,
		Verdict: suite.Errored, Reason: err.Error(),
	}
}
