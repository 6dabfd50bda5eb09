package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/store"
)

type cancelCmd struct {
	adminFlag
	confirmFlag
	ID int64 `arg:"" help:"Application ID."`
}

// Run cancels an application of a running server after the operator confirms.
// Applications that are not Applying are rejected without a question.
func (c cancelCmd) Run(ctx context.Context, s streams) error {
	var a admin.Application
	if err := c.getJSON(ctx, http.MethodGet, applicationPath(c.ID), &a); err != nil {
		return err
	}
	if a.Status != string(store.Applying) {
		return fmt.Errorf("application %s (%s) is %s; only an application that is %s can be canceled", a.ID, a.Domain, a.Status, store.Applying)
	}
	question := fmt.Sprintf("Application %s for %s becomes %s and gets no certificate. Cancel it?", a.ID, a.Domain, store.Canceled)
	if err := c.confirm(s, question); err != nil {
		return err
	}
	// Decode into a new variable, so that omitted fields stay empty.
	var canceled admin.Application
	if err := c.getJSON(ctx, http.MethodPost, applicationPath(c.ID)+"/cancel", &canceled); err != nil {
		return err
	}
	return writeApplication(s.out, canceled)
}
