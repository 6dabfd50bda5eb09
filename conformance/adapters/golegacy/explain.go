package main

import (
	"errors"
	"io"
	"net/url"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
)

// explain converts an error of the SDK to an error of the protocol.
func explain(err error) *failure {
	var serviceErr *sdkerrors.ServerError
	if errors.As(err, &serviceErr) {
		return explainServiceError(serviceErr)
	}
	var clientErr *sdkerrors.ClientError
	if errors.As(err, &clientErr) {
		return explainClientError(clientErr)
	}
	if isConnection(err) {
		return &failure{Kind: "connection", Raw: err.Error()}
	}
	return &failure{Kind: "other", Raw: err.Error()}
}

// explainServiceError converts the error that the SDK returns for every response with
// a status other than 200 to 299. If the response is not from the service, for
// example an HTML page of a proxy, it has no code, and its body is the message.
func explainServiceError(serviceErr *sdkerrors.ServerError) *failure {
	code, message := serviceErr.ErrorCode(), serviceErr.Message()
	failed := &failure{
		Kind: "service", Code: &code, Message: &message,
		Status: serviceErr.HttpStatus(), RequestID: serviceErr.RequestId(),
		Data: map[string]any{}, Raw: serviceErr.Error(),
	}
	for name, value := range map[string]string{"HostId": serviceErr.HostId(), "Recommend": serviceErr.Recommend()} {
		if value != "" {
			failed.Data[name] = value
		}
	}
	if detail := serviceErr.AccessDeniedDetail(); detail != nil {
		failed.Data["AccessDeniedDetail"] = detail
	}
	return failed
}

// explainClientError converts an error of the SDK itself. After retries, it wraps the
// error of the last attempt.
func explainClientError(clientErr *sdkerrors.ClientError) *failure {
	code := clientErr.ErrorCode()
	failed := &failure{Kind: "input", Code: &code, Raw: clientErr.Error()}
	if cause := clientErr.OriginError(); cause != nil && isConnection(cause) {
		failed.Kind = "connection"
	}
	return failed
}

func isConnection(err error) bool {
	var transport *url.Error
	return errors.As(err, &transport) || errors.Is(err, io.ErrUnexpectedEOF)
}
