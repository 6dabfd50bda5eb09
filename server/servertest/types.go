package servertest

import (
	"net/http/httptest"

	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/internal/issuance/localca"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/scenario"
)

// Entry is a journal entry: the request, the response, and the rule that decided.
type Entry = journal.Entry

// Fault is something that happens to a response on its way to the client.
type Fault = scenario.Fault

// The faults that Server.InjectFault can inject.
const (
	ConnectionReset = scenario.ConnectionReset // no response: the connection is reset
	CutBody         = scenario.CutBody         // half of the response body
	HTML503         = scenario.HTML503         // status 503 with an HTML page, as proxies send it
)

// AdminURL returns the URL of the server's admin API, which serves the journal,
// scenarios and applications. The first call starts a listener on loopback.
func (s *Server) AdminURL() string {
	s.t.Helper()
	s.startAdmin.Do(func() {
		listener := httptest.NewServer(admin.Handler(admin.Options{Server: s.server}))
		s.t.Cleanup(listener.Close)
		s.adminURL = listener.URL
	})
	return s.adminURL
}

// AuthorityFault is a fault of the embedded authority: for one domain name or all,
// it rejects, delays or fails orders.
type AuthorityFault = localca.Fault
