package client_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/client"
)

func names(n int, pattern string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(pattern, i)
	}
	return list
}

func TestInputValidation(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a.", 123) + "example"
	type in = client.ApplyCertificateInput
	for name, test := range map[string]struct {
		input in
		want  []string // "field: substring of the message"
	}{
		"good":                     {in{SiteID: 1, Domains: []string{"a.example.com"}}, nil},
		"good wildcard":            {in{SiteID: 1, Domains: []string{"*.example.com"}, Type: client.DigiCertWildcard}, nil},
		"good plain and wildcard":  {in{SiteID: 1, Domains: []string{"example.com", "*.example.com"}, Type: client.LetsEncrypt}, nil},
		"50 names":                 {in{SiteID: 1, Domains: names(50, "n%d.example.com")}, nil},
		"10 names":                 {in{SiteID: 1, Domains: names(10, "n%d.example.com"), Type: client.DigiCertSingle}, nil},
		"253 bytes":                {in{SiteID: 1, Domains: []string{long}}, nil},
		"253 bytes within spaces":  {in{SiteID: 1, Domains: []string{" " + long + " "}}, nil},
		"unicode":                  {in{SiteID: 1, Domains: []string{"bücher.中国"}}, nil},
		"site zero":                {in{Domains: []string{"a.example.com"}}, []string{"SiteID: want a positive number"}},
		"site negative":            {in{SiteID: -7, Domains: []string{"a.example.com"}}, []string{"SiteID: want a positive number"}},
		"no names":                 {in{SiteID: 1}, []string{"Domains: at least one"}},
		"empty name":               {in{SiteID: 1, Domains: []string{"a.example.com", ""}}, []string{"Domains[1]: is empty"}},
		"name of spaces":           {in{SiteID: 1, Domains: []string{" \t"}}, []string{"Domains[0]: is empty"}},
		"comma":                    {in{SiteID: 1, Domains: []string{"a.example.com,b.example.com"}}, []string{"Domains[0]: pass each name as a separate item"}},
		"line end within":          {in{SiteID: 1, Domains: []string{"a.exa\nmple.com"}}, []string{"Domains[0]: control character"}},
		"not UTF-8":                {in{SiteID: 1, Domains: []string{"a\xff.example.com"}}, []string{"Domains[0]: is not UTF-8"}},
		"254 bytes":                {in{SiteID: 1, Domains: []string{"x" + long}}, []string{"Domains[0]: 253 bytes"}},
		"unknown type":             {in{SiteID: 1, Domains: []string{"a.example.com"}, Type: "letsencrypt"}, []string{"Type: lets_encrypt, digicert_single, digicert_wildcard"}},
		"AlgType":                  {in{SiteID: 1, Domains: []string{"a.example.com"}, AlgType: "SM2"}, nil},
		"long AlgType":             {in{SiteID: 1, Domains: []string{"a.example.com"}, AlgType: strings.Repeat("R", 65)}, []string{"AlgType: longer than 64 bytes; use ECC or RSA"}},
		"control in AlgType":       {in{SiteID: 1, Domains: []string{"a.example.com"}, AlgType: "RSA\n"}, []string{"AlgType: is not printable"}},
		"51 names":                 {in{SiteID: 1, Domains: names(51, "n%d.example.com")}, []string{"Domains: limit of 50 per call for lets_encrypt"}},
		"11 names":                 {in{SiteID: 1, Domains: names(11, "n%d.example.com"), Type: client.DigiCertSingle}, []string{"Domains: limit of 10 per call for digicert_single"}},
		"two wildcards":            {in{SiteID: 1, Domains: names(2, "*.n%d.example.com"), Type: client.DigiCertWildcard}, []string{"Domains: limit of 1 per call for digicert_wildcard"}},
		"wildcard for single":      {in{SiteID: 1, Domains: []string{"*.example.com"}, Type: client.DigiCertSingle}, []string{"Domains[0]: use lets_encrypt or digicert_wildcard"}},
		"plain for wildcard":       {in{SiteID: 1, Domains: []string{"example.com"}, Type: client.DigiCertWildcard}, []string{"Domains[0]: use lets_encrypt or digicert_single"}},
		"twice in other case":      {in{SiteID: 1, Domains: []string{"a.example.com", "b.example.com", " A.Example.COM"}}, []string{"Domains[2]: duplicates Domains[0]"}},
		"unknown type, many names": {in{SiteID: 1, Domains: names(60, "*.n%d.example.com"), Type: "x"}, []string{"Type: is not a certificate type"}},
		"all problems": {in{SiteID: 0, Domains: []string{"", "a,b", "*.x.com", "*.x.com"}, Type: client.DigiCertSingle}, []string{
			"SiteID: want a positive number", "Domains[0]: is empty", "Domains[1]: comma", "Domains[2]: wildcard", "Domains[3]: wildcard",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := script(accepts())
			_, err := newClient(t, tr).ApplyCertificate(t.Context(), test.input)
			if len(test.want) == 0 {
				if err != nil || len(tr.requests()) != 1 {
					t.Errorf("%d requests, error %v", len(tr.requests()), err)
				}
				return
			}
			wrong, ok := errors.AsType[*client.InputError](err)
			if !ok {
				t.Fatalf("error is %v", err)
			}
			if len(tr.requests()) != 0 {
				t.Error("a request was sent")
			}
			if len(wrong.Problems) != len(test.want) {
				t.Fatalf("%d problems, want %d: %v", len(wrong.Problems), len(test.want), wrong)
			}
			for i, want := range test.want {
				field, part, _ := strings.Cut(want, ": ")
				p := wrong.Problems[i]
				if p.Field != field || !strings.Contains(p.String(), part) || !strings.Contains(wrong.Error(), p.String()) {
					t.Errorf("problem %d is %q, want %q", i, p, want)
				}
			}
		})
	}
}

