package acme

import (
	"context"
	"errors"
	"net/http"

	"github.com/mholt/acmez/v3/acme"

	"github.com/esacert/esacert/server/internal/issuance"
)

// session is one step at the authority.
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

// Order opens an order. With Replaces it says which certificate it renews, if
// the authority has renewal information; the authority may refuse that (as
// alreadyReplaced, conflict or malformed), and take the order without it.
func (a *Client) Order(ctx context.Context, r issuance.OrderRequest) (url string, err error) {
	const doing = "opening an order"
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
			a.log.WarnContext(ctx, "the order does not say what it renews", "application", r.ID, "error", err)
		}
	}
	xctx, x := withLastResponse(ctx)
	got, err := w.dir.client.NewOrder(xctx, w.acct, order)
	if err != nil {
		return "", w.requestFailure(ctx, doing, x, err)
	}
	if got.Location == "" {
		return "", a.unavailable(doing, "", errors.New("the authority has given no URL of the order (the header Location)"))
	}
	return got.Location, nil
}

// refused is failure for a request that the account has made: where it is not
// authorized, the account itself may be what is wrong.
func (w *session) requestFailure(ctx context.Context, doing string, x *lastResponse, err error) error {
	failure := w.failure(ctx, doing, x, err, false)
	var refused *issuance.RejectedError
	if errors.As(failure, &refused) && refused.Problem.Type == acme.ProblemTypeUnauthorized {
		if trouble := w.checkAccount(ctx, w.dir, w.acct); trouble != nil {
			return trouble
		}
	}
	return failure
}

// get asks for the order.
func (w *session) order(ctx context.Context, url string) (acme.Order, *lastResponse, error) {
	xctx, x := withLastResponse(ctx)
	got, err := w.dir.client.GetOrder(xctx, w.acct, acme.Order{Location: url})
	if err == nil {
		return got, x, nil
	}
	return got, x, w.invalidIfUnknown(w.requestFailure(ctx, "asking for the order", x, err), x)
}

// invalidIfUnknown is for what the authority does not know any more, or does not
// know as the account's.
func (w *session) invalidIfUnknown(err error, x *lastResponse) error {
	var refused *issuance.RejectedError
	switch {
	case errors.As(err, &refused):
		refused.OrderInvalid = true
		return refused
	case x.status == http.StatusNotFound || x.status == http.StatusGone:
		p, _ := x.verdict()
		if p.Type == typeAboutBlank {
			p.Type, p.Detail = issuance.ProblemOrder, "the authority does not know the order any more"
		}
		return &issuance.RejectedError{Problem: p, OrderInvalid: true}
	}
	return err
}
