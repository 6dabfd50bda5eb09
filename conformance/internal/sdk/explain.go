package sdk

import (
	"errors"
	"net/http"
	"strings"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/conformance/adapters"
)

// answer gives an output its names on the wire.
func answer(output *client.ApplyCertificateOutput) *adapters.Response {
	items := make([]any, len(output.Applications))
	for i, application := range output.Applications {
		items[i] = map[string]any{"Domain": application.Domain, "Id": application.ID, "Status": application.Status}
	}
	return &adapters.Response{
		Status:  output.Status,
		Headers: headers(output.Header),
		Body: map[string]any{
			"RequestId":  output.RequestID,
			"SiteName":   output.SiteName,
			"TotalCount": output.TotalCount,
			"Result":     items,
		},
	}
}

func headers(header http.Header) map[string]string {
	result := make(map[string]string, len(header))
	for name, values := range header {
		result[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return result
}

// explain sorts an error of the SDK into the kinds of the protocol.
func explain(err error) *adapters.Error {
	var (
		refusal     *client.ServiceError
		connection  *client.ConnectionError
		unexpected  *client.UnexpectedResponseError
		input       *client.InputError
		credentials *client.CredentialsError
	)
	switch {
	case errors.As(err, &refusal):
		return explainRefusal(refusal)
	case errors.As(err, &connection):
		return &adapters.Error{Kind: adapters.KindConnection, Raw: err.Error()}
	case errors.As(err, &unexpected):
		return &adapters.Error{
			Kind: adapters.KindResponse, Status: unexpected.Status, RequestID: unexpected.RequestID, Raw: err.Error(),
		}
	case errors.As(err, &input), errors.As(err, &credentials):
		return &adapters.Error{Kind: adapters.KindInput, Raw: err.Error()}
	}
	return &adapters.Error{Kind: adapters.KindOther, Raw: err.Error()}
}

func explainRefusal(refusal *client.ServiceError) *adapters.Error {
	data := present(map[string]string{"HostId": refusal.HostID, "Recommend": refusal.Recommend})
	if denied := refusal.AccessDenied; denied != nil {
		data["AccessDeniedDetail"] = present(map[string]string{
			"AuthAction":               denied.AuthAction,
			"AuthPrincipalDisplayName": denied.AuthPrincipalDisplayName,
			"AuthPrincipalOwnerId":     denied.AuthPrincipalOwnerID,
			"AuthPrincipalType":        denied.AuthPrincipalType,
			"EncodedDiagnosticMessage": denied.EncodedDiagnosticMessage,
			"NoPermissionType":         denied.NoPermissionType,
			"PolicyType":               denied.PolicyType,
		})
	}
	return &adapters.Error{
		Kind:      adapters.KindService,
		Code:      refusal.Code,
		Message:   refusal.Message,
		Status:    refusal.Status,
		RequestID: refusal.RequestID,
		Data:      data,
		Raw:       refusal.Error(),
	}
}

// present gives the members that are not empty.
func present(members map[string]string) map[string]any {
	result := map[string]any{}
	for name, value := range members {
		if value != "" {
			result[name] = value
		}
	}
	return result
}
