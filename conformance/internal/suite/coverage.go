package suite

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
)

// Uncovered lists what the rows of the documented table lack: a Go value that
// says the same, a case in which a server gets to the row by itself, one in which
// a site answers it on demand, and one for clients. It is empty when nothing is
// missing.
func (c *Contract) Uncovered(cases []Case) []string {
	servers, scenarios, clients := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range cases {
		of := &cases[i]
		if of.Server != nil && len(of.Server.Steps) > 0 {
			last := of.Server.Steps[len(of.Server.Steps)-1]
			if len(last.Responses) > 0 && strings.HasPrefix(of.ID, scenarioPrefix) {
				scenarios[last.Responses[0].Row] = true
			} else if len(last.Responses) > 0 {
				servers[last.Responses[0].Row] = true
			}
		}
		if of.Client != nil {
			for _, outcome := range of.Client.Outcomes {
				clients[outcome.Row] = true
			}
		}
	}
	var missing []string
	for _, row := range c.Rows {
		lacks := func(what string) { missing = append(missing, fmt.Sprintf("row %d %s: %s", row.Number, row.Key, what)) }
		value, ok := esaerrors.ByKey(row.Key)
		if !ok || value.Number != row.Number || value.Status != row.Status || value.Code != row.Code || value.Message != row.Message {
			lacks("no Go value says the same")
		}
		if !servers[row.Key] {
			lacks("no case for servers")
		}
		if !scenarios[row.Key] {
			lacks("no case of a scenario")
		}
		if !clients[row.Key] {
			lacks("no case for clients")
		}
	}
	return missing
}
