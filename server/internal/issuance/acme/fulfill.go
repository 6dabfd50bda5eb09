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

// Fulfill advances an order as far as possible. It fetches the order each time,
// so it may be called again after any error.
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
			err = f.waitForPoll(ctx, x, "wait for certificate", a.o.Processing)
		case acme.StatusValid:
			return f.download(ctx, &order)
		case acme.StatusInvalid:
			err = f.whyInvalid(ctx, &order)
		default:
			err = a.unavailable("fetch order", "", fmt.Errorf("unknown order status %q (RFC 8555, section 7.1.6)", printable(order.Status, 40)))
		}
		if err != nil {
			return nil, err
		}
	}
}

// fulfillment is one call of Fulfill.
type fulfillment struct {
	*session
	r            issuance.FulfillRequest
	validated    bool
	finalized    bool
	waitingSince time.Time // start of the current wait; zero if none
}

// maxInlineWait is the longest single wait within a step. A longer one is left to
// the loop, so that the worker is free meanwhile.
const maxInlineWait = 10 * time.Second

// waitForPoll waits until the next poll. It returns an *issuance.RetryLaterError
// if that is longer than maxInlineWait, or if the waits of the step would exceed
// limit.
func (f *fulfillment) waitForPoll(ctx context.Context, x *lastResponse, op string, limit time.Duration) error {
	if f.waitingSince.IsZero() {
		f.waitingSince = time.Now()
	}
	wait := f.o.Poll
	if x.hasRetryAfter {
		// Even for Retry-After: 0, do not poll immediately.
		wait = max(x.after, min(f.o.Poll, time.Second))
	}
	if wait > maxInlineWait || time.Since(f.waitingSince)+wait > limit {
		return &issuance.RetryLaterError{After: x.after}
	}
	if sleep(ctx, wait) != nil {
		return contextErr(ctx, op)
	}
	return nil
}

// finalize sends the CSR. It is called only if the order is ready, and sends the
// request only once per step.
func (f *fulfillment) finalize(ctx context.Context, order *acme.Order, x *lastResponse) error {
	const op = "finalize order"
	if f.finalized {
		return f.waitForPoll(ctx, x, op, f.o.Processing)
	}
	f.finalized, f.waitingSince = true, time.Time{}
	xctx, x := withLastResponse(ctx)
	_, err := f.dir.client.FinalizeOrder(xctx, f.acct, *order, f.r.CSR)
	switch {
	case err == nil, x.status >= 200 && x.status < 300:
		// The library always polls for the certificate. Its error for an order that
		// is still processing is ignored.
		return contextErr(ctx, op)
	case x.problem != nil && x.problem.Type == acme.ProblemTypeOrderNotReady:
		// Another worker was first, or the response to an earlier request was lost.
		return contextErr(ctx, op)
	}
	err = f.requestFailure(ctx, op, x, err)
	var rejected *issuance.RejectedError
	if !errors.As(err, &rejected) {
		return err
	}
	if rejected.Problem.Type == acme.ProblemTypeBadCSR {
		rejected.OrderInvalid = true // the next order has another key
		return rejected
	}
	if current, _, err := f.order(ctx, f.r.URL); err == nil && current.Status == acme.StatusInvalid {
		rejected.OrderInvalid = true
	}
	return rejected
}

func (f *fulfillment) download(ctx context.Context, order *acme.Order) ([]byte, error) {
	const op = "download certificate"
	if order.Certificate == "" {
		return nil, f.unavailable(op, "", errors.New("order is valid but has no certificate URL"))
	}
	xctx, x := withLastResponse(ctx)
	chains, err := f.dir.client.GetCertificateChain(xctx, f.acct, order.Certificate)
	if err != nil {
		return nil, f.invalidIfUnknown(f.requestFailure(ctx, op, x, err), x)
	}
	return chains[0].ChainPEM, nil
}

// whyInvalid returns the reason for an invalid order, preferably the problem of
// the failed challenge.
func (f *fulfillment) whyInvalid(ctx context.Context, order *acme.Order) error {
	problem := store.Problem{Type: issuance.ProblemOrder, Detail: "order is invalid; the authority gave no reason"}
	if order.Error != nil {
		problem = problemOf(order.Error)
	}
	for _, url := range order.Authorizations {
		authorization, _, err := f.authorization(ctx, url)
		if err := contextErr(ctx, "fetch reason of invalid order"); err != nil {
			return err
		}
		if err != nil {
			continue // the order is invalid regardless
		}
		if p, found := challengeProblem(&authorization); found {
			problem = p
			break
		}
	}
	return &issuance.RejectedError{Problem: problem, OrderInvalid: true}
}

// problemOf converts a problem that is part of an ACME object.
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

// challengeProblem returns the problem of the challenge that failed.
func challengeProblem(authorization *acme.Authorization) (store.Problem, bool) {
	for i := range authorization.Challenges {
		if err := authorization.Challenges[i].Error; err != nil && authorization.Status != acme.StatusValid {
			return problemOf(err), true
		}
	}
	return store.Problem{}, false
}

// renewalID returns the identifier of a certificate for renewal information.
// Source: RFC 9773, section 4.1.
func renewalID(leaf *x509.Certificate) (string, error) {
	if len(leaf.AuthorityKeyId) == 0 {
		return "", errors.New("the certificate has no authority key identifier")
	}
	return acme.ARIUniqueIdentifier(leaf)
}
