package main

import (
	"errors"
	"io"
	"net/url"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
)

// explain sorts an error of the SDK into the protocol's kinds.
func explain(err error) *failure {
	var refusal *sdkerrors.ServerError
	if errors.As(err, &refusal) {
		return explainRefusal(refusal)
	}
	var own *sdkerrors.ClientError
	if errors.As(err, &own) {
		return explainOwn(own)
	}
	if isConnection(err) {
		return &failure{Kind: "connection", Raw: err.Error()}
	}
	return &failure{Kind: "other", Raw: err.Error()}
}

// explainRefusal reads the error that the SDK makes of every answer whose
// status is none of 200 to 299, whoever gave it: the answer of a proxy becomes
// one without a code, its page the message.
func explainRefusal(refusal *sdkerrors.ServerError) *failure {
	code, message := refusal.ErrorCode(), refusal.Message()
	failed := &failure{
		Kind: "service", Code: &code, Message: &message,
		Status: refusal.HttpStatus(), RequestID: refusal.RequestId(),
		Data: map[string]any{}, Raw: refusal.Error(),
	}
	for name, text := range map[string]string{"HostId": refusal.HostId(), "Recommend": refusal.Recommend()} {
		if text != "" {
			failed.Data[name] = text
		}
	}
	if detail := refusal.AccessDeniedDetail(); detail != nil {
		failed.Data["AccessDeniedDetail"] = detail
	}
	return failed
}

// explainOwn reads the SDK's own errors. After its retries it wraps what kept
// the last one from an answer.
func explainOwn(own *sdkerrors.ClientError) *failure {
	code := own.ErrorCode()
	failed := &failure{Kind: "input", Code: &code, Raw: own.Error()}
	if cause := own.OriginError(); cause != nil && isConnection(cause) {
		failed.Kind = "connection"
	}
	return failed
}

func isConnection(err error) bool {
	var transport *url.Error
	return errors.As(err, &transport) || errors.Is(err, io.ErrUnexpectedEOF)
}
