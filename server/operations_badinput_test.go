package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
)

// placements are the ways in which callers send parameters.
var placements = []string{"ACS3 query", "ACS3 form", "ACS3 JSON", "RPC query", "RPC form"}

// parameters are those of a call, in their order. A name may occur twice.
type parameters [][2]string

// with returns the parameters with another value, or an additional parameter.
func (p parameters) with(name, value string) parameters {
	return append(p.without(name), [2]string{name, value})
}

func (p parameters) without(name string) parameters {
	var rest parameters
	for _, pair := range p {
		if pair[0] != name {
			rest = append(rest, pair)
		}
	}
	return rest
}

func (p parameters) twice(name, value string) parameters {
	return append(p.with(name, value), [2]string{name, value})
}

func (p parameters) encode() string {
	parts := make([]string, len(p))
	for i, pair := range p {
		parts[i] = url.QueryEscape(pair[0]) + "=" + url.QueryEscape(pair[1])
	}
	return strings.Join(parts, "&")
}

func (p parameters) json(t testing.TB) string {
	t.Helper()
	parts := make([]string, len(p))
	for i, pair := range p {
		name, nameErr := json.Marshal(pair[0])
		value, valueErr := json.Marshal(pair[1])
		if nameErr != nil || valueErr != nil {
			t.Fatal(nameErr, valueErr)
		}
		parts[i] = string(name) + ":" + string(value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// operationRequest is a correctly signed call of an operation.
func operationRequest(t testing.TB, op *esaops.Operation, p parameters, placement string) request {
	t.Helper()
	q := request{method: op.Methods[0], action: op.Action, rpc: strings.HasPrefix(placement, "RPC")}
	switch {
	case strings.HasSuffix(placement, "query"):
		q.query = p.encode()
	case strings.HasSuffix(placement, "form"):
		q.body, q.form = p.encode(), true
	default:
		q.body, q.header = p.json(t), http.Header{"Content-Type": {"application/json"}}
	}
	return q
}

// operationResponse is a response to any operation.
type operationResponse struct {
	status int
	err    esaapi.Error
	body   []byte
}

func sendOperation(t testing.TB, srv *servertest.Server, q request) operationResponse {
	t.Helper()
	r, err := srv.Transport().RoundTrip(q.build(t, srv, "http://esa.test"))
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	out := operationResponse{status: r.StatusCode}
	if out.body, err = io.ReadAll(r.Body); err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if out.status != http.StatusOK {
		if err := json.Unmarshal(out.body, &out.err); err != nil {
			t.Fatalf("status %d, not an error document: %s", out.status, out.body)
		}
	}
	return out
}

// wantOperation checks a response against a row, or 200 if want is nil, and the rule
// in the journal.
func wantOperation(t testing.TB, srv *servertest.Server, got operationResponse, want *esaerrors.Error) {
	t.Helper()
	last := srv.LastEntry()
	switch {
	case want == nil && got.status != http.StatusOK:
		t.Errorf("got %d %s (journal: %s), want 200", got.status, got.body, last.Detail)
	case want == nil:
	case got.status != want.Status || got.err.Code != want.Code || got.err.Message != want.Message:
		t.Errorf("got %d %s (journal: %s), want %d %v", got.status, got.body, last.Detail, want.Status, want)
	case last.Rule != want.Key || last.Status != want.Status || got.err.RequestID != last.RequestID:
		t.Errorf("the journal has rule %s, status %d, want %s", last.Rule, last.Status, want.Key)
	}
}

// fixtures are the certificates that the cases of bad input must not change.
type fixtures struct {
	srv                    *servertest.Server
	issued, free, uploaded string // IDs on site; issued has a certificate, free is pending
	foreign, second        string // IDs of another account and of another site of the account
	certificate, key       string
}

func newFixtures(t testing.TB) *fixtures {
	t.Helper()
	config := strings.Replace(string(states(t)), "body: 65536", "body: 4194304", 1)
	if config == string(states(t)) {
		t.Fatal("the configuration has no limit of bodies")
	}
	f := &fixtures{srv: servertest.New(t, servertest.WithConfig(config))}
	apply := func(c *client.Client, site int64, domain string) string {
		out, err := c.ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: site, Domains: []string{domain}})
		if err != nil {
			t.Fatal(err)
		}
		return out.Applications[0].ID
	}
	c := f.srv.Client()
	f.issued = apply(c, site, "www.example.com")
	id, err := strconv.ParseInt(f.issued, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	f.srv.WaitIssued(t.Context(), id)
	f.free = apply(c, site, "blog.example.com")
	f.second = apply(c, 9, "www.second.example")
	f.foreign = apply(f.srv.Client(client.WithCredentials(client.StaticCredentials("otherid", "othersecret"))), 77, "www.other.example")
	f.certificate, f.key = keyPair(t, f.srv.Clock.Now().AddDate(1, 0, 0), "shop.example.com")
	out, err := c.SetCertificate(t.Context(), client.SetCertificateInput{SiteID: site, Type: esaapi.TypeUpload, Name: "taken", Certificate: f.certificate, PrivateKey: f.key})
	if err != nil {
		t.Fatal(err)
	}
	f.uploaded = out.ID
	return f
}

// correct returns parameters that the operation accepts.
func (f *fixtures) correct(op *esaops.Operation) parameters {
	siteID := [2]string{"SiteId", strconv.FormatInt(site, 10)}
	switch op {
	case esaops.ApplyCertificate:
		return parameters{siteID, {"Domains", "new.example.com"}}
	case esaops.DeleteCertificate, esaops.GetCertificate:
		return parameters{siteID, {"Id", f.issued}}
	case esaops.GetCertificateQuota:
		return parameters{siteID, {"Type", "free"}}
	case esaops.ListCertificatesByRecord:
		return parameters{siteID, {"RecordName", "www.example.com"}}
	case esaops.ListSites:
		return nil
	case esaops.SetCertificate:
		return parameters{siteID, {"Type", "upload"}, {"Name", "new"}, {"Certificate", f.certificate}, {"PrivateKey", f.key}}
	}
	return parameters{siteID}
}

// snapshot returns everything that the operations could change.
func (f *fixtures) snapshot(t testing.TB) []store.JobRecord {
	t.Helper()
	records, err := f.srv.Store().(store.Jobs).ListRecords(t.Context(), store.Query{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// badCase is a call that is rejected. It changes nothing.
type badCase struct {
	name  string
	p     parameters
	want  *esaerrors.Error
	bytes bool // not expressible in JSON
}

const (
	beyond32 = "2147483648"
	beyond64 = "9223372036854775808"
)

// generalCases returns the cases that follow from the facts of an operation.
func generalCases(op *esaops.Operation, correct parameters) []badCase {
	var cases []badCase
	for _, p := range op.Parameters {
		value := "1"
		for _, pair := range correct {
			if pair[0] == p.Name {
				value = pair[1]
			}
		}
		add := func(what string, params parameters, want *esaerrors.Error) {
			cases = append(cases, badCase{p.Name + " " + what, params, want, false})
		}
		add("twice", correct.twice(p.Name, value), p.Invalid)
		if p.Required {
			add("missing", correct.without(p.Name), p.Missing)
			add("empty", correct.with(p.Name, ""), p.Missing)
			add("in another case", correct.without(p.Name).with(strings.ToUpper(p.Name)+"X", value), p.Missing)
		}
		var wrong []string
		switch p.Kind {
		case esaops.Int32:
			wrong = []string{"abc", "1.0", "1e3", "0x1", " 1", "1 ", "1_000", "１", "-", "null", "\x00", "1\x00", beyond32, "-2147483649", beyond64, strings.Repeat("9", 1000)}
		case esaops.Int64:
			wrong = []string{"abc", "1.0", "1e3", "0x1", " 1", "1 ", "1_000", "１", "-", "null", "\x00", "1\x00", beyond64, "-9223372036854775809", strings.Repeat("9", 1000)}
		case esaops.Boolean:
			wrong = []string{"yes", "no", "on", "t", "f", "2", "-1", "00", "true ", " 1", "truе", "null", "\x00", strings.Repeat("true", 100)}
		case esaops.String:
		}
		for _, w := range wrong {
			add(fmt.Sprintf("%.40q", w), correct.with(p.Name, w), p.Invalid)
		}
		if p.Kind != esaops.String {
			cases = append(cases, badCase{p.Name + " not UTF-8", correct.with(p.Name, "\xff"), p.Invalid, true})
		}
	}
	return cases
}

// Every parameter of every operation that is missing, empty, repeated or of another
// type gets its row, wherever the caller sends it and however it signs.
func TestParametersOfEveryOperation(t *testing.T) {
	t.Parallel()
	f := newFixtures(t)
	for _, op := range esaops.All() {
		cases := generalCases(op, f.correct(op))
		if len(cases) == 0 {
			t.Errorf("%s has no cases", op.Action)
		}
		f.check(t, op, cases)
	}
}

// check sends each case in each placement, and compares the store before and after.
func (f *fixtures) check(t *testing.T, op *esaops.Operation, cases []badCase) {
	t.Helper()
	before := f.snapshot(t)
	for _, tc := range cases {
		for _, placement := range placements {
			if tc.bytes && placement == "ACS3 JSON" {
				continue
			}
			q := operationRequest(t, op, tc.p, placement)
			if len(q.query) > 12_000 {
				continue // the limit of URLs has its own test
			}
			t.Run(op.Action+"/"+tc.name+"/"+placement, func(t *testing.T) {
				wantOperation(t, f.srv, sendOperation(t, f.srv, q), tc.want)
			})
		}
		if op.Read() {
			continue
		}
		if after := f.snapshot(t); !reflect.DeepEqual(after, before) {
			t.Fatalf("%s %s changed the store from %+v to %+v", op.Action, tc.name, before, after)
		}
	}
	if after := f.snapshot(t); !reflect.DeepEqual(after, before) {
		t.Errorf("%s changed the store from %+v to %+v", op.Action, before, after)
	}
}

// Values of the right type that the rules of the operations reject.
func TestValuesOfEveryOperation(t *testing.T) {
	t.Parallel()
	f := newFixtures(t)
	siteRows := map[*esaops.Operation]*esaerrors.Error{
		esaops.ApplyCertificate: esaerrors.SiteNotFound, esaops.DeleteCertificate: esaerrors.CertificateNotFound,
		esaops.GetCertificate: esaerrors.CertificateNotFound, esaops.GetCertificateQuota: esaerrors.SiteNotFoundWebsite,
		esaops.GetDcvDelegation: esaerrors.SiteNotFoundWebsite, esaops.GetSite: esaerrors.SiteNotFoundWebsite,
		esaops.ListCertificates: esaerrors.InvalidParameterSiteID, esaops.ListCertificatesByRecord: esaerrors.InvalidParameterSiteID,
		esaops.SetCertificate: esaerrors.InvalidParameterSiteID,
	}
	for _, op := range esaops.All() {
		correct := f.correct(op)
		var cases []badCase
		add := func(name, value string, want *esaerrors.Error) {
			cases = append(cases, badCase{fmt.Sprintf("%s %.40q", name, value), correct.with(name, value), want, !validJSON(value)})
		}
		if row := siteRows[op]; row != nil {
			for _, other := range []string{"77", "0", "-1", "1", "9223372036854775807", "-9223372036854775808"} {
				add("SiteId", other, row)
			}
		}
		switch op {
		case esaops.DeleteCertificate, esaops.GetCertificate:
			for _, id := range f.unknownIDs() {
				add("Id", id, esaerrors.CertificateNotFound)
			}
		case esaops.GetCertificateQuota:
			for _, kind := range []string{"upload", "FREE", "free ", "cas", "\x00", "\xff", strings.Repeat("free", 2000)} {
				add("Type", kind, esaerrors.InvalidType)
			}
		case esaops.ListCertificates:
			addPages(add)
			for _, bad := range []string{"\x00", "www\x00", "\xff", "www.\xff", strings.Repeat("w", 5000), strings.Repeat("w", 1<<20)} {
				add("Keyword", bad, esaerrors.InvalidKeyword)
			}
		case esaops.ListCertificatesByRecord:
			for _, bad := range []string{
				",", "www.example.com,", ",www.example.com", "www.example.com,,blog.example.com", " ", "www.example.com, ",
				"\x00", "www.example.com\x00", "\xff.example.com", strings.Repeat("w", 5000), strings.Repeat("www.example.com,", 100) + "a.example.com",
				strings.Repeat(",", 100_000),
			} {
				add("RecordName", bad, esaerrors.InvalidRecordName)
			}
		case esaops.ListSites:
			addPages(add)
			for _, bad := range []string{"regexp", "EXACT", "exact ", "\x00", "\xff"} {
				add("SiteSearchType", bad, esaerrors.InvalidSiteSearchType)
			}
			for _, bad := range []string{"SiteId", "gmtcreate", "visitTime,gmtCreate", "\x00", "\xff"} {
				add("OrderBy", bad, esaerrors.InvalidOrderBy)
			}
			for _, bad := range badTagFilters() {
				add("TagFilter", bad, esaerrors.InvalidTagFilter)
			}
		case esaops.SetCertificate:
			for _, id := range f.unknownIDs() {
				add("Id", id, esaerrors.CertificateNotFound)
			}
			add("Id", f.free, esaerrors.UpdateFreeCertificateNotSupport)
			add("Id", f.issued, esaerrors.UpdateFreeCertificateNotSupport)
			for _, kind := range []string{"free", "UPLOAD", "upload ", "\x00", "\xff"} {
				add("Type", kind, esaerrors.InvalidParameter)
			}
			for _, name := range []string{strings.Repeat("n", 129), strings.Repeat("é", 129), "a\x00", "\xff", strings.Repeat("n", 1<<20)} {
				add("Name", name, esaerrors.InvalidParameter)
			}
			add("Name", "taken", esaerrors.CertificateDuplicated)
			for _, bad := range f.badChains() {
				add("Certificate", bad, esaerrors.InvalidSSLPub)
			}
			for _, bad := range f.badKeys(t) {
				add("PrivateKey", bad, esaerrors.InvalidSSLPri)
			}
		}
		f.check(t, op, cases)
	}
}

func validJSON(s string) bool { return strings.ToValidUTF8(s, "?") == s }

func addPages(add func(name, value string, want *esaerrors.Error)) {
	for _, bad := range []string{"0", "-1", "-2147483648"} {
		add("PageNumber", bad, esaerrors.InvalidPageNumber)
		add("PageSize", bad, esaerrors.InvalidPageSize)
	}
	for _, bad := range []string{"501", "1000000000", "2147483647"} {
		add("PageSize", bad, esaerrors.InvalidPageSize)
	}
}

// unknownIDs are no Ids of certificates of the site: an Id is opaque.
func (f *fixtures) unknownIDs() []string {
	return []string{
		f.foreign, f.second, "nope", "0", "-1", "1", "+" + f.issued, "0" + f.issued, " " + f.issued, f.issued + " ", f.issued + "\x00", f.issued + ".0",
		"0x1", "1e9", beyond64, "9223372036854775807", "-9223372036854775808", "\x00", "\xff", "' OR 1=1 --", "%", "<script>", "３", strings.Repeat("9", 8000),
		"cas-" + f.issued, f.issued + "," + f.free, "[" + f.issued + "]", "null",
	}
}

func badTagFilters() []string {
	return []string{
		"{", "null", "true", "1", `"a"`, `{}`, `{"Key":"a"}`, `[null]`, `[1]`, `["a"]`, `[[]]`, `[{}]`, `[{"Value":"b"}]`, `[{"Key":null}]`, `[{"Key":""}]`,
		`[{"Key":1}]`, `[{"Key":"a","Value":1}]`, `[{"Key":"a","Value":["b"]}]`, `[{"Key":"a","Other":"b"}]`, `[{"key":"a"}]`, `[{"Key":"a","KEY":"b"}]`,
		`[{"Key":"a"}] x`, `[{"Key":"a"}],`, `[{"Key":"a"}][]`, `[{"Key":"a"},]`, "\x00", "[]\x00", "\xff", "[{\"Key\":\"\xff\"}]", strings.Repeat("[", 5000), strings.Repeat("[", 200_000), "1" + strings.Repeat("0", 5000),
	}
}

func (f *fixtures) badChains() []string {
	cut := len(f.certificate) / 2
	return []string{
		"x", "\x00", "\xff", f.key, f.certificate[:cut], f.certificate + f.key, f.certificate + "x", f.certificate + "\x00", strings.Repeat(f.certificate, 11),
		"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		strings.Replace(f.certificate, "CERTIFICATE", "X509 CRL", 2), strings.Repeat(f.certificate, 1+(1<<20)/len(f.certificate)), strings.Repeat("x", 1<<20),
		f.certificate[:cut] + "!" + f.certificate[cut:],
	}
}

func (f *fixtures) badKeys(t testing.TB) []string {
	t.Helper()
	cut := len(f.key) / 2
	return []string{
		"x", "\x00", "\xff", f.certificate, f.key[:cut], f.key + f.key, f.key + "x", strings.Repeat("x", 1<<20), f.key[:cut] + "!" + f.key[cut:],
		"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		strings.ReplaceAll(f.key, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), strings.ReplaceAll(f.key, "PRIVATE KEY", "RSA PRIVATE KEY"),
		strings.ReplaceAll(f.key, "PRIVATE KEY", "EC PRIVATE KEY"), strings.ReplaceAll(f.key, "PRIVATE KEY", "PUBLIC KEY"), strings.ReplaceAll(f.key, "PRIVATE KEY", "EC PARAMETERS"),
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
	}
}

// Values that look wrong and are accepted.
func TestAcceptedValuesOfEveryOperation(t *testing.T) {
	t.Parallel()
	f := newFixtures(t)
	for _, tc := range []struct {
		op          *esaops.Operation
		name, value string
		want        string // in the body
	}{
		{esaops.GetSite, "SiteId", "01234567890123", `"SiteId":1234567890123`},
		{esaops.GetSite, "SiteId", "+1234567890123", `"SiteId":1234567890123`},
		{esaops.GetSite, "Unknown", "\xff\x00", `"SiteId":1234567890123`},
		{esaops.ListCertificates, "PageNumber", "1000000000", `"TotalCount":3,`},
		{esaops.ListCertificates, "PageNumber", "9223372036854775807", `"PageNumber":9223372036854775807`},
		{esaops.ListCertificates, "PageNumber", "", `"PageNumber":1,`},
		{esaops.ListCertificates, "PageSize", "500", `"PageSize":500`},
		{esaops.ListCertificates, "PageSize", "", `"PageSize":20`},
		{esaops.ListCertificates, "Type", "other", `"TotalCount":0,`},
		{esaops.ListCertificates, "Type", "\x00", `"TotalCount":0,`},
		{esaops.ListCertificates, "Type", "upload", `"TotalCount":1,`},
		{esaops.ListCertificates, "Keyword", "", `"TotalCount":3,`},
		{esaops.ListCertificates, "Keyword", "%", `"TotalCount":0,`},
		{esaops.ListCertificates, "Keyword", "_", `"TotalCount":0,`},
		{esaops.ListCertificates, "Keyword", "*", `"TotalCount":0,`},
		{esaops.ListCertificates, "Keyword", "' OR 1=1 --", `"TotalCount":0,`},
		{esaops.ListCertificates, "Keyword", "SHOP", `"TotalCount":1,`},
		{esaops.ListCertificatesByRecord, "RecordName", "_dmarc.example.com", `"Status":"none"`},
		{esaops.ListCertificatesByRecord, "RecordName", "*.example.com", `"Status":"none"`},
		{esaops.ListCertificatesByRecord, "RecordName", "com", `"Status":"none"`},
		{esaops.ListCertificatesByRecord, "RecordName", "WWW.example.com", `"Status":"configured"`},
		{esaops.ListCertificatesByRecord, "RecordName", strings.TrimSuffix(strings.Repeat("a.example.com,", 100), ","), `"TotalCount":100,`},
		{esaops.ListSites, "PageNumber", "2147483647", `"Sites":[]`},
		{esaops.ListSites, "PageNumber", "1000000000", `"TotalCount":9,`},
		{esaops.ListSites, "PageSize", "1", `"PageSize":1,`},
		{esaops.ListSites, "TagFilter", "[]", `"TotalCount":9,`},
		{esaops.ListSites, "TagFilter", ` [ {"Key":"a"} ] `, `"TotalCount":0,`},
		{esaops.ListSites, "TagFilter", "", `"TotalCount":9,`},
		{esaops.ListSites, "SiteName", "\x00", `"TotalCount":0,`},
		{esaops.ListSites, "SiteName", strings.Repeat("a", 8000), `"TotalCount":0,`},
		{esaops.ListSites, "SiteName", " Example.COM ", `"TotalCount":1,`},
		{esaops.ListSites, "Status", "ACTIVE", `"TotalCount":0,`},
		{esaops.ListSites, "AccessType", "\x00", `"TotalCount":0,`},
		{esaops.ListSites, "Coverage", "moon", `"TotalCount":0,`},
		{esaops.ListSites, "ResourceGroupId", "'", `"TotalCount":0,`},
	} {
		for _, placement := range placements {
			if placement == "ACS3 JSON" && !validJSON(tc.value) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s %.40q/%s", tc.op.Action, tc.name, tc.value, placement), func(t *testing.T) {
				got := sendOperation(t, f.srv, operationRequest(t, tc.op, f.correct(tc.op).with(tc.name, tc.value), placement))
				wantOperation(t, f.srv, got, nil)
				if !strings.Contains(string(got.body), tc.want) {
					t.Errorf("got %s, want %s in it", got.body, tc.want)
				}
			})
		}
	}
}

// true and false in any case, 1 and 0.
func TestBooleanSpellings(t *testing.T) {
	t.Parallel()
	f := newFixtures(t)
	for value, want := range map[string]string{
		"true": "1", "True": "1", "TRUE": "1", "tRuE": "1", "1": "1", "false": "3", "False": "3", "FALSE": "3", "0": "3", "": "3",
	} {
		// One certificate is in force besides the uploaded one.
		if want == "1" {
			want = "2"
		}
		for _, placement := range placements {
			got := sendOperation(t, f.srv, operationRequest(t, esaops.ListCertificates, f.correct(esaops.ListCertificates).with("ValidOnly", value), placement))
			wantOperation(t, f.srv, got, nil)
			if !strings.Contains(string(got.body), `"TotalCount":`+want+",") {
				t.Errorf("%s, ValidOnly %q: %s", placement, value, got.body)
			}
		}
	}
	for literal, want := range map[string]string{"true": "2", "false": "3", "1": "2", "0": "3", "null": "3"} {
		q := operationRequest(t, esaops.ListCertificates, nil, "ACS3 JSON")
		q.body = `{"SiteId":1234567890123,"ValidOnly":` + literal + `}`
		got := sendOperation(t, f.srv, q)
		wantOperation(t, f.srv, got, nil)
		if !strings.Contains(string(got.body), `"TotalCount":`+want+",") {
			t.Errorf("JSON %s: %s", literal, got.body)
		}
	}
}

// JSON arrays and objects are not values of any parameter.
func TestJSONContainersAsParameters(t *testing.T) {
	t.Parallel()
	f := newFixtures(t)
	for _, op := range esaops.All() {
		for _, p := range op.Parameters {
			for _, container := range []string{"[]", `["1"]`, "{}", `{"a":1}`, `[{"Key":"a","Value":"b"}]`} {
				q := operationRequest(t, op, nil, "ACS3 JSON")
				q.body = fmt.Sprintf("{%q:%s}", p.Name, container)
				wantOperation(t, f.srv, sendOperation(t, f.srv, q), p.Invalid)
			}
		}
	}
}

// A method that an operation does not have is rejected before its parameters are
// checked, with either signature.
func TestMethodsOfEveryOperation(t *testing.T) {
	t.Parallel()
	f := newFixtures(t)
	before := f.snapshot(t)
	for _, op := range esaops.All() {
		allowed := " " + strings.Join(op.Methods, " ") + " "
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"} {
			if strings.Contains(allowed, " "+method+" ") {
				continue
			}
			for _, placement := range placements {
				q := operationRequest(t, op, f.correct(op), placement)
				q.method = method
				t.Run(op.Action+"/"+method+"/"+placement, func(t *testing.T) {
					wantOperation(t, f.srv, sendOperation(t, f.srv, q), esaerrors.UnsupportedHTTPMethod)
				})
			}
		}
	}
	if after := f.snapshot(t); !reflect.DeepEqual(after, before) {
		t.Errorf("wrong methods changed the store from %+v to %+v", before, after)
	}
}

// Each operation needs the permission for its own action, on its own resource.
func TestPermissionOfEveryOperation(t *testing.T) {
	t.Parallel()
	var policies, users strings.Builder
	resource := func(op *esaops.Operation) string {
		switch op {
		case esaops.ListSites:
			return "acs:esa:cn-hangzhou:1000000000000001:site/*"
		case esaops.SetCertificate:
			return "*"
		}
		return "acs:esa:cn-hangzhou:1000000000000001:site/1234567890123"
	}
	for _, op := range esaops.All() {
		fmt.Fprintf(&policies, "  only-%[1]s: {Version: '1', Statement: [{Effect: Allow, Action: 'esa:%[1]s', Resource: '%[2]s'}]}\n", op.Action, resource(op))
		fmt.Fprintf(&policies, "  not-%[1]s: {Version: '1', Statement: [{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: 'esa:%[1]s', Resource: '*'}]}\n", op.Action)
		for _, kind := range []string{"only", "not"} {
			fmt.Fprintf(&users, "      - {name: %[1]s-%[2]s, policies: [%[1]s-%[2]s], access_keys: [{id: %[1]s-%[2]s, secret: s}]}\n", kind, op.Action)
		}
	}
	config := strings.Replace(string(states(t)), "policies:\n", "policies:\n"+policies.String(), 1)
	config = strings.Replace(config, "    users:\n", "    users:\n"+users.String(), 1)
	srv := servertest.New(t, servertest.WithConfig(config))
	f := &fixtures{srv: srv, issued: "1"}
	call := func(t *testing.T, user string, op *esaops.Operation, params parameters) operationResponse {
		t.Helper()
		q := operationRequest(t, op, params, "ACS3 query")
		q.key = signature.Key{ID: user, Secret: "s"}
		return sendOperation(t, srv, q)
	}
	denied := func(t *testing.T, op *esaops.Operation, got operationResponse, why string) {
		t.Helper()
		wantOperation(t, srv, got, esaerrors.NoPermission)
		if d := got.err.AccessDeniedDetail; d == nil || *d.AuthAction != "esa:"+op.Action || *d.NoPermissionType != why {
			t.Errorf("AccessDeniedDetail of %s: %s", op.Action, got.body)
		}
	}
	for _, granted := range esaops.All() {
		for _, op := range esaops.All() {
			t.Run(granted.Action+"/"+op.Action, func(t *testing.T) {
				params := f.correct(op)
				if op == esaops.ApplyCertificate {
					params = params.with("Domains", "-")
				}
				only, not := call(t, "only-"+granted.Action, op, params), call(t, "not-"+granted.Action, op, params)
				if op != granted {
					if not.err.Code == esaerrors.NoPermission.Code {
						t.Errorf("denied though only %s is: %s", granted.Action, not.body)
					}
					only = call(t, "only-"+granted.Action, op, params)
					denied(t, op, only, "ImplicitDeny")
					return
				}
				if only.err.Code == esaerrors.NoPermission.Code {
					t.Errorf("denied though allowed: %s", only.body)
				}
				denied(t, op, not, "ExplicitDeny")
				if _, ok := op.Parameter("SiteId"); ok && op != esaops.SetCertificate {
					denied(t, op, call(t, "only-"+granted.Action, op, params.with("SiteId", "9")), "ImplicitDeny")
				}
			})
		}
	}
	// A caller that may use one site sees neither the list of all nor may upload: the
	// resources of these operations are not those of a site.
	for _, op := range []*esaops.Operation{esaops.ListSites, esaops.SetCertificate} {
		q := operationRequest(t, op, f.correct(op), "ACS3 query")
		q.key = signature.Key{ID: "onesiteid", Secret: "onesitesecret"}
		denied(t, op, sendOperation(t, srv, q), "ImplicitDeny")
	}
	if stored := srv.Applications(); len(stored) != 0 {
		t.Errorf("stored %+v", stored)
	}
}

// Uploads that look unusual are accepted, wherever the parameters travel: wildcards on
// a CNAME site, names in upper case, and parameters that the server does not use.
func TestUnusualUploads(t *testing.T) {
	t.Parallel()
	for _, placement := range placements {
		t.Run(placement, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			certificate, key := keyPair(t, srv.Clock.Now().AddDate(1, 0, 0), "*.CNAME.example", "cname.example")
			got := sendOperation(t, srv, operationRequest(t, esaops.SetCertificate, parameters{
				{"SiteId", "2"}, {"Type", "upload"}, {"Certificate", certificate}, {"PrivateKey", key}, {"Name", "Größe \u202e\n'\"<&>"},
				{"Region", "ap-southeast-1"}, {"KeyServerId", "k"}, {"CasId", "5"}, {"Id", ""}, {"Certificate[0]", "x"}, {"Unknown", "\x00"},
			}, placement))
			wantOperation(t, srv, got, nil)
			for name, status := range map[string]string{"www.cname.example": "configured", "cname.example": "configured", "a.b.cname.example": "none"} {
				got := sendOperation(t, srv, operationRequest(t, esaops.ListCertificatesByRecord, parameters{{"SiteId", "2"}, {"RecordName", name}}, placement))
				if wantOperation(t, srv, got, nil); !strings.Contains(string(got.body), `"Status":"`+status+`"`) {
					t.Errorf("%s: %s, want %s", name, got.body, status)
				}
			}
			for _, entry := range srv.Journal() {
				if strings.Contains(fmt.Sprintf("%+v", entry), "PRIVATE") {
					t.Errorf("the journal has the key: %+v", entry)
				}
			}
		})
	}
}

// A rejected upload leaves nothing of the key in the journal, the log or the response.
func TestRejectedUploadsShowNoKey(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	srv := newServer(t, servertest.WithLogger(debugLogger(&log)))
	certificate, key := keyPair(t, srv.Clock.Now().AddDate(1, 0, 0), "shop.example.com")
	secret := strings.Split(key, "\n")[1]
	correct := parameters{{"SiteId", strconv.FormatInt(site, 10)}, {"Type", "upload"}, {"Certificate", certificate}, {"PrivateKey", key}}
	for name, p := range map[string]parameters{
		"key twice":          correct.twice("PrivateKey", key),
		"key as certificate": correct.with("Certificate", key),
		"key as site":        correct.with("SiteId", "1"),
		"broken key":         correct.with("PrivateKey", secret),
		"key and more":       correct.with("PrivateKey", key+"x"),
		"other key":          correct.with("Certificate", certificate+"x"),
		"long name":          correct.with("Name", strings.Repeat(secret, 10)),
	} {
		for _, placement := range placements {
			t.Run(name+"/"+placement, func(t *testing.T) {
				got := sendOperation(t, srv, operationRequest(t, esaops.SetCertificate, p, placement))
				if got.status < 400 || got.status >= 500 || strings.Contains(string(got.body), secret) {
					t.Errorf("%d %s", got.status, got.body)
				}
			})
		}
	}
	shown := fmt.Sprintf("%+v", srv.Journal()) + log.String()
	if strings.Contains(shown, secret) {
		at := strings.Index(shown, secret)
		t.Errorf("the journal or the log has the key: %s", shown[max(0, at-300):at])
	}
}

// What exceeds the limits of the gateway is rejected before the rules.
func TestOversizedUploads(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	certificate, key := keyPair(t, srv.Clock.Now().AddDate(1, 0, 0), "shop.example.com")
	large := parameters{
		{"SiteId", strconv.FormatInt(site, 10)}, {"Type", "upload"}, {"PrivateKey", key},
		{"Certificate", strings.Repeat(certificate, 1+(1<<20)/len(certificate))},
	}
	for _, placement := range placements {
		want := esaerrors.RequestEntityTooLarge
		if strings.HasSuffix(placement, "query") {
			want = esaerrors.RequestURITooLong
		}
		t.Run(placement, func(t *testing.T) {
			wantOperation(t, srv, sendOperation(t, srv, operationRequest(t, esaops.SetCertificate, large, placement)), want)
		})
	}
	if stored := srv.Applications(); len(stored) != 0 {
		t.Errorf("stored %+v", stored)
	}
}

// A source of quotas that does not respond is reported by the row of the operation.
func TestUnreachableQuotaOfOperations(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	certificate, key := keyPair(t, srv.Clock.Now().AddDate(1, 0, 0), "www.remote.example")
	for _, placement := range placements {
		got := sendOperation(t, srv, operationRequest(t, esaops.GetCertificateQuota, parameters{{"SiteId", "8"}, {"Type", "free"}}, placement))
		wantOperation(t, srv, got, esaerrors.QuotaCheckFailed)
		got = sendOperation(t, srv, operationRequest(t, esaops.SetCertificate, parameters{
			{"SiteId", "8"}, {"Type", "upload"}, {"Certificate", certificate}, {"PrivateKey", key},
		}, placement))
		wantOperation(t, srv, got, esaerrors.InternalException)
	}
	if stored := srv.Applications(); len(stored) != 0 {
		t.Errorf("stored %+v", stored)
	}
}

// FuzzOperations sends a value of any kind as each parameter of each operation: the
// response is never a failure of the server.
func FuzzOperations(f *testing.F) {
	fixed := newFixtures(f)
	for i := range esaops.All() {
		for _, value := range []string{"", "0", "\x00", "\xff", "null", `[{"Key":"a"}]`, "www.example.com,", fixed.issued, fixed.key, fixed.certificate} {
			f.Add(uint8(i), uint8(i), uint8(i), value)
		}
	}
	f.Fuzz(func(t *testing.T, operation, parameter, placement uint8, value string) {
		op := esaops.All()[int(operation)%len(esaops.All())]
		p := op.Parameters[int(parameter)%len(op.Parameters)]
		where := placements[int(placement)%len(placements)]
		q := operationRequest(t, op, fixed.correct(op).with(p.Name, value), where)
		if got := sendOperation(t, fixed.srv, q); got.status >= 500 || got.err.Code == esaerrors.InternalException.Code {
			t.Errorf("%s %s=%q in %s: %d %s (%s)", op.Action, p.Name, value, where, got.status, got.body, fixed.srv.LastEntry().Detail)
		}
	})
}
