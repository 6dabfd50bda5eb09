package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// journalURL accepts the admin URL of esacertd and the URL of the journal itself.
func journalURL(text string) (string, error) {
	u, err := suite.ParseURL(text)
	if err != nil {
		return "", fmt.Errorf("--journal %s: %w", suite.RedactURL(text), err)
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

// checkJournal looks up a request that the server has just rejected. A journal
// that does not have it is that of another server, by which every case would be
// judged wrongly. It leaves other failures to the run, which reports them.
func checkJournal(ctx context.Context, targets *suite.Targets, requestID string) error {
	if targets.Journal == "" || requestID == "" {
		return nil
	}
	_, err := serverrunner.HTTPJournal(targets.Journal, nil).Rule(ctx, requestID)
	if errors.Is(err, serverrunner.ErrNoEntry) {
		return fmt.Errorf("the journal %s has no entry for a request that %s has just responded to, so it is the journal of another server, or switched off; %s",
			targets.Journal, targets.Endpoint, journalRemedy)
	}
	return nil
}
