package main

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
)

// broken is a pipe whose reader has gone.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// A command that cannot write its output fails, even if its call succeeded.
func TestOutputThatCannotBeWritten(t *testing.T) {
	srv := httptest.NewServer(&service{})
	t.Cleanup(srv.Close)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", knownKey)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", knownSecret)
	t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "")
	apply := []string{"apply", "--endpoint", srv.URL, "--site-id=1", "--domains=a.example.com"}
	for name, args := range map[string][]string{
		"apply":         apply,
		"apply as JSON": slices.Concat(apply, []string{"--output=json"}),
		"errors":        {"errors"}, "one error": {"errors", "SiteNotFound"},
		"two errors": {"errors", "SignatureDoesNotMatch"}, "errors as JSON": {"errors", "--output=json"},
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), args, broken{}, &stderr); code != exitFailed || !strings.Contains(stderr.String(), "broken pipe") {
			t.Errorf("%s: exit code %d, %s", name, code, &stderr)
		}
	}
	for _, form := range []string{"--output=json", "--output=table"} {
		args := slices.Concat(apply, []string{"--type=free", form})
		if code := run(t.Context(), args, broken{}, broken{}); code != exitFailed {
			t.Errorf("%s: exit code %d", form, code)
		}
	}
}

func TestInterrupted(t *testing.T) {
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", knownKey)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", knownSecret)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"apply", "--endpoint=http://127.0.0.1:1", "--site-id=1", "--domains=a.example.com"}, &stdout, &stderr)
	if code != exitInterrupted || !strings.Contains(stderr.String(), "context canceled") || stdout.Len() != 0 {
		t.Errorf("exit code %d, %s", code, &stderr)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		want int
	}{
		"input":       {&client.InputError{}, exitUsage},
		"credentials": {&client.CredentialsError{Err: client.ErrNoCredentials}, exitCredentials},
		"interrupted": {&client.CredentialsError{Err: context.Canceled}, exitInterrupted},
		"connection":  {&client.ConnectionError{}, exitConnection},
		"response":    {&client.UnexpectedResponseError{}, exitUnexpectedResponse},
		"refused":     {&client.ServiceError{Code: "SiteNotFound"}, exitRefused},
		"temporary":   {&client.ServiceError{Code: "Throttling"}, exitRetryable},
		"other":       {errors.New("x"), exitFailed},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("%s: exit code %d, want %d", name, got, test.want)
		}
	}
	if got := (&exitError{7}).Error(); got != "exit with code 7" {
		t.Error(got)
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ value, want string }{
		{"*.example.com ", "*.example.com"}, {"bücher.example", "bücher.example"}, {"", ""},
		{"a\x1b[31m", `"a\x1b[31m"`}, {"a\nb", `"a\nb"`},
	} {
		if got := printable(test.value); got != test.want {
			t.Errorf("%q is %s, want %s", test.value, got, test.want)
		}
	}
}
