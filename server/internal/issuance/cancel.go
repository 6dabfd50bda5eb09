package issuance

import (
	"context"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// Cancel ends an application that is Applying on behalf of the operator. It
// becomes Canceled with ProblemCanceled as the reason, and its quota is released.
// A step in progress is fenced off: what it obtains from the authority
// afterwards is dropped.
//
// Errors: store.ErrNotFound; store.ErrInvalidTransition if the application is
// not Applying, also because the step in progress has just finished it. Then
// nothing changes.
func Cancel(ctx context.Context, jobs store.Jobs, id int64, at time.Time) error {
	at = storerules.NormalizeTime(at)
	return jobs.Cancel(ctx, id, store.Problem{Type: ProblemCanceled, Detail: "canceled by the operator", At: at}, at)
}

// reportLost logs that another writer finished the step, and why.
func (s *step) reportLost(ctx context.Context, cause error) {
	var records []store.JobRecord
	// Log even if the reason is unknown.
	_ = s.write(ctx, func(ctx context.Context) (err error) {
		records, err = s.o.Jobs.ListRecords(ctx, store.Query{After: s.job.ID - 1, Limit: 1})
		return err
	})
	if len(records) == 1 && records[0].ID == s.job.ID {
		if p := records[0].Progress.Problem; p != nil && p.Type == ProblemCanceled {
			s.log.Info("step dropped: the application was canceled", "type", p.Type, "detail", p.Detail, "error", cause)
			return
		}
	}
	s.log.Info("step abandoned: lease lost or application finished", "error", cause)
}
