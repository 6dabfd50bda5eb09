package main

import (
	"testing"

	"github.com/alecthomas/kong"
)

// An empty variable counts as unset. Variables belong to the process, so this
// test and its cases are not parallel.
func TestEmptyVariables(t *testing.T) {
	for _, tc := range []struct {
		name, admin, explorer, https string
	}{
		{"empty", "", "", ""},
		{"set", "http://127.0.0.1:9", "off", "true"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("ESACERTD_ADMIN_URL", tc.admin)
			t.Setenv("ESACERTD_EXPLORER", tc.explorer)
			t.Setenv("ESACERTD_HTTPS", tc.https)
			t.Setenv("ESACERTD_TLS_CERT", "")
			var c cli
			parser, err := kong.New(&c, kong.PostBuild(emptyIsUnset), kong.Vars{"admin_url": defaultAdminURL(), "version": ""})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse([]string{"applications", "list"}); err != nil {
				t.Fatal(err)
			}
			wantAdmin, wantExplorer := tc.admin, explorerFlag(tc.explorer)
			if tc.admin == "" {
				wantAdmin, wantExplorer = defaultAdminURL(), explorerAuto
			}
			if got := c.Applications.List.Admin; got != wantAdmin {
				t.Errorf("--admin is %q, want %q", got, wantAdmin)
			}
			if c.Serve.Explorer != wantExplorer || (c.Serve.HTTPS != nil) != (tc.https != "") {
				t.Errorf("--explorer is %q, --https %v", c.Serve.Explorer, c.Serve.HTTPS)
			}
		})
	}
}
