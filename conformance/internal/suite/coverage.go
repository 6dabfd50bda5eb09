package suite

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

// Uncovered lists what is missing for the rows of the documented table. Each row
// requires an equal Go value, a case in which a server's rules yield the row, one
// in which a scenario site returns it, and one for clients.
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
		report := func(what string) { missing = append(missing, fmt.Sprintf("row %d %s: %s", row.Number, row.Key, what)) }
		value, ok := esaerrors.ByKey(row.Key)
		if !ok || esaops.ApplyCertificate.Row(value) != row.Number || value.Status != row.Status || value.Code != row.Code || value.Message != row.Message {
			report("no equal Go value")
		}
		if !servers[row.Key] {
			report("no server case")
		}
		if !scenarios[row.Key] {
			report("no scenario case")
		}
		if !clients[row.Key] {
			report("no client case")
		}
	}
	return missing
}
