package aliyuncli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/esacert/esacert/gen/esaapi"
)

// Call is what the client sends for a command line. It always uses RPC 1.0 with
// HMAC-SHA1, and sends the parameters in the query, except those of SetCertificate,
// which its metadata places in a form.
type Call struct {
	Action     string
	Version    string
	Method     string // GET or POST
	URL        string // scheme and host of the endpoint; without a host if the region decides
	Region     string
	Parameters map[string]string
	Verify     bool // the server's certificate is verified
}

// Operation is the client's metadata of an operation.
type Operation struct {
	Method     string          // that the client uses: POST if both are permitted
	Parameters map[string]bool // whether each is required
}

// Operations returns the operations of the client's metadata by their actions, as of
// April 2026 (aliyun-openapi-meta 2563691).
func Operations() map[string]Operation {
	return map[string]Operation{
		"ApplyCertificate":    {"POST", map[string]bool{"SiteId": true, "Domains": true, "Type": false}},
		"DeleteCertificate":   {"GET", map[string]bool{"SiteId": true, "Id": true}},
		"GetCertificate":      {"POST", map[string]bool{"SiteId": true, "Id": true}},
		"GetCertificateQuota": {"GET", map[string]bool{"SiteId": true, "Type": true}},
		"GetSite":             {"GET", map[string]bool{"SiteId": true}},
		"ListCertificates":    {"POST", map[string]bool{"SiteId": true, "Keyword": false, "PageNumber": false, "PageSize": false, "ValidOnly": false}},
		"ListCertificatesByRecord": {"POST", map[string]bool{
			"SiteId": true, "RecordName": true, "Detail": false, "ValidOnly": false}},
		"ListSites": {"GET", map[string]bool{
			"AccessType": false, "Coverage": false, "OnlyEnterprise": false, "OrderBy": false, "PageNumber": false, "PageSize": false,
			"PlanSubscribeType": false, "ResourceGroupId": false, "SiteName": false, "SiteSearchType": false, "Status": false, "TagFilter": false}},
		"SetCertificate": {"POST", map[string]bool{
			"SiteId": true, "Type": true, "CasId": false, "Certificate": false, "Id": false, "KeyServerId": false, "Name": false, "PrivateKey": false, "Region": false}},
	}
}

// Parse returns the call of a command line, which is passed as the words after "aliyun".
// Errors are worded as the client words them. A client without a configured
// profile needs --region too; its error is returned if the line has none and
// profile is false.
func Parse(line []string, profile bool) (Call, error) {
	w, err := split(line)
	if err != nil {
		return Call{}, err
	}
	if !profile && w.value("region") == "" {
		return Call{}, errors.New("region can't be empty")
	}
	if err := operation(w); err != nil {
		return Call{}, err
	}
	if version := w.value("version"); version != "" {
		// The client accepts the versions in its meta/versions.json, which does not
		// have ESA.
		return Call{}, fmt.Errorf("unchecked version %s", version)
	}
	if !w.has("force") {
		if err := parameters(w); err != nil {
			return Call{}, err
		}
	}
	return call(w)
}

// operation checks the two words that are neither flags nor values. Names of
// operations are case-sensitive; those in lower case belong to plugins.
func operation(w words) error {
	switch {
	case len(w.arguments) > 2:
		return fmt.Errorf("too many arguments: %q", w.arguments)
	case len(w.arguments) < 2 || !strings.EqualFold(w.arguments[0], esaapi.Product):
		return fmt.Errorf("%q do not name a product and an operation", w.arguments)
	case w.arguments[1] == strings.ToLower(w.arguments[1]):
		return fmt.Errorf("%q is a command of a plugin", w.arguments[1])
	}
	if _, ok := Operations()[w.arguments[1]]; !ok && !w.has("force") {
		return fmt.Errorf("'%s' is not a valid api", w.arguments[1])
	}
	return nil
}

// parameters checks names, which are case-sensitive, and what is required.
func parameters(w words) error {
	known := Operations()[w.arguments[1]].Parameters
	for _, name := range slices.Sorted(maps.Keys(w.params)) {
		if _, ok := known[name]; !ok {
			return fmt.Errorf("'--%s' is not a valid parameter or flag", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if known[name] && w.params[name] == nil {
			return fmt.Errorf("required parameters not assigned: --%s", name)
		}
	}
	return nil
}

func call(w words) (Call, error) {
	c := Call{
		Action: w.arguments[1], Version: esaapi.Version, Method: Operations()[w.arguments[1]].Method, Region: w.value("region"),
		Parameters: map[string]string{}, Verify: !w.has("skip-secure-verify"),
	}
	if w.has("force") {
		c.Method = "GET" // the metadata is not read
	}
	if method := w.value("method"); method != "" {
		if method != "GET" && method != "POST" {
			return Call{}, fmt.Errorf("--method value %s is not supported, please set method in {GET|POST}", method)
		}
		c.Method = method
	}
	scheme := "https"
	if w.has("insecure") && !w.has("secure") {
		scheme = "http"
	}
	c.URL = scheme + "://" + w.value("endpoint")
	for name, f := range w.params {
		c.Parameters[name] = f.value
	}
	return c, nil
}
