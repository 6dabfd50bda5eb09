package admin

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// Application is the JSON form of a stored application.
type Application struct {
	ID          string       `json:"id"`
	Account     string       `json:"account"`
	SiteID      int64        `json:"site_id"`
	Domain      string       `json:"domain"`
	Type        string       `json:"type"`
	AlgType     string       `json:"alg_type,omitempty"` // verbatim
	Status      string       `json:"status"`
	APIStatus   string       `json:"api_status"`     // as the operations show it, for example OK
	Name        string       `json:"name,omitempty"` // of an uploaded certificate
	RequestID   string       `json:"request_id"`
	CreatedAt   time.Time    `json:"created_at"`
	UpdatedAt   time.Time    `json:"updated_at"`
	Attempts    int64        `json:"attempts"`         // started steps
	Failures    int          `json:"failures"`         // rejections by the authority since the last certificate
	NextStepAt  *time.Time   `json:"due_at,omitempty"` // time of the next step; omitted if no step is due
	Problem     *Problem     `json:"problem,omitempty"`
	Certificate *Certificate `json:"certificate,omitempty"`
}

func statuses() []string {
	var names []string
	for _, s := range storerules.Statuses() {
		names = append(names, string(s))
	}
	return names
}

// Problem is the last failure of the application.
type Problem = store.Problem

// Certificate is the certificate in use.
type Certificate struct {
	Authority   string    `json:"authority"`
	Serial      string    `json:"serial"`
	Names       []string  `json:"names"`
	Issuer      string    `json:"issuer"`
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	Fingerprint string    `json:"fingerprint"` // SHA-256
	Renewals    int       `json:"renewals"`
	Delivered   bool      `json:"delivered"`
}

func newApplication(r store.JobRecord, now time.Time) Application {
	a := Application{
		ID: strconv.FormatInt(r.ID, 10), Account: r.Account, SiteID: r.SiteID, Domain: r.Domain, Type: r.Type, AlgType: r.AlgType,
		Status: string(r.Status), APIStatus: operations.StatusOf(&r, now), Name: r.Name, RequestID: r.RequestID, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		Attempts: r.Progress.Attempt, Failures: issuance.Refusals(r), Problem: r.Progress.Problem,
	}
	if due := r.Progress.Due.UTC(); !due.IsZero() {
		a.NextStepAt = &due
	}
	if c := r.Certificate; c != nil {
		// An application has one name, and the issuer stores only certificates for
		// that name. An uploaded certificate may have several.
		names := []string{r.Domain}
		if r.Names != "" {
			names = strings.Split(r.Names, ",")
		}
		a.Certificate = &Certificate{
			Authority: c.Authority, Serial: c.Serial, Names: names, Issuer: c.Issuer, NotBefore: c.NotBefore.UTC(),
			NotAfter: c.NotAfter.UTC(), Fingerprint: c.Fingerprint, Renewals: c.Renewals, Delivered: c.Delivered,
		}
	}
	return a
}

// requireJobs rejects requests if the store does not support certificates.
func (h handler) requireJobs(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h.jobs == nil {
			writeError(w, http.StatusNotImplemented, errors.New("the store does not support certificates"))
			return
		}
		next(w, r)
	}
}

func (h handler) applications(w http.ResponseWriter, r *http.Request, q query) {
	writeList(w, h.list(r.Context(), store.Query{
		Account: q.string("account"), SiteID: q.number("site_id"), Domain: q.string("domain"),
		Status: store.Status(q.string("status")), After: q.number("after"), Limit: q.limit(store.DefaultLimit),
	}))
}

// list yields the applications of a query, read from the store page by page.
func (h handler) list(ctx context.Context, q store.Query) iter.Seq2[Application, error] {
	return func(yield func(Application, error) bool) {
		for left := q.Limit; left > 0; left -= q.Limit {
			q.Limit = min(left, pageSize)
			found, err := h.jobs.ListRecords(ctx, q)
			if err != nil {
				yield(Application{}, err)
				return
			}
			for _, record := range found {
				if !yield(newApplication(record, h.Server.Now()), nil) {
					return
				}
			}
			if len(found) < q.Limit {
				return
			}
			q.After = found[len(found)-1].ID
		}
	}
}

// find returns the application named by the path. If it does not exist, find
// writes the error response and returns false.
func (h handler) find(w http.ResponseWriter, r *http.Request) (store.JobRecord, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		writeError(w, http.StatusBadRequest, fmt.Errorf("invalid application ID %q (for example %d)", r.PathValue("id"), store.FirstID))
		return store.JobRecord{}, false
	}
	found, err := h.jobs.ListRecords(r.Context(), store.Query{After: id - 1, Limit: 1})
	switch {
	case err != nil:
		writeFailure(w, err)
	case len(found) == 0 || found[0].ID != id:
		writeError(w, http.StatusNotFound, fmt.Errorf("no application %d exists", id))
	default:
		return found[0], true
	}
	return store.JobRecord{}, false
}

func (h handler) application(w http.ResponseWriter, r *http.Request) {
	if record, ok := h.find(w, r); ok {
		write(w, http.StatusOK, newApplication(record, h.Server.Now()))
	}
}

func (h handler) chain(w http.ResponseWriter, r *http.Request) {
	record, ok := h.find(w, r)
	if !ok {
		return
	}
	c, err := h.jobs.Certificate(r.Context(), record.ID)
	switch {
	case errors.Is(err, store.ErrNoCertificate):
		writeError(w, http.StatusNotFound, fmt.Errorf("no certificate was issued for application %d; it is %s", record.ID, record.Status))
	case err != nil:
		writeFailure(w, err)
	default:
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%d.pem"`, record.ID))
		_, _ = w.Write(c.Chain) // fails only if the caller has disconnected
	}
}

// cancel cancels an application in status Applying.
func (h handler) cancel(w http.ResponseWriter, r *http.Request) {
	record, ok := h.find(w, r)
	if !ok {
		return
	}
	err := issuance.Cancel(r.Context(), h.jobs, record.ID, h.Server.Now())
	switch {
	case errors.Is(err, store.ErrInvalidTransition):
		// Read it again: a step may have finished it since.
		if record, ok = h.find(w, r); ok {
			writeError(w, http.StatusConflict, fmt.Errorf(
				"application %d is %s; only an application that is %s can be canceled, so nothing was changed", record.ID, record.Status, store.Applying))
		}
		return
	case err != nil:
		writeFailure(w, err)
		return
	}
	h.Logger.Info("application canceled", "application", record.ID, "domain", record.Domain, "account", record.Account, "site", record.SiteID)
	h.application(w, r)
}
