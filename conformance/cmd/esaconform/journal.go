package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// journalURL returns the URL of the journal, given that URL or the admin URL of
// esacertd.
func journalURL(raw string) (string, error) {
	u, err := suite.ParseURL(raw)
	if err != nil {
		return "", fmt.Errorf("--journal %s: %w", redact.URL(raw), err)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/journal"
	}
	return u.String(), nil
}

const journalRemedy = "pass --journal with the admin URL of the server's ready line, or remove journal from the targets file"

// explainJournal adds the remedy to an error about the journal.
func explainJournal(err error) error {
	if _, ok := errors.AsType[*serverrunner.JournalError](err); ok {
		return fmt.Errorf("%w; %s", err, journalRemedy)
	}
	return err
}

// checkJournal looks up a request that the server has just rejected. A journal without
// it belongs to another server, and would make every case fail. The run reports other
// errors.
func checkJournal(ctx context.Context, targets *suite.Targets, requestID string) error {
	if targets.Journal == "" || requestID == "" {
		return nil
	}
	_, err := serverrunner.HTTPJournal(targets.Journal, nil).Rule(ctx, requestID)
	if errors.Is(err, serverrunner.ErrNoEntry) {
		return fmt.Errorf("journal %s has no entry for a request to which %s has just responded: it belongs to another server, or is disabled; %s",
			redact.URL(targets.Journal), targets.Endpoint, journalRemedy)
	}
	return nil
}
