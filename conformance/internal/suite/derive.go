package suite

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

const (
	rowPrefix       = "errors/"     // IDs of cases about a row of the documented table
	gatewayPrefix   = "gateway/"    // IDs of cases about a gateway error that a client receives
	parameterPrefix = "parameters/" // IDs, after the action, of cases about errors of parameters that a client receives
	scenarioPrefix  = "scenarios/"  // IDs of cases about a site that returns a row on demand
	exampleID       = "example/documented"

	documentedExample = "documented" // name of the example of the documented page
	propertiesExample = "properties" // name of the example made of those of the properties, if no page is known
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

// AddContractCases adds the cases that follow from the contract. For ApplyCertificate:
//
//   - the documented example, for both sides;
//   - for every row of the documented table, how a client must report it: the
//     client part of the case errors/KEY, whose server part is in the files;
//   - for every row, the site that returns it on demand: scenarios/KEY;
//   - for every gateway error, except those of parameters of other operations, how a
//     client must report it: gateway/KEY.
//
// For every other operation, for clients:
//
//   - the documented example, if there is one: ACTION/documented;
//   - the request with every method and signature: ACTION/request/METHOD-SIGNATURE;
//   - for every row of the documented table, how a client must report it:
//     ACTION/errors/KEY;
//   - the same for every other error of its parameters: ACTION/parameters/KEY.
//
// A case of the files that has one of these IDs and no client part gets it.
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
	for _, row := range contract.Facts.Errors {
		if c := byID[rowPrefix+row.Key]; c == nil {
			added = append(added, contract.clientCase(rowPrefix, row))
		} else if c.Client == nil {
			c.Client = contract.rowClient(row)
		}
		added = append(added, scenarioCase(row))
	}
	for _, row := range contract.gatewayErrors() {
		added = append(added, contract.clientCase(gatewayPrefix, row))
	}
	for _, operation := range contract.operations {
		if operation != contract.Operation {
			added = append(added, mergeClients(byID, operation.clientCases())...)
		}
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

// mergeClients adds each client case to the case of the files with its ID, if that has
// no client part, and returns the other client cases.
func mergeClients(byID map[string]*Case, clients []Case) []Case {
	return slices.DeleteFunc(clients, func(client Case) bool {
		c := byID[client.ID]
		if c == nil || c.Client != nil {
			return false
		}
		c.Client = client.Client
		return true
	})
}

// gatewayErrors returns the errors of the gateway that ApplyCertificate may return:
// all except those of parameters of other operations.
func (c *Contract) gatewayErrors() []*esaerrors.Error {
	own, others := c.parameterErrors(), map[*esaerrors.Error]bool{}
	for _, operation := range c.operations {
		for _, row := range operation.parameterErrors() {
			others[row] = true
		}
	}
	return slices.DeleteFunc(esaerrors.Gateway(), func(row *esaerrors.Error) bool {
		return others[row] && !slices.Contains(own, row)
	})
}

// parameterErrors returns the errors that report a missing or invalid parameter and
// that the operation does not document, each once.
func (o *Operation) parameterErrors() []*esaerrors.Error {
	var rows []*esaerrors.Error
	for _, p := range o.Facts.Parameters {
		for _, row := range []*esaerrors.Error{p.Missing, p.Invalid} {
			if row != nil && o.Facts.Row(row) == 0 && !slices.Contains(rows, row) {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// clientCases returns the client cases of an operation other than ApplyCertificate.
func (o *Operation) clientCases() []Case {
	action, example := o.Facts.Action, documentedExample
	var list []Case
	if _, documented := o.examples[documentedExample]; documented {
		list = append(list, Case{
			ID: action + "/documented", Why: "A client returns the documented response to its caller unchanged, including trailing spaces.",
			Evidence: Documented, Level: Must, Client: o.exampleClient(Call{}, example),
		})
	} else {
		example = propertiesExample
	}
	for _, method := range o.Facts.Methods {
		for _, signature := range []string{"acs3", "hmac-sha1"} {
			list = append(list, Case{
				ID:       action + "/request/" + method + "-" + signature,
				Why:      "A client sends the action, the version, every parameter unchanged and a correct signature, with an allowed method.",
				Evidence: Documented, Level: Must, Client: o.exampleClient(Call{Method: method, Signature: signature}, example),
			})
		}
	}
	for _, row := range o.Facts.Errors {
		list = append(list, o.clientCase(action+"/"+rowPrefix, row))
	}
	for _, row := range o.parameterErrors() {
		list = append(list, o.clientCase(action+"/"+parameterPrefix, row))
	}
	return list
}

// exampleClient returns the client part of a case: the client returns an example of
// the contract.
func (o *Operation) exampleClient(call Call, example string) *ClientCase {
	call.Operation, call.Parameters = o.callName(), o.callParameters()
	return &ClientCase{Call: call, Script: []Reply{{Example: example}}, Outcomes: []ExpectedOutcome{{Example: example}}}
}

// callParameters returns the documented parameters for a call. A flag is true, because
// a client need not send false, the default.
func (o *Operation) callParameters() []Parameter {
	parameters := slices.Clone(o.Parameters)
	for i := range parameters {
		if p, _ := o.Facts.Parameter(parameters[i].Name); p.Kind == esaops.Boolean {
			parameters[i].Value = "true"
		}
	}
	return parameters
}

// exampleCase returns the case of the documented request and response. The server
// receives names with the documented labels within a site of the targets.
func (c *Contract) exampleCase() (Case, error) {
	fields, err := c.ExampleFields(documentedExample)
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
			Script:   []Reply{{Example: documentedExample}},
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
func (o *Operation) clientCase(group string, row *esaerrors.Error) Case {
	return Case{
		ID: group + row.Key, Why: "An error of the contract reaches the caller with its code, message and status. " + row.Description,
		Evidence: Evidence(row.Evidence), Level: Must, Violates: row.Key, Client: o.rowClient(row),
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
func (o *Operation) rowClient(row *esaerrors.Error) *ClientCase {
	return &ClientCase{
		Call:     Call{Operation: o.callName(), Parameters: o.callParameters()},
		Script:   []Reply{{Row: row.Key}},
		Outcomes: []ExpectedOutcome{{Row: row.Key, Kind: "service"}},
	}
}

// callName returns the operation for a Call, which is empty for ApplyCertificate.
func (o *Operation) callName() string {
	if o.Facts == esaops.ApplyCertificate {
		return ""
	}
	return o.Facts.Action
}

// fillExamples replaces the examples that outcomes name with their fields.
func (c *Contract) fillExamples(of *Case) error {
	if of.Client == nil {
		return nil
	}
	operation, err := c.Lookup(of.Client.Call.Operation)
	if err != nil {
		return err
	}
	for i := range of.Client.Outcomes {
		outcome := &of.Client.Outcomes[i]
		if outcome.Example == "" {
			continue
		}
		fields, err := operation.ExampleFields(outcome.Example)
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
		if _, err := operation.Example(reply.Example); err != nil {
			return err
		}
	}
	return nil
}
