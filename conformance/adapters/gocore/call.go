package main

import (
	"fmt"
	"strconv"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"
)

// call makes one call as the vendor's product module for ESA does: style RPC, action
// and version by name, response parsed as JSON.
func call(req request) (*response, *failure) {
	client, failed := newClient(req)
	if failed != nil {
		return nil, failed
	}
	params := &openapi.Params{
		Action:      dara.String(req.Operation),
		Version:     dara.String("2024-09-10"),
		Protocol:    dara.String("HTTPS"),
		Pathname:    dara.String("/"),
		Method:      dara.String(req.Method),
		AuthType:    dara.String("AK"),
		Style:       dara.String("RPC"),
		ReqBodyType: dara.String("formData"),
		BodyType:    dara.String("json"),
	}
	runtime := &dara.RuntimeOptions{ReadTimeout: dara.Int(req.TimeoutMs), ConnectTimeout: dara.Int(req.TimeoutMs)}
	result, err := client.CallApi(params, operation(req), runtime)
	if err != nil {
		return nil, explain(err)
	}
	return success(result), nil
}

func newClient(req request) (*openapi.Client, *failure) {
	config := &openapi.Config{
		Protocol:        dara.String(req.scheme),
		Endpoint:        dara.String(req.host),
		AccessKeyId:     dara.String(req.AccessKeyID),
		AccessKeySecret: dara.String(req.AccessKeySecret),
		SecurityToken:   dara.String(req.SecurityToken),
		BearerToken:     dara.String(req.BearerToken),
	}
	if req.Signature == "hmac-sha1" {
		config.SignatureAlgorithm = dara.String("v2")
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		return nil, &failure{Kind: "input", Raw: err.Error()}
	}
	return client, nil
}

// operation returns a request with the parameters in query or form.
func operation(req request) *openapi.OpenApiRequest {
	if req.Placement != "form" {
		return &openapi.OpenApiRequest{Query: req.Parameters}
	}
	form := make(map[string]any, len(req.Parameters))
	for name, value := range req.Parameters {
		form[name] = dara.StringValue(value)
	}
	// The RPC signature writes to Query, so it must not be nil.
	return &openapi.OpenApiRequest{Query: map[string]*string{}, Body: form}
}

// success converts what CallApi returns for a 2xx response. The core passes the map
// through JSON, so its members have JSON's types. The core does not treat a missing
// body as an error; it becomes an empty object here.
func success(result map[string]any) *response {
	body, _ := result["body"].(map[string]any)
	if body == nil {
		body = map[string]any{}
	}
	resp := &response{Body: body, Headers: map[string]string{}}
	headers, _ := result["headers"].(map[string]any)
	for name, value := range headers {
		resp.Headers[name] = fmt.Sprint(value)
	}
	if status, err := strconv.Atoi(fmt.Sprint(result["statusCode"])); err == nil {
		resp.Status = status
	}
	return resp
}
