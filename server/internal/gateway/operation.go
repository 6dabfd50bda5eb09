package gateway

import (
	"context"
	"net/http"
	"strconv"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaserver"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/operations"
)

// operation implements the generated interface: it translates between the
// generated types and the rules, and does nothing else.
type strictServer struct{ gateway *Gateway }

var _ esaserver.StrictServerInterface = strictServer{}

// ApplyCertificate answers POST.
func (o strictServer) ApplyCertificate(ctx context.Context, r esaserver.ApplyCertificateRequestObject) (esaserver.ApplyCertificateResponseObject, error) {
	return o.apply(ctx, r.Params)
}

// ApplyCertificateGet answers GET, which is the same operation.
func (o strictServer) ApplyCertificateGet(ctx context.Context, r esaserver.ApplyCertificateGetRequestObject) (esaserver.ApplyCertificateGetResponseObject, error) {
	return o.apply(ctx, esaapi.ApplyCertificateParams(r.Params))
}

func (o strictServer) apply(ctx context.Context, params esaapi.ApplyCertificateParams) (accepted, error) {
	c := callOf(ctx)
	var typ, algType string
	if params.Type != nil {
		typ = string(*params.Type)
	}
	if params.AlgType != nil {
		algType = *params.AlgType
	}
	receipt, err := c.state.Operations.Apply(ctx, operations.Request{
		Account:   c.caller.Principal.Account,
		SiteID:    params.SiteID,
		Domains:   params.Domains,
		Type:      typ,
		AlgType:   algType,
		RequestID: c.ids.RequestID,
		At:        c.receivedAt,
		Nonce:     c.caller.Nonce,
	})
	if err != nil {
		return accepted{}, err
	}
	c.accepted = true
	c.entry.Detail = joined(ignoredAlgType(algType), c.entry.Detail)
	o.gateway.OnAccepted()
	return accepted{o.gateway, c, receipt}, nil
}

// accepted is the answer to a call that was carried out. It writes itself,
// because the generated answers know nothing of the gateway's headers.
type accepted struct {
	gateway *Gateway
	call    *call
	receipt operations.Result
}

// VisitApplyCertificateResponse writes the answer to POST.
func (a accepted) VisitApplyCertificateResponse(w http.ResponseWriter) error {
	c, applications := a.call, a.receipt.Applications
	body := esaapi.ApplyCertificateResponseBody{
		SiteName:   a.receipt.SiteName,
		TotalCount: int64(len(applications)),
		Result:     make([]esaapi.CertificateApplication, len(applications)),
		RequestID:  c.ids.RequestID,
	}
	c.entry.Rule = journal.RuleAccepted
	c.entry.Domains, c.entry.IDs = make([]string, len(applications)), make([]int64, len(applications))
	for i, application := range applications {
		body.Result[i] = esaapi.CertificateApplication{
			Domain: application.Domain, Status: string(application.Status), ID: strconv.FormatInt(application.ID, 10),
		}
		c.entry.Domains[i], c.entry.IDs[i] = application.Domain, application.ID
	}
	return a.gateway.accept(c, w, body)
}

// VisitApplyCertificateGetResponse writes the answer to GET.
func (a accepted) VisitApplyCertificateGetResponse(w http.ResponseWriter) error {
	return a.VisitApplyCertificateResponse(w)
}
