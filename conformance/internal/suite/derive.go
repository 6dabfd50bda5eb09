package suite

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
)

// rowPrefix begins the ids of the cases about the rows of the documented table.
const rowPrefix = "errors/"

// gatewayCases begins the ids of the cases about what a client makes of the
// gateway's errors, and scenarioCases those about sites that answer a row.
const (
	gatewayPrefix  = "gateway/"
	scenarioPrefix = "scenarios/"
)

// exampleID is the id of the case about the documented example.
const exampleID = "example/documented"

// LoadWithContract reads cases from files and adds those that the contract gives.
func LoadWithContract(fsys fs.FS) ([]Case, error) {
	cases, err := Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("reading the cases: %w", err)
	}
	contract, err := ReadContract()
	if err != nil {
		return nil, err
	}
	return AddContractCases(cases, contract)
}

// AddContractCases adds what the contract says already, so that no file says it a second
// time:
//
//   - the case of the documented example, for both sides;
//   - for every row of the documented table, what a client must make of it: the
//     client's half of the case errors/KEY, whose server's half (how to reach the
//     row) is a recipe of the files;
//   - for every row, the site that answers it on demand: scenarios/KEY;
//   - for every error of the gateway, what a client must make of it: gateway/KEY;
//   - the fields of outcomes that name an example of the contract.
//
// The case of the example stands first, the others that Derive makes last.
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
	for _, row := range esaerrors.Rows() {
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

// exampleCase holds both sides to the documented request and answer. A server is
// asked for names of a site that it has, with the labels of the documented ones.
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
		Why:      "The documented request gets an answer with the documented fields, and a client hands the documented answer to its caller as it stands, trailing blanks and all.",
		Evidence: Documented, Level: Must, Server: server,
		Client: &ClientCase{
			Call:     Call{Parameters: c.Parameters},
			Script:   []Reply{{Example: "documented"}},
			Outcomes: []ExpectedOutcome{{OK: true, Fields: fields}},
		},
	}, nil
}

// checkUnique finds a file that has a case which the contract gives.
func checkUnique(cases []Case) error {
	var problems Problems
	seen := map[string]bool{}
	for i := range cases {
		if id := cases[i].ID; seen[id] {
			problems = append(problems, Problem{Message: fmt.Sprintf("case %s: the contract gives a case of this id; it cannot stand in a file", id)})
		}
		seen[cases[i].ID] = true
	}
	return problems.err()
}

// clientCase is about what a client makes of an error.
func (c *Contract) clientCase(group string, row *esaerrors.Error) Case {
	return Case{
		ID: group + row.Key, Why: "An error of the contract reaches the caller with its code, message and status. " + row.Description,
		Evidence: Evidence(row.Evidence), Level: Must, Violates: row.Key, Client: c.rowClient(row),
	}
}

// scenarioCase is about the site that answers a row to any well-signed request.
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
		ID: scenarioPrefix + row.Key, Why: "A site of its own answers the row on demand, so that programs can be tried against it unchanged.",
		Evidence: Inferred, Level: Must, Violates: row.Key, Server: server,
	}
}

// rowClient is what a client must make of a row.
func (c *Contract) rowClient(row *esaerrors.Error) *ClientCase {
	return &ClientCase{
		Call:     Call{Parameters: c.Parameters},
		Script:   []Reply{{Row: row.Key}},
		Outcomes: []ExpectedOutcome{{Row: row.Key, Kind: "service"}},
	}
}

// fillExamples turns outcomes that name an example into its fields.
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
