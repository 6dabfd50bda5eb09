package signature_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

// rpcParameters are those of a complete RPC request.
var rpcParameters = []string{
	"AccessKeyId=testAK", "Action=ApplyCertificate", "Signature=abc%3D", "SignatureMethod=HMAC-SHA1", "SignatureNonce=n1",
	"SignatureVersion=1.0", "Timestamp=2026-11-23T07%3A06%3A34Z", "Version=2024-09-10",
}

// rpc returns them with some replaced or removed, and more added.
func rpc(without string, more ...string) string {
	kept := slices.DeleteFunc(slices.Clone(rpcParameters), func(p string) bool { return strings.HasPrefix(p, without+"=") })
	return strings.Join(append(kept, more...), "&")
}

func TestParseRPC(t *testing.T) {
	t.Parallel()
	form := header("Content-Type", "Application/X-WWW-Form-Urlencoded; charset=utf-8")
	for _, c := range []struct {
		name, query, body string
		header            http.Header
	}{
		{"in the query", rpc("-"), "", nil},
		{"in a form body", "", rpc("-"), form},
		{"in both", "SiteId=1&" + rpc("Signature"), "Signature=abc%3D", form},
		{"names encoded", strings.Replace(rpc("-"), "Signature=", "Sign%61ture=", 1), "", nil},
		{"headers that this scheme does not sign", rpc("-"), "", http.Header{"X-Acs-Action": {"Other"}, "X-Acs-Version": {"1"}, "X-Acs-Date": {"d"}, "X-Acs-Signature-Nonce": {"n"}}},
		{"a proxy's Authorization", rpc("-"), "", authorization("Basic dGVzdA==")},
		{"an empty SignatureType", rpc("-", "SignatureType="), "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := signature.Message{Method: "POST", Path: "/", Query: c.query, Header: c.header, Body: []byte(c.body)}
			claim, err := signature.Parse(&m)
			if err != nil {
				t.Fatal(err)
			}
			want := "HMAC-SHA1, access key testAK, date 2026-11-23T07:06:34Z, nonce n1, action ApplyCertificate, version 2024-09-10"
			if fmt.Sprint(claim) != want || claim.Signature != "abc=" || claim.SignatureMethod != "HMAC-SHA1" || claim.SignatureVersion != "1.0" {
				t.Errorf("claim is %v with the signature %q", claim, claim.Signature)
			}
		})
	}
}

func TestParseRejectsRPC(t *testing.T) {
	t.Parallel()
	form := header("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range []struct {
		name, query, body string
		reason            signature.Reason
		parameter         string
	}{
		{"no access key", rpc("AccessKeyId"), "", signature.ErrMissingAccessKeyID, "AccessKeyId"},
		{"empty access key", rpc("AccessKeyId", "AccessKeyId="), "", signature.ErrMissingAccessKeyID, "AccessKeyId"},
		{"no signature", rpc("Signature"), "", signature.ErrMissingParameter, "Signature"},
		{"access key alone", "AccessKeyId=testAK", "", signature.ErrMissingParameter, "Signature"},
		{"empty signature", rpc("Signature", "Signature="), "", signature.ErrMissingParameter, "Signature"},
		{"no method", rpc("SignatureMethod"), "", signature.ErrMissingParameter, "SignatureMethod"},
		{"no version", rpc("SignatureVersion"), "", signature.ErrMissingParameter, "SignatureVersion"},
		{"no nonce", rpc("SignatureNonce"), "", signature.ErrMissingParameter, "SignatureNonce"},
		{"no timestamp", rpc("Timestamp"), "", signature.ErrMissingParameter, "Timestamp"},
		{"another method", rpc("SignatureMethod", "SignatureMethod=HMAC-MD5"), "", signature.ErrUnsupportedMethod, "SignatureMethod"},
		{"another version", rpc("SignatureVersion", "SignatureVersion=2.0"), "", signature.ErrInvalidParameter, "SignatureVersion"},
		{"signature twice", rpc("-", "Signature=x"), "", signature.ErrDuplicate, "Signature"},
		{"nonce twice", rpc("-", "SignatureNonce=n1"), "", signature.ErrDuplicate, "SignatureNonce"},
		{"nonce in the form too", rpc("-"), "SignatureNonce=n2", signature.ErrDuplicate, "SignatureNonce"},
		{"nonce with an encoded name too", rpc("-", "Signature%4eonce=n2"), "", signature.ErrDuplicate, "SignatureNonce"},
		{"action twice", rpc("-", "Action=Other"), "", signature.ErrDuplicate, "Action"},
		{"undecodable form", rpc("-"), "Domains=%zz", signature.ErrUndecodable, "Domains"},
		{"bearer without a token", "SignatureType=BEARERTOKEN", "", signature.ErrMissingParameter, "BearerToken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := signature.Message{Method: "POST", Query: c.query, Header: form, Body: []byte(c.body)}
			_, err := signature.Parse(&m)
			head := ""
			if c.name == "bearer without a token" {
				head = "x-acs-bearer-token"
			}
			wantError(t, err, c.reason, c.parameter, head)
		})
	}
}

