package acme

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/mholt/acmez/v3/acme"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// Fulfill takes an order as far as it gets. What is to be done is asked of the
// authority each time, so it may be called again whenever a step ended.
func (a *Client) Fulfill(ctx context.Context, r issuance.FulfillRequest) (chain []byte, err error) {
	w, err := a.session(ctx)
	if err != nil {
		return nil, err
	}
	f := &fulfillment{session: w, r: r}
	for {
		order, x, err := w.order(ctx, r.URL)
		if err != nil {
			return nil, err
		}
		switch order.Status {
		case acme.StatusPending:
			err = f.validate(ctx, &order, x)
		case acme.StatusReady:
			err = f.finalize(ctx, &order, x)
		case acme.StatusProcessing:
			err = f.waitForPoll(ctx, x, "waiting for the certificate", a.o.Processing)
		case acme.StatusValid:
			return f.download(ctx, &order)
		case acme.StatusInvalid:
			err = f.whyInvalid(ctx, &order)
		default:
			err = a.unavailable("asking for the order", "", fmt.Errorf("its status is %q, which RFC 8555 does not have", printable(order.Status, 40)))
		}
		if err != nil {
			return nil, err
		}
	}
}

// fulfillment is one call of Fulfil.
type fulfillment struct {
	*session
	r            issuance.FulfillRequest
	validated    bool
	finalized    bool
	waitingSince time.Time // since when there is nothing to do but to wait
}

// maxInlineWait is the wait from which on a worker has better things to do.
const maxInlineWait = 10 * time.Second

// follow waits until it is worth asking again. The error is an
// *issuance.LaterError when that is too long for a step.
func (f *fulfillment) waitForPoll(ctx context.Context, x *lastResponse, doing string, most time.Duration) error {
	if f.waitingSince.IsZero() {
		f.waitingSince = time.Now()
	}
	wait := f.o.Poll
	if x.hasRetryAfter {
		// At once is never worth it.
		wait = max(x.after, min(f.o.Poll, time.Second))
	}
	if wait > maxInlineWait || time.Since(f.waitingSince)+wait > most {
		return &issuance.RetryLaterError{After: x.after}
	}
	if sleep(ctx, wait) != nil {
		return contextErr(ctx, doing)
	}
	return nil
}

// finalize sends the request for the certificate. It is sent only once in a
// step, and only when the authority has said that the order is ready.
func (f *fulfillment) finalize(ctx context.Context, order *acme.Order, x *lastResponse) error {
	const doing = "finalizing the order"
	if f.finalized {
		return f.waitForPoll(ctx, x, doing, f.o.Processing)
	}
	f.finalized, f.waitingSince = true, time.Time{}
	xctx, x := withLastResponse(ctx)
	_, err := f.dir.client.FinalizeOrder(xctx, f.acct, *order, f.r.CSR)
	switch {
	case err == nil, x.status >= 200 && x.status < 300:
		// The library cannot be told not to wait for the certificate. What it says
		// of an order that is being processed is not of interest.
		return contextErr(ctx, doing)
	case x.problem != nil && x.problem.Type == acme.ProblemTypeOrderNotReady:
		// Somebody was faster, or the answer to our own request was lost.
		return contextErr(ctx, doing)
	}
	err = f.requestFailure(ctx, doing, x, err)
	var refused *issuance.RejectedError
	if !errors.As(err, &refused) {
		return err
	}
	if refused.Problem.Type == acme.ProblemTypeBadCSR {
		refused.OrderInvalid = true // the next order has another key
		return refused
	}
	if now, _, err := f.order(ctx, f.r.URL); err == nil && now.Status == acme.StatusInvalid {
		refused.OrderInvalid = true
	}
	return refused
}

func (f *fulfillment) download(ctx context.Context, order *acme.Order) ([]byte, error) {
	const doing = "downloading the certificate"
	if order.Certificate == "" {
		return nil, f.unavailable(doing, "", errors.New("the order is valid and has no URL of a certificate"))
	}
	xctx, x := withLastResponse(ctx)
	chains, err := f.dir.client.GetCertificateChain(xctx, f.acct, order.Certificate)
	if err != nil {
		return nil, f.invalidIfUnknown(f.requestFailure(ctx, doing, x, err), x)
	}
	return chains[0].ChainPEM, nil
}

// whyInvalid finds the reason, which is in the challenge that failed.
func (f *fulfillment) whyInvalid(ctx context.Context, order *acme.Order) error {
	problem := store.Problem{Type: issuance.ProblemOrder, Detail: "order is invalid; the authority gave no reason"}
	if order.Error != nil {
		problem = problemOf(order.Error)
	}
	for _, url := range order.Authorizations {
		authorization, _, err := f.authorization(ctx, url)
		if over := contextErr(ctx, "asking why the order is invalid"); over != nil {
			return over
		}
		if err != nil {
			continue // an order that is lost in any case
		}
		if p, found := challengeProblem(&authorization); found {
			problem = p
			break
		}
	}
	return &issuance.RejectedError{Problem: problem, OrderInvalid: true}
}

// problemOf is a problem that is part of an object of the authority.
func problemOf(p *acme.Problem) store.Problem {
	problem := store.Problem{
		Type:   printable(p.Type, maxType),
		Title:  printable(p.Title, maxType),
		Detail: printable(p.Detail, maxDetail),
		Status: p.Status,
	}
	if problem.Type == "" {
		problem.Type = typeAboutBlank
	}
	for _, s := range p.Subproblems[:min(len(p.Subproblems), maxSubproblems)] {
		problem.Subproblems = append(problem.Subproblems, store.Subproblem{
			Type: printable(s.Type, maxType), Detail: printable(s.Detail, maxDetail), Name: printable(s.Identifier.Value, maxType),
		})
	}
	return problem
}

// reasonOf gives the problem of the challenge that failed.
func challengeProblem(authorization *acme.Authorization) (store.Problem, bool) {
	for i := range authorization.Challenges {
		if err := authorization.Challenges[i].Error; err != nil && authorization.Status != acme.StatusValid {
			return problemOf(err), true
		}
	}
	return store.Problem{}, false
}

// renewalID names a certificate to the authority that has issued it.
// Source: RFC 9773, section 4.1.
func renewalID(leaf *x509.Certificate) (string, error) {
	if len(leaf.AuthorityKeyId) == 0 {
		return "", errors.New("the certificate has no authority key identifier")
	}
	return acme.ARIUniqueIdentifier(leaf)
}
