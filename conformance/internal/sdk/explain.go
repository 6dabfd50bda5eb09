package sdk

import (
	"errors"
	"net/http"
	"strings"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/conformance/adapters"
)

// responseOf converts an output of the SDK to a response of the protocol.
func responseOf(output *client.ApplyCertificateOutput) *adapters.Response {
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

// explain converts an error of the SDK to an error of the protocol.
func explain(err error) *adapters.Error {
	var (
		serviceErr  *client.ServiceError
		connection  *client.ConnectionError
		unexpected  *client.UnexpectedResponseError
		input       *client.InputError
		credentials *client.CredentialsError
		cannot      *unsupportedError
	)
	switch {
	case errors.As(err, &cannot):
		return &adapters.Error{Kind: adapters.KindUnsupported, Raw: err.Error()}
	case errors.As(err, &serviceErr):
		return explainServiceError(serviceErr)
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

func explainServiceError(serviceErr *client.ServiceError) *adapters.Error {
	data := nonEmpty(map[string]string{"HostId": serviceErr.HostID, "Recommend": serviceErr.Recommend})
	if denied := serviceErr.AccessDenied; denied != nil {
		data["AccessDeniedDetail"] = nonEmpty(map[string]string{
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
		Code:      serviceErr.Code,
		Message:   serviceErr.Message,
		Status:    serviceErr.Status,
		RequestID: serviceErr.RequestID,
		Data:      data,
		Raw:       serviceErr.Error(),
	}
}

// nonEmpty returns the members with non-empty values.
func nonEmpty(members map[string]string) map[string]any {
	result := map[string]any{}
	for name, value := range members {
		if value != "" {
			result[name] = value
		}
	}
	return result
}
