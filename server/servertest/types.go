package servertest

import (
	"net/http/httptest"

	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/scenario"
)

// Entry is one entry of the journal: what was requested, what the response was,
// and which rule decided.
type Entry = journal.Entry

// Accepted is the rule of a journal entry for an accepted request.
const Accepted = journal.RuleAccepted

// Fault is something that happens to a response on its way to the client.
type Fault = scenario.Fault

// The faults that Server.Fault can inject.
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