func TestWithoutValidation(t *testing.T) {
	t.Parallel()
	tr := script(accepts())
	in := client.ApplyCertificateInput{SiteID: -1, Domains: []string{"", "a,b", "*.x\n"}, Type: "nope"}
	if _, err := newClient(t, tr, client.WithoutValidation()).ApplyCertificate(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	query := tr.requests()[0].URL.Query()
	got := []string{query.Get("SiteId"), query.Get("Domains"), query.Get("Type")}
	if diff := cmp.Diff([]string{"-1", ",a,b,*.x\n", "nope"}, got); diff != "" {
		t.Error(diff)
	}
	verify(t, tr.requests()[0])
}

// FuzzInput checks for all names that either nothing is sent, or exactly these
// names arrive, without surrounding spaces.
func FuzzInput(f *testing.F) {
	f.Add("a.example.com", "*.example.com")
	f.Add(" a ", "b,c")
	f.Add("\xff", "\u00a0x\u2003")
	f.Fuzz(func(t *testing.T, first, second string) {
		tr := script(accepts())
		_, err := newClient(t, tr).ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: 1, Domains: []string{first, second}})
		if err != nil {
			if _, ok := errors.AsType[*client.InputError](err); !ok || len(tr.requests()) != 0 {
				t.Fatalf("%d requests, error %v", len(tr.requests()), err)
			}
			return
		}
		got := strings.Split(tr.requests()[0].URL.Query().Get("Domains"), ",")
		if diff := cmp.Diff([]string{strings.TrimSpace(first), strings.TrimSpace(second)}, got); diff != "" {
			t.Fatal(diff)
		}
		verify(t, tr.requests()[0])
	})
}

func TestInputErrorTruncatesLongValues(t *testing.T) {
	t.Parallel()
	in := client.ApplyCertificateInput{SiteID: 1, Domains: []string{strings.Repeat("a", 5000)}}
	_, err := newClient(t, script(accepts())).ApplyCertificate(t.Context(), in)
	if err == nil || len(err.Error()) > 300 {
		t.Errorf("error is %v", err)
	}
}
