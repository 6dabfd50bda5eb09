package suite

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

// Uncovered lists what is missing. Each operation requires a server case and a client
// case, and each row of its documented table an equal Go value and a client case. A
// row of ApplyCertificate also requires a case in which a server's rules yield it, and
// one in which a scenario site returns it.
func (c *Contract) Uncovered(cases []Case) []string {
	found := coverageOf(cases)
	var missing []string
	for _, operation := range c.operations {
		missing = append(missing, operation.uncovered(found)...)
	}
	return missing
}

// coverage has the operations and rows that cases are about; rows by row ID.
type coverage struct {
	serverOperations, clientOperations map[string]bool
	servers, scenarios, clients        map[rowID]bool
}

// rowID is a row of the table of an operation.
type rowID struct{ action, key string }

func coverageOf(cases []Case) coverage {
	found := coverage{map[string]bool{}, map[string]bool{}, map[rowID]bool{}, map[rowID]bool{}, map[rowID]bool{}}
	for i := range cases {
		of := &cases[i]
		if of.Server != nil && len(of.Server.Steps) > 0 {
			last := of.Server.Steps[len(of.Server.Steps)-1]
			action := actionOf(last.Request.Operation)
			found.serverOperations[action] = true
			if len(last.Responses) > 0 && strings.HasPrefix(of.ID, scenarioPrefix) {
				found.scenarios[rowID{action, last.Responses[0].Row}] = true
			} else if len(last.Responses) > 0 {
				found.servers[rowID{action, last.Responses[0].Row}] = true
			}
		}
		if of.Client != nil {
			action := actionOf(of.Client.Call.Operation)
			found.clientOperations[action] = true
			for _, outcome := range of.Client.Outcomes {
				found.clients[rowID{action, outcome.Row}] = true
			}
		}
	}
	return found
}

// actionOf returns the action of an operation named in a case.
func actionOf(operation string) string {
	return cmp.Or(operation, esaops.ApplyCertificate.Action)
}

func (o *Operation) uncovered(found coverage) []string {
	var missing []string
	action := o.Facts.Action
	if !found.serverOperations[action] {
		missing = append(missing, action+": no server case")
	}
	if !found.clientOperations[action] {
		missing = append(missing, action+": no client case")
	}
	for _, row := range o.Rows {
		report := func(what string) {
			missing = append(missing, fmt.Sprintf("%s row %d %s: %s", action, row.Number, row.Key, what))
		}
		value, ok := esaerrors.ByKey(row.Key)
		if !ok || o.Facts.Row(value) != row.Number || value.Status != row.Status || value.Code != row.Code || value.Message != row.Message {
			report("no equal Go value")
		}
		id := rowID{action, row.Key}
		if !found.clients[id] {
			report("no client case")
		}
		if o.Facts != esaops.ApplyCertificate {
			continue
		}
		if !found.servers[id] {
			report("no server case")
		}
		if !found.scenarios[id] {
			report("no scenario case")
		}
	}
	return missing
}
