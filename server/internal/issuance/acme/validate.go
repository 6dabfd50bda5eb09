package acme

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mholt/acmez/v3/acme"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// validate solves the challenges of an order.
func (f *fulfillment) validate(ctx context.Context, order *acme.Order, x *lastResponse) error {
	if f.validated {
		// The authority has not updated the order yet.
		return f.waitForPoll(ctx, x, "wait for order to be ready", f.o.Processing)
	}
	for _, url := range order.Authorizations {
		authorization, _, err := f.authorization(ctx, url)
		if err != nil {
			return err
		}
		switch authorization.Status {
		case acme.StatusValid:
		case acme.StatusPending:
			err = f.solve(ctx, &authorization)
		default:
			err = f.notAuthorized(&authorization)
		}
		if err != nil {
			return err
		}
	}
	f.validated, f.waitingSince = true, time.Time{}
	return nil
}

func (w *session) authorization(ctx context.Context, url string) (acme.Authorization, *lastResponse, error) {
	xctx, x := withLastResponse(ctx)
	got, err := w.dir.client.GetAuthorization(xctx, w.acct, url)
	if err == nil {
		return got, x, nil
	}
	return got, x, w.invalidIfUnknown(w.requestFailure(ctx, "fetch authorization", x, err), x)
}

// notAuthorized returns the error for an authorization that can no longer become
// valid.
func (f *fulfillment) notAuthorized(authorization *acme.Authorization) error {
	problem, found := challengeProblem(authorization)
	if !found {
		problem = store.Problem{
			Type:   issuance.ProblemOrder,
			Detail: fmt.Sprintf("the authorization for %s is %s", printable(authorization.Identifier.Value, maxType), printable(authorization.Status, 40)),
		}
	}
	return &issuance.RejectedError{Problem: problem, OrderInvalid: true}
}

// solve solves one challenge of a pending authorization and waits for its
// validation.
func (f *fulfillment) solve(ctx context.Context, authorization *acme.Authorization) error {
	offered, c, err := f.choose(authorization)
	if err != nil {
		return err
	}
	solver := f.o.Solvers[c.Type]
	if err := solver.Present(ctx, c); err != nil {
		const op = "present challenge response"
		if err := contextErr(ctx, op); err != nil {
			return err
		}
		return f.unavailable(op, "", err)
	}
	// The response must stay visible while validation is pending, even after this
	// step.
	done := false
	defer func() {
		if done {
			f.cleanUp(ctx, solver, c)
		}
	}()
	if offered.Status == acme.StatusPending {
		if err := f.initiate(ctx, offered, authorization); err != nil {
			var rejected *issuance.RejectedError
			done = errors.As(err, &rejected)
			return err
		}
	}
	f.waitingSince = time.Time{}
	for {
		current, x, err := f.authorization(ctx, authorization.Location)
		if err != nil {
			return err
		}
		switch current.Status {
		case acme.StatusPending:
			if err := f.waitForPoll(ctx, x, "wait for validation", f.o.Validation); err != nil {
				return err
			}
		case acme.StatusValid:
			done = true
			return nil
		default:
			done = true
			return f.notAuthorized(&current)
		}
	}
}

// initiate requests the validation of a challenge.
func (f *fulfillment) initiate(ctx context.Context, offered acme.Challenge, authorization *acme.Authorization) error {
	xctx, x := withLastResponse(ctx)
	_, err := f.dir.client.InitiateChallenge(xctx, f.acct, offered)
	if err == nil {
		return nil
	}
	err = f.requestFailure(ctx, "request validation", x, err)
	var rejected *issuance.RejectedError
	if !errors.As(err, &rejected) {
		return err
	}
	// The request is also rejected if another worker has already sent it.
	current, _, fetchErr := f.authorization(ctx, authorization.Location)
	if fetchErr != nil {
		return err
	}
	for i := range current.Challenges {
		if c := &current.Challenges[i]; c.URL == offered.URL && c.Status != acme.StatusPending {
			return nil
		}
	}
	return err
}

const cleanUpTime = 10 * time.Second

// cleanUp removes the response to a challenge, even if the step's context is
// done. A response that remains is harmless.
func (f *fulfillment) cleanUp(ctx context.Context, solver challenge.Solver, c challenge.Challenge) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	if err := solver.CleanUp(ctx, c); err != nil {
		f.log.WarnContext(ctx, "challenge response not removed", "application", f.r.ID, "type", c.Type, "name", c.Name, "error", err)
	}
}

// choose selects the offered challenge that fits the site's access type, or else
// another one that has a solver.
func (f *fulfillment) choose(authorization *acme.Authorization) (acme.Challenge, challenge.Challenge, error) {
	const op = "choose challenge"
	name := authorization.Identifier.Value
	if !matchesIdentifier(name, f.r.Name) {
		return acme.Challenge{}, challenge.Challenge{}, f.unavailable(op, "",
			fmt.Errorf("the authority requires validation of %q for %s", printable(name, maxType), f.r.Name))
	}
	for _, typ := range preferred(f.r.Access, authorization.Wildcard || strings.HasPrefix(f.r.Name, "*.")) {
		if f.o.Solvers[typ] == nil {
			continue
		}
		for _, offered := range authorization.Challenges {
			if offered.Type != typ {
				continue
			}
			if err := challenge.CheckToken(offered.Token); err != nil {
				return acme.Challenge{}, challenge.Challenge{}, f.unavailable(op, "", err)
			}
			return offered, challenge.Challenge{Type: typ, Name: name, Token: offered.Token, KeyAuthorization: offered.KeyAuthorization}, nil
		}
	}
	return acme.Challenge{}, challenge.Challenge{}, f.noChallenge(op, authorization)
}

// preferred returns the challenge types that can validate a name, the one for the
// site's access type first.
func preferred(access operations.AccessType, wildcard bool) []string {
	switch {
	case wildcard:
		return []string{challenge.DNS01}
	case access == operations.CNAME:
		return []string{challenge.HTTP01, challenge.DNS01}
	}
	return []string{challenge.DNS01, challenge.HTTP01}
}

// matchesIdentifier reports whether a validated name authorizes the name of the
// order: it is the same, or a parent domain (RFC 9444).
func matchesIdentifier(validated, ordered string) bool {
	ordered = strings.TrimPrefix(ordered, "*.")
	return validated != "" && (validated == ordered || strings.HasSuffix(ordered, "."+validated))
}

func (f *fulfillment) noChallenge(op string, authorization *acme.Authorization) error {
	var offered []string
	for _, c := range authorization.Challenges {
		offered = append(offered, printable(c.Type, 40))
	}
	slices.Sort(offered)
	hint := "configure one of those the authority offers"
	if strings.HasPrefix(f.r.Name, "*.") {
		hint = "a wildcard name is validated by dns-01 only; configure it"
	}
	return f.unavailable(op, hint, fmt.Errorf("no common challenge for %s: authority offers %s, configured are %s",
		f.r.Name, list(offered), list(slices.Sorted(maps.Keys(f.o.Solvers)))))
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
