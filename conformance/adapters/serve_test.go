package adapters

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

// scripted is a client under test that does what the site ID says.
func scripted(ctx context.Context, request Request) Result {
	switch request.Parameters["SiteId"] {
	case "panic":
		panic("client broke")
	case "wait":
		<-ctx.Done()
		return Result{Error: &Error{Kind: KindConnection, Raw: ctx.Err().Error()}}
	case "no JSON":
		return Result{Response: &Response{Body: map[string]any{"f": func() {}}}}
	}
	return Result{Response: &Response{Status: 200, Body: map[string]any{"SiteName": "<example.com>"}}}
}

func TestServe(t *testing.T) {
	t.Parallel()
	const call = `{"id":"1","endpoint":"http://h","timeoutMs":20,"parameters":{"SiteId":"?"}}`
	ok := `{"id":"1","ok":true,"response":{"status":200,"body":{"SiteName":"<example.com>"}}}` + "\n"
	other := func(raw string) string {
		return `{"id":"1","ok":false,"error":{"kind":"other","code":"","message":"","raw":"` + raw + `"}}` + "\n"
	}
	for name, test := range map[string]struct{ in, out string }{
		"call":                      {call + "\n", ok},
		"last line without newline": {call, ok},
		"empty lines":               {"\n" + call + "\n\r\n\n", ok},
		"empty input":               {"", ""},
		"panic, then a call":        {strings.Replace(call, "?", "panic", 1) + "\n" + call, other("panic: client broke") + ok},
		"result that is not JSON": {
			strings.Replace(call, "?", "no JSON", 1),
			other("result cannot be encoded as JSON: json: unsupported type: func()"),
		},
		"timeout": {
			strings.Replace(call, "?", "wait", 1),
			strings.Replace(other("context deadline exceeded"), "other", "connection", 1),
		},
		"invalid request, then a call": {`{"id":"1","x":1}` + "\n" + call, other(`invalid request: json: unknown field \"x\"`) + ok},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := Serve(t.Context(), strings.NewReader(test.in), &out, scripted); err != nil {
				t.Fatal(err)
			}
			if out.String() != test.out {
				t.Errorf("got  %swant %s", out.String(), test.out)
			}
		})
	}
}

func TestServeReportsBrokenPipes(t *testing.T) {
	t.Parallel()
	failure := errors.New("failure")
	if err := Serve(t.Context(), iotest.ErrReader(failure), &strings.Builder{}, scripted); !errors.Is(err, failure) {
		t.Errorf("reading: got %v", err)
	}
	const call = `{"id":"1","endpoint":"http://h","parameters":{}}`
	if err := Serve(t.Context(), strings.NewReader(call), failingWriter{failure}, scripted); !errors.Is(err, failure) {
		t.Errorf("writing: got %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
