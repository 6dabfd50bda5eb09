package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// tableRow is an error of the contract: a named example of an error response.
type tableRow struct {
	Number      int // place in the documented table, 0 for an error of the gateway
	Key         string
	Status      int
	Code        string
	Message     string
	Description string
	Remedy      string // usual fix; empty if the description suffices
	Evidence    string
}

// table is the input of the errors template.
type table struct {
	Rows    []tableRow // documented, in the order of the page
	Gateway []tableRow // by status and key
	Codes   []string
}

const operationPath = "/"

// readTable collects the documented rows from the responses that have a
// status, and the gateway's errors from the default response.
func readTable(doc *openapi3.T) (table, error) {
	var t table
	responses := doc.Paths.Value(operationPath).Post.Responses
	var problems []error
	for status, response := range responses.Map() {
		code, err := strconv.Atoi(status)
		switch {
		case status == "default":
			t.Gateway, err = readGateway(response)
		case err != nil || code < 400:
			continue
		default:
			var rows []tableRow
			rows, err = readRows(code, response)
			t.Rows = append(t.Rows, rows...)
		}
		problems = append(problems, err)
	}
	slices.SortFunc(t.Rows, func(a, b tableRow) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortFunc(t.Gateway, func(a, b tableRow) int {
		return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.Key, b.Key))
	})
	t.Codes = codes(t.Rows)
	problems = append(problems, checkNumbers(t.Rows), checkUnique(slices.Concat(t.Rows, t.Gateway)))
	return t, errors.Join(problems...)
}

func readRows(status int, response *openapi3.ResponseRef) ([]tableRow, error) {
	return readExamples(response, func(r *tableRow, extensions map[string]any) error {
		number, ok := extensions["x-error-row"].(float64)
		if !ok || number != float64(int(number)) || number < 1 {
			return fmt.Errorf("x-error-row is %v, want the row number, 1 or more", extensions["x-error-row"])
		}
		if r.Remedy == "" {
			return fmt.Errorf("x-remedy is missing: set it to the usual fix")
		}
		r.Number, r.Status, r.Evidence = int(number), status, "documented"
		return nil
	})
}

func readGateway(response *openapi3.ResponseRef) ([]tableRow, error) {
	return readExamples(response, func(r *tableRow, extensions map[string]any) error {
		status, ok := extensions["x-http-status"].(float64)
		if !ok || status < 400 || status > 599 {
			return fmt.Errorf("x-http-status is %v, want 400 to 599", extensions["x-http-status"])
		}
		evidence, _ := extensions["x-evidence"].(string)
		if evidence != "gateway" && evidence != "observed" && evidence != "inferred" {
			return fmt.Errorf("x-evidence is %q, want gateway, observed or inferred", evidence)
		}
		r.Status, r.Evidence = int(status), evidence
		return nil
	})
}

func readExamples(response *openapi3.ResponseRef, complete func(*tableRow, map[string]any) error) ([]tableRow, error) {
	examples := response.Value.Content["application/json"].Examples
	var rows []tableRow
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(examples)) {
		example := examples[key].Value
		value, _ := example.Value.(map[string]any)
		code, _ := value["Code"].(string)
		message, _ := value["Message"].(string)
		remedy, isText := example.Extensions["x-remedy"].(string)
		if _, given := example.Extensions["x-remedy"]; given && (!isText || remedy == "") {
			problems = append(problems, fmt.Errorf("example %s: x-remedy must be a string that is not empty", key))
			continue
		}
		r := tableRow{Key: key, Code: code, Message: message, Description: example.Description, Remedy: remedy}
		if err := errors.Join(complete(&r, example.Extensions), checkRow(r)); err != nil {
			problems = append(problems, fmt.Errorf("example %s: %w", key, err))
			continue
		}
		rows = append(rows, r)
	}
	return rows, errors.Join(problems...)
}

func checkRow(r tableRow) error {
	if r.Code == "" || r.Message == "" || r.Description == "" {
		return fmt.Errorf("code, message and description are required")
	}
	if r.Key != r.Code && !strings.HasPrefix(r.Key, r.Code+".") {
		return fmt.Errorf("the key must be the code %s, or begin with it and a dot", r.Code)
	}
	return nil
}

func checkNumbers(rows []tableRow) error {
	if len(rows) == 0 {
		return fmt.Errorf("no documented row")
	}
	for i, r := range rows {
		if r.Number != i+1 {
			return fmt.Errorf("row %d is missing or duplicate: found %d (%s)", i+1, r.Number, r.Key)
		}
	}
	return nil
}

// checkUnique checks that each lookup key is unique: the key, and code and
// message together.
func checkUnique(rows []tableRow) error {
	seen := map[string]string{}
	for _, r := range rows {
		for _, mark := range []string{"key " + r.Key, "Go name " + exportedName(r.Key), "code and message " + r.Code + " " + r.Message} {
			if other, twice := seen[mark]; twice {
				return fmt.Errorf("%s and %s have the same %s", other, r.Key, mark)
			}
			seen[mark] = r.Key
		}
	}
	return nil
}

func codes(rows []tableRow) []string {
	var list []string
	for _, r := range rows {
		if !slices.Contains(list, r.Code) {
			list = append(list, r.Code)
		}
	}
	return list
}

// exportedName converts a key or code to an exported identifier.
func exportedName(key string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.ReplaceAll(key, "_", "."), ".") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	name := b.String()
	if head, ok := strings.CutSuffix(name, "Id"); ok {
		name = head + "ID"
	}
	return strings.ReplaceAll(name, "KeyId", "KeyID")
}
