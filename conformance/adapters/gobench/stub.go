package main

import (
	"context"
	"io"
	"net/http"
	"strings"
)

// answer is what the stub gives to every call.
const answer = `{"RequestId":"0A6F1D2C-7B1E-5C55-9A44-0242AC120002","SiteName":"example.com","TotalCount":2,"Result":[` +
	`{"Domain":"www.example.com","Status":"Applying","Id":"30000478"},{"Domain":"blog.example.com","Status":"Applying","Id":"30000479"}]}`

// stub is the transport of both clients where no network is wanted.
type stub struct{}

// RoundTrip answers our SDK.
func (stub) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json;charset=utf-8"}},
		Body:          io.NopCloser(strings.NewReader(answer)),
		ContentLength: int64(len(answer)), Request: request,
	}, nil
}

// Call answers the vendor's core.
func (s stub) Call(request *http.Request, _ *http.Transport) (*http.Response, error) {
	return s.RoundTrip(request)
}

func measureStub(ctx context.Context, rounds, calls int) (comparison, error) {
	const endpoint = "https://esa.cn-hangzhou.aliyuncs.com"
	a, err := ours(endpoint, stub{})
	if err != nil {
		return comparison{}, err
	}
	b, err := vendors(endpoint, stub{})
	if err != nil {
		return comparison{}, err
	}
	return compare(ctx, rounds, calls, a, b)
}
