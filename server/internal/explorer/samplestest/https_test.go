//go:build e2e

package samplestest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/internal/explorer"
	"github.com/esacert/esacert/server/internal/explorer/internal/aliyuncli"
)

// TestSamplesOverHTTPS runs each sample as printed by a server that serves
// HTTPS itself: the sample trusts the server's root, and is accepted.
func TestSamplesOverHTTPS(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--https")
	if !strings.HasPrefix(s.Listen, "https://") || s.Root == "" {
		t.Fatalf("ready line: %+v", s)
	}
	for _, l := range languages() {
		t.Run(l.id, func(t *testing.T) {
			t.Parallel()
			domain := l.id + ".example.com"
			c := form(s.Listen, domain)
			c.Root = s.root(t)
			printed := s.printed(t, c)[l.id]
			if all := printed.Code + printed.Run; !strings.Contains(all, s.Root) && l.id != "aliyun" {
				t.Errorf("the sample does not name the root:\n%s", all)
			}
			out := l.run(t, printed)
			kept := s.applications(t, domain)
			if out.code != 0 || len(kept) != 1 {
				t.Fatalf("the sample exited with %d, stored %+v\n%s%s", out.code, kept, out.stdout, out.stderr)
			}
			shows(t, out.stdout, kept[0].ID, kept[0].RequestID, domain)
		})
	}
	t.Run("aliyun's line", func(t *testing.T) {
		t.Parallel()
		c := form(s.Listen, "a.example.com")
		c.Root = s.root(t)
		got, err := aliyuncli.Parse(wordsOf(t, s.printed(t, c)["aliyun"]), false)
		want := aliyuncli.Call{
			Action: "ApplyCertificate", Version: "2024-09-10", Method: "POST", URL: s.Listen, Region: "cn-hangzhou", Verify: false,
			Parameters: map[string]string{"SiteId": site, "Domains": "a.example.com", "Type": "lets_encrypt"},
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

// root returns the file of the root certificate from the page's settings.
func (s *server) root(t *testing.T) string {
	t.Helper()
	settings := fetchJSON[struct{ Root string }](t, s, s.Listen+explorer.Path+"settings.json")
	if settings.Root != s.Root {
		t.Errorf("the page's settings have root %q, the ready line has %q", settings.Root, s.Root)
	}
	return settings.Root
}
