package suite

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

const (
	rowPrefix      = "errors/"    // IDs of cases about a row of the documented table
	gatewayPrefix  = "gateway/"   // IDs of cases about a gateway error that a client receives
	scenarioPrefix = "scenarios/" // IDs of cases about a site that returns a row on demand
	exampleID      = "example/documented"
)

// LoadWithContract loads the cases of the files and of the contract.
func LoadWithContract(fsys fs.FS) ([]Case, error) {
	cases, err := Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("load cases: %w", err)
	}
	contract, err := ReadContract()
	if err != nil {
		return nil, err
	}
	return AddContractCases(cases, contract)
}

// AddContractCases adds the cases that follow from the contract:
//
//   - the documented example, for both sides;
//   - for every row of the documented table, how a client must report it: the
//     client part of the case errors/KEY, whose server part is in the files;
//   - for every row, the site that returns it on demand: scenarios/KEY;
//   - for every gateway error, how a client must report it: gateway/KEY.
//
// It also sets the fields of outcomes that name an example of the contract. The
// case of the example is first, the other new cases are last.
func AddContractCases(cases []Case, contract *Contract) ([]Case, error) {
	example, err := contract.exampleCase()
	if err != nil {
		return nil, err
	}
	all := append([]Case{example}, cases...)
	byID := map[string]*Case{}
	for i := range all {
		byID[all[i].ID] = &all[i]
	}
	var added []Case
	for _, row := range esaops.ApplyCertificate.Errors {
		if c := byID[rowPrefix+row.Key]; c == nil {
			added = append(added, contract.clientCase(rowPrefix, row))
		} else if c.Client == nil {
			c.Client = contract.rowClient(row)
		}
		added = append(added, scenarioCase(row))
	}
	for _, row := range esaerrors.Gateway() {
		added = append(added, contract.clientCase(gatewayPrefix, row))
	}
	all = append(all, added...)
	if err := checkUnique(all); err != nil {
		return nil, err
	}
	for i := range all {
		if err := contract.fillExamples(&all[i]); err != nil {
			return nil, fmt.Errorf("case %s: %w", all[i].ID, err)
		}
	}
	return all, nil
}

// exampleCase returns the case of the documented request and response. The server
// receives names with the documented labels within a site of the targets.
func (c *Contract) exampleCase() (Case, error) {
	fields, err := c.ExampleFields("documented")
	if err != nil {
		return Case{}, err
	}
	request := make([]Parameter, len(c.Parameters))
	var names []string
	for i, p := range c.Parameters {
		switch p.Name {
		case "SiteId":
			p.Value = "${site.active.id}"
		case "Domains":
			names = strings.Split(p.Value, ",")
			for j, name := range names {
				label, _, _ := strings.Cut(name, ".")
				names[j] = label + ".${unique}.${site.active.name}"
			}
			p.Value = strings.Join(names, ",")
		}
		request[i] = p
	}
	server := &ServerCase{Writes: true, Steps: []Step{{
		Request: Request{Parameters: request},
		Responses: []ExpectedResponse{{
			Accepted: &Accepted{SiteName: "${site.active.name}", Domains: names},
			Fields:   map[string]string{"Result.0.Status": fields["Result.0.Status"]},
		}},
	}}}
	server.addNeeds()
	return Case{
		ID:       exampleID,
		Why:      "The documented request yields a response with the documented fields, and a client returns the documented response to its caller unchanged, including trailing spaces.",
		Evidence: Documented, Level: Must, Server: server,
		Client: &ClientCase{
			Call:     Call{Parameters: c.Parameters},
			Script:   []Reply{{Example: "documented"}},
			Outcomes: []ExpectedOutcome{{OK: true, Fields: fields}},
		},
	}, nil
}

// checkUnique reports cases of files with the ID of a contract case.
func checkUnique(cases []Case) error {
	var problems Problems
	seen := map[string]bool{}
	for i := range cases {
		if id := cases[i].ID; seen[id] {
			problems = append(problems, Problem{Message: fmt.Sprintf("case %s: the ID is reserved for a case of the contract", id)})
		}
		seen[cases[i].ID] = true
	}
	return problems.err()
}

// clientCase returns the case in which a client receives an error.
func (c *Contract) clientCase(group string, row *esaerrors.Error) Case {
	return Case{
		ID: group + row.Key, Why: "An error of the contract reaches the caller with its code, message and status. " + row.Description,
		Evidence: Evidence(row.Evidence), Level: Must, Violates: row.Key, Client: c.rowClient(row),
	}
}

// scenarioCase returns the case of the site that returns a row for any correctly
// signed request.
func scenarioCase(row *esaerrors.Error) Case {
	server := &ServerCase{Steps: []Step{{
		Request: Request{Parameters: []Parameter{
			{Name: "SiteId", Value: "${scenario." + row.Key + "}"},
			{Name: "Domains", Value: "www.example.com"},
		}},
		Responses: []ExpectedResponse{{Row: row.Key}},
	}}}
	server.addNeeds()
	return Case{
		ID: scenarioPrefix + row.Key, Why: "A dedicated site returns the row on demand, so that programs can be tested against it unchanged.",
		Evidence: Inferred, Level: Must, Violates: row.Key, Server: server,
	}
}

// rowClient returns the client part of a case: the client reports the row.
func (c *Contract) rowClient(row *esaerrors.Error) *ClientCase {
	return &ClientCase{
		Call:     Call{Parameters: c.Parameters},
		Script:   []Reply{{Row: row.Key}},
		Outcomes: []ExpectedOutcome{{Row: row.Key, Kind: "service"}},
	}
}

// fillExamples replaces the examples that outcomes name with their fields.
func (c *Contract) fillExamples(of *Case) error {
	if of.Client == nil {
		return nil
	}
	for i := range of.Client.Outcomes {
		outcome := &of.Client.Outcomes[i]
		if outcome.Example == "" {
			continue
		}
		fields, err := c.ExampleFields(outcome.Example)
		if err != nil {
			return err
		}
		for path, want := range outcome.Fields {
			fields[path] = want
		}
		outcome.OK, outcome.Fields, outcome.Example = true, fields, ""
	}
	for _, reply := range of.Client.Script {
		if reply.Example == "" {
			continue
		}
		if _, err := c.Example(reply.Example); err != nil {
			return err
		}
	}
	return nil
}
