package main

import (
	"context"
	"io"
	"net/http"
	"strings"
)

// responseBody is the body of every response of the stub.
const responseBody = `{"RequestId":"0A6F1D2C-7B1E-5C55-9A44-0242AC120002","SiteName":"example.com","TotalCount":2,"Result":[` +
	`{"Domain":"www.example.com","Status":"Applying","Id":"30000478"},{"Domain":"blog.example.com","Status":"Applying","Id":"30000479"}]}`

// stub is an HTTP transport for both clients that needs no network.
type stub struct{}

// RoundTrip implements the transport of our SDK.
func (stub) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json;charset=utf-8"}},
		Body:          io.NopCloser(strings.NewReader(responseBody)),
		ContentLength: int64(len(responseBody)), Request: request,
	}, nil
}

// Call implements the HTTP client of the vendor's core.
func (s stub) Call(request *http.Request, _ *http.Transport) (*http.Response, error) {
	return s.RoundTrip(request)
}

// measureStub compares the clients with the stub.
func measureStub(ctx context.Context, rounds, calls int) (comparison, error) {
	const endpoint = "https://esa.cn-hangzhou.aliyuncs.com"
	sdk, err := newSDK(endpoint, stub{})
	if err != nil {
		return comparison{}, err
	}
	core, err := newCore(endpoint, stub{})
	if err != nil {
		return comparison{}, err
	}
	return compare(ctx, rounds, calls, sdk, core)
}