func TestParameterLimitSpansQueryAndForm(t *testing.T) {
	t.Parallel()
	m := signature.Message{
		Method: "POST", Query: rpc("-") + strings.Repeat("&a", 4000), Body: []byte(strings.Repeat("b&", 100)),
		Header: header("Content-Type", "application/x-www-form-urlencoded"),
	}
	_, err := signature.Parse(&m)
	wantError(t, err, signature.ErrUndecodable, "", "")
	claim := signature.Claim{Scheme: signature.RPCHMACSHA1}
	wantError(t, claim.Verify(&m, "s"), signature.ErrUndecodable, "", "")
}

func TestParseUnsigned(t *testing.T) {
	t.Parallel()
	dated := http.Header{"X-Acs-Date": {"d"}, "X-Acs-Signature-Nonce": {"n"}, "X-Acs-Action": {"a"}, "X-Acs-Version": {"v"}}
	withToken := maps.Clone(dated)
	withToken["X-Acs-Bearer-Token"] = []string{"tok"}
	roa := maps.Clone(withToken)
	roa["X-Acs-Signature-Type"] = []string{"BEARERTOKEN"}
	alsoAuthorized := maps.Clone(withToken)
	alsoAuthorized["Authorization"] = []string{"Bearer tok"}
	for _, c := range []struct {
		name   string
		query  string
		header http.Header
		want   string
		token  string
	}{
		{"nothing", "", nil, "none", ""},
		{"parameters alone", "SiteId=1", nil, "none", ""},
		{"anonymous, version 3", "Format=json", dated, "none, date d, nonce n, action a, version v", ""},
		{"anonymous, RPC", "Action=a&Version=v&Timestamp=d", nil, "none, action a, version v", ""},
		{"bearer, version 3", "SignatureType=BEARERTOKEN", withToken, "BEARERTOKEN, date d, nonce n, action a, version v, bearer token (hidden)", "tok"},
		{"bearer, header alone", "", withToken, "BEARERTOKEN, date d, nonce n, action a, version v, bearer token (hidden)", "tok"},
		{"bearer, ROA", "", roa, "BEARERTOKEN, date d, nonce n, action a, version v, bearer token (hidden)", "tok"},
		{"bearer, Authorization too", "", alsoAuthorized, "BEARERTOKEN, date d, nonce n, action a, version v, bearer token (hidden)", "tok"},
		{"bearer, RPC", "Action=a&BearerToken=tok&SignatureNonce=n&SignatureType=BEARERTOKEN&Timestamp=d&Version=v", nil, "BEARERTOKEN, date d, nonce n, action a, version v, bearer token (hidden)", "tok"},
		{"bearer, RPC of the older SDK", "AccessKeyId=&BearerToken=tok&Signature=x&SignatureType=BEARERTOKEN", nil, "BEARERTOKEN, bearer token (hidden)", "tok"},
		{"bearer in both places", "BearerToken=tok", withToken, "BEARERTOKEN, date d, nonce n, action a, version v, bearer token (hidden)", "tok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := signature.Message{Method: "POST", Query: c.query, Header: c.header}
			claim, err := signature.Parse(&m)
			if err != nil || fmt.Sprint(claim) != c.want || claim.BearerToken != c.token {
				t.Fatalf("claim is %v, %v, want %s", claim, err, c.want)
			}
			// An unsigned request never verifies.
			wantError(t, claim.Verify(&m, ""), signature.ErrUnsigned, "", "")
			wantError(t, claim.Verify(&m, "secret"), signature.ErrUnsigned, "", "")
			if d := signature.Diagnose(&m, &claim, "secret"); d.Verified || len(d.Mistakes) > 0 {
				t.Errorf("diagnosis is %v", d)
			}
		})
	}
	m := signature.Message{Query: "BearerToken=other", Header: withToken}
	_, err := signature.Parse(&m)
	wantError(t, err, signature.ErrDuplicate, "", "x-acs-bearer-token")
}
