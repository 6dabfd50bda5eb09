package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
)

// AlgType is stored verbatim. A value that selects no key is noted in the journal and
// accepted; what cannot be stored is rejected.
func TestAlgType(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("R", 64)
	for _, c := range []struct {
		name string
		sent []string
		want string // stored
		note string // part of the journal's detail
		row  *esaerrors.Error
	}{
		{"left out", nil, "", "", nil},
		{"empty", []string{""}, "", "", nil},
		{"RSA", []string{"RSA"}, "RSA", "", nil},
		{"lower case", []string{"ecc"}, "ecc", "", nil},
		{"unknown", []string{"SM2"}, "SM2", `AlgType "SM2" is ignored: want one of ECC, RSA`, nil},
		{"with spaces", []string{" RSA"}, " RSA", `AlgType " RSA" is ignored`, nil},
		{"not ASCII", []string{"国密"}, "国密", `AlgType "国密" is ignored`, nil},
		{"longest", []string{longest}, longest, "is ignored", nil},
		{"too long", []string{longest + "R"}, "", "AlgType has 65 bytes, more than 64", esaerrors.InvalidAlgType},
		{"10 KB", []string{strings.Repeat("R", 10_000)}, "", "AlgType has 10000 bytes", esaerrors.InvalidAlgType},
		{"twice", []string{"RSA", "RSA"}, "", "AlgType is sent 2 times", esaerrors.InvalidAlgType},
		{"empty and not", []string{"", "RSA"}, "", "AlgType is sent 2 times", esaerrors.InvalidAlgType},
		{"NUL", []string{"RSA\x00"}, "", `AlgType "RSA\x00" is not printable`, esaerrors.InvalidAlgType},
		{"line feed", []string{"RSA\n"}, "", "is not printable", esaerrors.InvalidAlgType},
		{"not UTF-8", []string{"\xff"}, "", "is not printable", esaerrors.InvalidAlgType},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			query := validQuery("www.example.com")
			for _, value := range c.sent {
				query += "&AlgType=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
			}
			a := request{query: query}.send(t, srv)
			last := srv.LastEntry()
			if !strings.Contains(last.Detail, c.note) || (c.note == "") != (last.Detail == "") || len(last.Detail) > 200 {
				t.Errorf("the journal says %q, want %q", last.Detail, c.note)
			}
			stored := srv.Applications()
			if c.row != nil {
				if a.status != c.row.Status || last.Rule != c.row.Key || len(stored) != 0 || !strings.Contains(string(a.body), fmt.Sprintf("%q", c.row.Message)) {
					t.Errorf("%d %s, %d stored; want %s", a.status, a.body, len(stored), c.row.Key)
				}
				return
			}
			if a.status != http.StatusOK || len(stored) != 1 || stored[0].AlgType != c.want {
				t.Errorf("%d %s, stored %+v; want AlgType %q", a.status, a.body, stored, c.want)
			}
		})
	}
}
