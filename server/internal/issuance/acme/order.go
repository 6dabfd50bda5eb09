package acme

import (
	"context"
	"errors"
	"net/http"

	"github.com/mholt/acmez/v3/acme"

	"github.com/esacert/esacert/server/internal/issuance"
)

// session holds the directory and the account for one step.
type session struct {
	*Client
	dir  *acmeDirectory
	acct acme.Account
}

func (a *Client) session(ctx context.Context) (*session, error) {
	s, err := a.openDirectory(ctx)
	if err != nil {
		return nil, err
	}
	as, err := a.ensureAccount(ctx, s)
	if err != nil {
		return nil, err
	}
	return &session{Client: a, dir: s, acct: as}, nil
}

// Order creates an order and returns its URL. It sends Replaces only if the
// authority provides renewal information. The authority may reject an order with
// Replaces (as alreadyReplaced, conflict or malformed) and accept it without.
func (a *Client) Order(ctx context.Context, r issuance.OrderRequest) (url string, err error) {
	const op = "create order"
	w, err := a.session(ctx)
	if err != nil {
		return "", err
	}
	if err := a.checkProfile(w.dir); err != nil {
		return "", err
	}
	order := acme.Order{
		Identifiers: []acme.Identifier{{Type: "dns", Value: r.Name}},
		Profile:     a.o.Profile,
	}
	if r.Replaces != nil && w.dir.directory.RenewalInfo != "" {
		if order.Replaces, err = renewalID(r.Replaces); err != nil {
			a.log.WarnContext(ctx, "order sent without the renewed certificate", "application", r.ID, "error", err)
		}
	}
	xctx, x := withLastResponse(ctx)
	got, err := w.dir.client.NewOrder(xctx, w.acct, order)
	if err != nil {
		return "", w.requestFailure(ctx, op, x, err)
	}
	if got.Location == "" {
		return "", a.unavailable(op, "", errors.New("response has no order URL (Location header)"))
	}
	return got.Location, nil
}

// requestFailure is failure for a request signed by the account. If the authority
// returns unauthorized, it also checks whether the account is still valid.
func (w *session) requestFailure(ctx context.Context, op string, x *lastResponse, err error) error {
	failure := w.failure(ctx, op, x, err, false)
	var rejected *issuance.RejectedError
	if errors.As(failure, &rejected) && rejected.Problem.Type == acme.ProblemTypeUnauthorized {
		if err := w.checkAccount(ctx, w.dir, w.acct); err != nil {
			return err
		}
	}
	return failure
}

// order fetches the order.
func (w *session) order(ctx context.Context, url string) (acme.Order, *lastResponse, error) {
	xctx, x := withLastResponse(ctx)
	got, err := w.dir.client.GetOrder(xctx, w.acct, acme.Order{Location: url})
	if err == nil {
		return got, x, nil
	}
	return got, x, w.invalidIfUnknown(w.requestFailure(ctx, "fetch order", x, err), x)
}

// invalidIfUnknown marks the order as invalid if the authority rejected the
// request for one of its resources, or no longer knows it.
func (w *session) invalidIfUnknown(err error, x *lastResponse) error {
	var rejected *issuance.RejectedError
	switch {
	case errors.As(err, &rejected):
		rejected.OrderInvalid = true
		return rejected
	case x.status == http.StatusNotFound || x.status == http.StatusGone:
		p, _ := x.verdict()
		if p.Type == typeAboutBlank {
			p.Type, p.Detail = issuance.ProblemOrder, "the authority no longer knows the order"
		}
		return &issuance.RejectedError{Problem: p, OrderInvalid: true}
	}
	return err
}
