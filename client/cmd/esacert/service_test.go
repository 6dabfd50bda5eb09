package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/esacert/esacert/client/signature"
)

// The access key that the service of the scripts knows.
const (
	knownKey    = "testid"
	knownSecret = "testsecret"
)

// service responds as scripted, or else accepts requests signed with the known
// key.
type service struct {
	mu      sync.Mutex
	scripts []string // responses, as in files; the last is repeated
	seen    []string // requests as strings
}

type serviceKey struct{}

// startService starts a service for each script and removes the settings of the
// test machine.
func startService(env *testscript.Env) error {
	s := &service{}
	srv := httptest.NewServer(s)
	env.Defer(srv.Close)
	env.Values[serviceKey{}] = s
	env.Setenv("ENDPOINT", srv.URL)
	env.Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
	env.Setenv("NO_PROXY", "*")
	return nil
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	var dump strings.Builder
	fmt.Fprintf(&dump, "%s %s\n", r.Method, r.RequestURI)
	_ = r.Header.Write(&dump)
	script := ""
	if len(s.scripts) > 0 {
		script = s.scripts[min(len(s.seen), len(s.scripts)-1)]
	}
	s.seen = append(s.seen, dump.String())
	s.mu.Unlock()
	if script != "" {
		play(w, r, script)
		return
	}
	judge(w, r)
}

// play sends the response in a file: status, headers, an empty line, body. The
// words hang and reset mean no response.
func play(w http.ResponseWriter, r *http.Request, script string) {
	head, body, _ := strings.Cut(script, "\n\n")
	lines := bufio.NewScanner(strings.NewReader(head))
	lines.Scan()
	switch lines.Text() {
	case "hang":
		<-r.Context().Done()
		return
	case "reset":
		panic(http.ErrAbortHandler)
	}
	status, err := strconv.Atoi(lines.Text())
	if err != nil {
		panic(err)
	}
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		w.Header()[textproto.CanonicalMIMEHeaderKey(name)] = []string{value}
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(strings.TrimSuffix(body, "\n")))
}

// judge accepts a request that is signed with the known key.
func judge(w http.ResponseWriter, r *http.Request) {
	m := signature.MessageOf(r, nil)
	claim, err := signature.Parse(&m)
	if err == nil && claim.AccessKeyID != knownKey {
		respond(w, http.StatusNotFound, map[string]any{"Code": "InvalidAccessKeyId.NotFound", "Message": "Specified access key is not found.", "RequestId": "R-1"})
		return
	}
	if err == nil {
		err = claim.Verify(&m, knownSecret)
	}
	if wrong, ok := errors.AsType[*signature.MismatchError](err); ok {
		respond(w, http.StatusBadRequest, map[string]any{"Code": "SignatureDoesNotMatch", "Message": signature.MismatchMessage(wrong), "RequestId": "R-1"})
		return
	}
	if err != nil {
		respond(w, http.StatusBadRequest, map[string]any{"Code": "IncompleteSignature", "Message": err.Error(), "RequestId": "R-1"})
		return
	}
	names := strings.Split(r.URL.Query().Get("Domains"), ",")
	result := make([]map[string]string, len(names))
	for i, name := range names {
		result[i] = map[string]string{"Domain": name, "Status": "Applying", "Id": strconv.Itoa(30000478 + i)}
	}
	respond(w, http.StatusOK, map[string]any{"SiteName": "example.com", "TotalCount": len(names), "Result": result, "RequestId": "R-1"})
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func serviceOf(ts *testscript.TestScript) *service { return ts.Value(serviceKey{}).(*service) }

// exits runs a program and compares its exit code: exits CODE program args…
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program args...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		code = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// responses sets the responses of the service: responses FILE…
func responses(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: responses FILE...")
	}
	s := serviceOf(ts)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts, s.seen = nil, nil
	for _, file := range args {
		s.scripts = append(s.scripts, ts.ReadFile(file))
	}
}

// requests compares the number of requests received: requests N
func requests(ts *testscript.TestScript, neg bool, args []string) {
	s := serviceOf(ts)
	s.mu.Lock()
	defer s.mu.Unlock()
	if neg || len(args) != 1 || args[0] != strconv.Itoa(len(s.seen)) {
		ts.Fatalf("received %d requests, want %v", len(s.seen), args)
	}
}

// request matches a pattern with the last request: [!] request PATTERN
func request(ts *testscript.TestScript, neg bool, args []string) {
	s := serviceOf(ts)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(args) != 1 || len(s.seen) == 0 {
		ts.Fatalf("usage: request PATTERN; received %d requests", len(s.seen))
	}
	last := s.seen[len(s.seen)-1]
	if regexp.MustCompile(args[0]).MatchString(last) == neg {
		ts.Fatalf("the last request is\n%s", last)
	}
}
