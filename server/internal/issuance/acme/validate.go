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

// validate answers the challenges of an order.
func (f *fulfillment) validate(ctx context.Context, order *acme.Order, x *lastResponse) error {
	if f.validated {
		// The authority has not come to it yet.
		return f.waitForPoll(ctx, x, "waiting for the order to be ready", f.o.Processing)
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
	return got, x, w.invalidIfUnknown(w.requestFailure(ctx, "asking for the authorization", x, err), x)
}

// notAuthorized is for an authorization that cannot become valid any more.
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

// answer answers one challenge of a pending authorization and waits for what
// the authority makes of it.
func (f *fulfillment) solve(ctx context.Context, authorization *acme.Authorization) error {
	asked, c, err := f.choose(authorization)
	if err != nil {
		return err
	}
	solver := f.o.Solvers[c.Type]
	if err := solver.Present(ctx, c); err != nil {
		if over := contextErr(ctx, "answering the challenge"); over != nil {
			return over
		}
		return f.unavailable("answering the challenge", "", err)
	}
	// What is being validated must stay visible, also when this step is over.
	done := false
	defer func() {
		if done {
			f.cleanUp(ctx, solver, c)
		}
	}()
	if asked.Status == acme.StatusPending {
		if err := f.initiate(ctx, asked, authorization); err != nil {
			var refused *issuance.RejectedError
			done = errors.As(err, &refused)
			return err
		}
	}
	f.waitingSince = time.Time{}
	for {
		now, x, err := f.authorization(ctx, authorization.Location)
		if err != nil {
			return err
		}
		switch now.Status {
		case acme.StatusPending:
			if err := f.waitForPoll(ctx, x, "waiting for the validation", f.o.Validation); err != nil {
				return err
			}
		case acme.StatusValid:
			done = true
			return nil
		default:
			done = true
			return f.notAuthorized(&now)
		}
	}
}

// initiate tells the authority that it may look.
func (f *fulfillment) initiate(ctx context.Context, asked acme.Challenge, authorization *acme.Authorization) error {
	xctx, x := withLastResponse(ctx)
	_, err := f.dir.client.InitiateChallenge(xctx, f.acct, asked)
	if err == nil {
		return nil
	}
	err = f.requestFailure(ctx, "asking for the validation", x, err)
	var refused *issuance.RejectedError
	if !errors.As(err, &refused) {
		return err
	}
	// Another worker may have been faster. Then there is nothing to complain of.
	now, _, again := f.authorization(ctx, authorization.Location)
	if again != nil {
		return err
	}
	for i := range now.Challenges {
		if c := &now.Challenges[i]; c.URL == asked.URL && c.Status != acme.StatusPending {
			return nil
		}
	}
	return err
}

const cleanUpTime = 10 * time.Second

// cleanUp takes the answer away, also when the time of the step is over. What
// stays does no harm.
func (f *fulfillment) cleanUp(ctx context.Context, solver challenge.Solver, c challenge.Challenge) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	if err := solver.CleanUp(ctx, c); err != nil {
		f.log.WarnContext(ctx, "the answer to a challenge was not taken away", "application", f.r.ID, "type", c.Type, "name", c.Name, "error", err)
	}
}

// choose picks the challenge that the site's access asks for, or else one that
// can be answered.
func (f *fulfillment) choose(authorization *acme.Authorization) (acme.Challenge, challenge.Challenge, error) {
	const doing = "choosing a challenge"
	name := authorization.Identifier.Value
	if !matchesIdentifier(name, f.r.Name) {
		return acme.Challenge{}, challenge.Challenge{}, f.unavailable(doing, "",
			fmt.Errorf("the authority wants %q to be validated for %s", printable(name, maxType), f.r.Name))
	}
	for _, typ := range preferred(f.r.Access, authorization.Wildcard || strings.HasPrefix(f.r.Name, "*.")) {
		if f.o.Solvers[typ] == nil {
			continue
		}
		for _, asked := range authorization.Challenges {
			if asked.Type != typ {
				continue
			}
			if err := challenge.CheckToken(asked.Token); err != nil {
				return acme.Challenge{}, challenge.Challenge{}, f.unavailable(doing, "", err)
			}
			return asked, challenge.Challenge{Type: typ, Name: name, Token: asked.Token, KeyAuthorization: asked.KeyAuthorization}, nil
		}
	}
	return acme.Challenge{}, challenge.Challenge{}, f.noChallenge(doing, authorization)
}

// preferred lists the types of challenges that validate a name, the one for the
// site's access first.
func preferred(access operations.AccessType, wildcard bool) []string {
	switch {
	case wildcard:
		return []string{challenge.DNS01}
	case access == operations.CNAME:
		return []string{challenge.HTTP01, challenge.DNS01}
	}
	return []string{challenge.DNS01, challenge.HTTP01}
}

// matchesIdentifier tells whether a validated name speaks for the one of the order: it is
// the same, or one above it (RFC 9444).
func matchesIdentifier(validated, ordered string) bool {
	ordered = strings.TrimPrefix(ordered, "*.")
	return validated != "" && (validated == ordered || strings.HasSuffix(ordered, "."+validated))
}

func (f *fulfillment) noChallenge(doing string, authorization *acme.Authorization) error {
	var offered []string
	for _, c := range authorization.Challenges {
		offered = append(offered, printable(c.Type, 40))
	}
	slices.Sort(offered)
	hint := "configure one of those that the authority offers"
	if strings.HasPrefix(f.r.Name, "*.") {
		hint = "a wildcard name is validated by dns-01 only: configure it"
	}
	return f.unavailable(doing, hint, fmt.Errorf("no common challenge for %s: authority offers %s, configured are %s",
		f.r.Name, list(offered), list(slices.Sorted(maps.Keys(f.o.Solvers)))))
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
