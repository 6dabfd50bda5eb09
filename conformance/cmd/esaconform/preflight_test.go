package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/server/servertest"
)

// The preflight warns about a wrong key, which would fail most cases.
func TestPreflight(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	t.Cleanup(page.Close)
	for _, tc := range []struct {
		name, endpoint string
		key            suite.Key
		want           string
	}{
		{"right", srv.URL(), suite.Key{ID: servertest.AccessKeyID, Secret: servertest.AccessKeySecret}, ""},
		{"wrong secret", srv.URL(), suite.Key{ID: servertest.AccessKeyID, Secret: "wrong"}, "SignatureDoesNotMatch"},
		{"unknown key", srv.URL(), suite.Key{ID: "unknown", Secret: "wrong"}, "InvalidAccessKeyId.NotFound"},
		{"different kind of server", page.URL, suite.Key{ID: "a", Secret: "b"}, "is the right endpoint"},
		{"no server", "http://127.0.0.1:1", suite.Key{ID: "a", Secret: "b"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, _ := preflight(t.Context(), &suite.Targets{Endpoint: tc.endpoint, Keys: map[string]suite.Key{"account": tc.key}})
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	t.Cleanup(func() { // after the parallel subtests
		if n := len(srv.Applications()); n != 0 {
			t.Errorf("the preflight created %d applications", n)
		}
	})
}

func TestTemplateKeyIsRejected(t *testing.T) {
	t.Parallel()
	shown, err := suite.ParseTargets("template", []byte(suite.Template()))
	if err != nil {
		t.Fatal(err)
	}
	if !isTemplate(shown.Keys["account"]) || isTemplate(suite.Key{ID: "testid"}) || isTemplate(suite.Key{}) {
		t.Error("isTemplate does not distinguish the key of the template")
	}
}
