//go:build interop

package live_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
)

// documentedExample sends the documented page's example request to a server
// with nothing stored, and compares the answer with the page's: the same
// fields, and their values. The page's names end in a blank, which no server
// sends, and its RequestId stands for any.
func documentedExample(t *testing.T, c live.Client, target live.Target, matrix *live.Matrix) {
	t.Helper()
	const situation = "documented example"
	parameters, want := contractExample(t)
	way := simple(c, parameters)
	result, err := c.Adapter.Call(t.Context(), adapters.Request{
		ID: situation, Endpoint: target.Endpoint,
		AccessKeyID: way.Caller.AccessKeyID, AccessKeySecret: way.Caller.AccessKeySecret,
		Signature: way.Signature, Parameters: parameters,
	})
	if err == nil && !result.OK {
		err = fmt.Errorf("refused: %s", result.Error.Raw)
	}
	if err == nil {
		err = compareExample(result.Response.Body, want)
	}
	matrix.Record(c, situation, way.String(), err)
}

// simple is the simplest way that a client has to make a call.
func simple(c live.Client, parameters map[string]string) live.Variant {
	if way := live.DefaultVariant(); c.Has(way, parameters) {
		return way
	}
	return live.DefaultRPCVariant()
}

// contractExample reads the example from the contract: the parameters of the
// request by name, and the body of the answer.
func contractExample(t *testing.T) (map[string]string, map[string]any) {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromFile("../../../../spec/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := document.Paths.Value("/")
	parameters := map[string]string{}
	for _, parameter := range path.Parameters {
		if parameter.Value.Extensions["x-evidence"] != nil {
			continue // the page does not have it
		}
		text, err := json.Marshal(parameter.Value.Example) // a number keeps its digits
		if err != nil {
			t.Fatal(err)
		}
		parameters[parameter.Value.Name] = strings.Trim(string(text), `"`)
	}
	if got := slices.Sorted(maps.Keys(parameters)); !slices.Equal(got, []string{"Domains", "SiteId", "Type"}) {
		t.Fatalf("the contract has examples of the parameters %v", got)
	}
	body, ok := path.Post.Responses.Value("200").Value.Content["application/json"].Examples["documented"].Value.Value.(map[string]any)
	if !ok {
		t.Fatal("the contract has no documented example of the answer")
	}
	return parameters, body
}

func compareExample(got, want map[string]any) error {
	first, wantFirst := item(got), item(want)
	if !sameKeys(got, want) || !sameKeys(first, wantFirst) {
		return fmt.Errorf("fields %v, want those of %v", got, want)
	}
	pairs := map[string][2]any{
		"SiteName":         {got["SiteName"], want["SiteName"]},
		"TotalCount":       {got["TotalCount"], want["TotalCount"]},
		"Result[0].Status": {first["Status"], wantFirst["Status"]},
		"Result[0].Id":     {first["Id"], wantFirst["Id"]},
	}
	for name, pair := range pairs {
		if fmt.Sprint(pair[0]) != strings.TrimSpace(fmt.Sprint(pair[1])) {
			return fmt.Errorf("%s is %v, documented is %v", name, pair[0], pair[1])
		}
	}
	return nil
}

// item is the first item of Result.
func item(body map[string]any) map[string]any {
	items, _ := body["Result"].([]any)
	if len(items) == 0 {
		return nil
	}
	first, _ := items[0].(map[string]any)
	return first
}

func sameKeys(a, b map[string]any) bool {
	return slices.Equal(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)))
}
