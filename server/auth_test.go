package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

// baseTime is the time of the stopped clocks of these tests.
var baseTime = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func drop(names ...string) func(*http.Request) {
	return func(r *http.Request) {
		for _, name := range names {
			r.Header.Del(name)
		}
	}
}

func set(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// inAuthorization edits the Authorization header after signing.
func inAuthorization(old, new string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
	}
}

func inQuery(old, new string) func(*http.Request) {
	return func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, old, new, 1) }
}

func sm3Variant() []signature.Option { return []signature.Option{signature.WithSM3(sm3.Sum)} }

func sha256Variant() []signature.Option { return []signature.Option{signature.WithHMACSHA256()} }

// The journal names the methods that there are.
func TestUnknownMethodsAreToldTheKnownOnes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		request
		want string
	}{
		{"ACS3", request{tamper: inAuthorization("HMAC-SHA256", "RSA-SHA256")}, `"ACS3-RSA-SHA256" is not supported; use ACS3-HMAC-SHA256 or ACS3-HMAC-SM3`},
		{"signature 1.0", request{rpc: true, tamper: inQuery("HMAC-SHA1", "HMAC-MD5")}, `"HMAC-MD5" is not supported; use HMAC-SHA1 or HMAC-SHA256`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			tc.query = validQuery("www.example.com")
			checkRefused(t, srv, tc.send(t, srv), esaerrors.InvalidSignatureMethod)
			if got := srv.LastEntry().Detail; !strings.Contains(got, tc.want) {
				t.Errorf("the journal says %q, want %q", got, tc.want)
			}
		})
	}
	for _, name := range []string{"ACS3-HMAC-SHA256", "ACS3-HMAC-SM3", "HMAC-SHA1", "HMAC-SHA256"} {
		if !strings.Contains(esaerrors.InvalidSignatureMethod.Remedy, name) {
			t.Errorf("the remedy of the contract does not name %s", name)
		}
	}
}

func TestAuthenticationFailures(t *testing.T) {
	t.Parallel()
	good := validQuery("www.example.com")
	sts := signature.Key{ID: "STS.one", Secret: "stssecret", SecurityToken: "sts-token-one"}
	withToken := func(token string) signature.Key {
		return signature.Key{ID: "STS.one", Secret: "stssecret", SecurityToken: token}
	}
	for _, tc := range []struct {
		name string
		request
		want *esaerrors.Error
	}{
		{"unsigned", request{unsign: true}, esaerrors.MissingAccessKeyID},
		{"Authorization of another kind", request{tamper: set("Authorization", "Basic dGVzdDp0ZXN0")}, esaerrors.IncompleteSignature},
		{"Authorization without its parts", request{tamper: set("Authorization", "ACS3-HMAC-SHA256")}, esaerrors.MissingAccessKeyID},
		{"Authorization without a signature", request{tamper: set("Authorization", "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host")}, esaerrors.MissingSignature},
		{"unreadable Authorization", request{tamper: set("Authorization", "ACS3-HMAC-SHA256 Credential=testid,Credential=testid,SignedHeaders=host,Signature=00")}, esaerrors.IncompleteSignature},
		{"SHA-256 called SM3", request{tamper: inAuthorization("SHA256", "SM3")}, esaerrors.SignatureDoesNotMatchACS3},
		{"SM3 called SHA-256", request{variant: sm3Variant(), tamper: inAuthorization("SM3", "SHA256")}, esaerrors.SignatureDoesNotMatchACS3},
		{"RSA", request{tamper: inAuthorization("HMAC-SHA256", "RSA-SHA256")}, esaerrors.InvalidSignatureMethod},
		{"wrong secret, SM3", request{variant: sm3Variant(), key: signature.Key{ID: "testid", Secret: "wrong"}}, esaerrors.SignatureDoesNotMatchACS3},
		{"parameter changed, SM3", request{variant: sm3Variant(), tamper: inQuery("www", "xxx")}, esaerrors.SignatureDoesNotMatchACS3},
		{"nonce not signed, SM3", request{variant: sm3Variant(), tamper: inAuthorization("x-acs-signature-nonce;", "")}, esaerrors.IncompleteSignature},
		{"stale, SM3", request{variant: sm3Variant(), at: baseTime.Add(-16 * time.Minute)}, esaerrors.UnauthorizedInvalidTime},
		{"wrong secret, HMAC-SHA256", request{rpc: true, variant: sha256Variant(), key: signature.Key{ID: "testid", Secret: "wrong"}}, esaerrors.SignatureDoesNotMatchRPC},
		{"HMAC-SHA256 called HMAC-SHA1", request{rpc: true, variant: sha256Variant(), tamper: inQuery("HMAC-SHA256", "HMAC-SHA1")}, esaerrors.SignatureDoesNotMatchRPC},
		{"HMAC-SHA1 called HMAC-SHA256", request{rpc: true, tamper: inQuery("HMAC-SHA1", "HMAC-SHA256")}, esaerrors.SignatureDoesNotMatchRPC},
		{"date missing", request{tamper: drop("X-Acs-Date")}, esaerrors.MissingTimestamp},
		{"nonce missing", request{tamper: drop("X-Acs-Signature-Nonce")}, esaerrors.MissingSignatureNonce},
		{"nonce not signed", request{tamper: inAuthorization("x-acs-signature-nonce;", "")}, esaerrors.IncompleteSignature},
		{"date not signed", request{tamper: inAuthorization("x-acs-date;", "")}, esaerrors.IncompleteSignature},
		{"action not signed", request{tamper: inAuthorization("x-acs-action;", "")}, esaerrors.IncompleteSignature},
		{"type of a form not signed", request{body: "a=b", tamper: set("Content-Type", "application/x-www-form-urlencoded")}, esaerrors.IncompleteSignature},
		{"a signed header is absent", request{header: http.Header{"X-Acs-Extra": {"1"}}, tamper: drop("X-Acs-Extra")}, esaerrors.IncompleteSignature},
		{"unknown key", request{key: signature.Key{ID: "unknown", Secret: "x"}}, esaerrors.InvalidAccessKeyIDNotFound},
		{"disabled key", request{key: signature.Key{ID: "disabledid", Secret: "disabledsecret"}}, esaerrors.InvalidAccessKeyIDInactive},
		{"wrong secret", request{key: signature.Key{ID: "testid", Secret: "wrong"}}, esaerrors.SignatureDoesNotMatchACS3},
		{"wrong secret, signature 1.0", request{rpc: true, key: signature.Key{ID: "testid", Secret: "wrong"}}, esaerrors.SignatureDoesNotMatchRPC},
		{"parameter changed", request{tamper: inQuery("www", "xxx")}, esaerrors.SignatureDoesNotMatchACS3},
		{"parameter changed, signature 1.0", request{rpc: true, tamper: inQuery("www", "xxx")}, esaerrors.SignatureDoesNotMatchRPC},
		{"parameter added", request{tamper: inQuery("Type=", "More=1&Type=")}, esaerrors.SignatureDoesNotMatchACS3},
		{"date changed", request{tamper: set("X-Acs-Date", baseTime.Add(time.Minute).Format("2006-01-02T15:04:05Z"))}, esaerrors.SignatureDoesNotMatchACS3},
		{"nonce changed", request{tamper: set("X-Acs-Signature-Nonce", "another")}, esaerrors.SignatureDoesNotMatchACS3},
		{"wrong body hash", request{tamper: set("X-Acs-Content-Sha256", strings.Repeat("0", 64))}, esaerrors.SignatureDoesNotMatchACS3},
		{"date of another form", request{tamper: set("X-Acs-Date", "Mon, 23 Nov 2026 07:06:34 GMT")}, esaerrors.UnauthorizedInvalidTime},
		{"stale", request{at: baseTime.Add(-15*time.Minute - time.Second)}, esaerrors.UnauthorizedInvalidTime},
		{"in the future", request{at: baseTime.Add(15*time.Minute + time.Second)}, esaerrors.UnauthorizedInvalidTime},
		{"stale, signature 1.0", request{rpc: true, at: baseTime.Add(-16 * time.Minute)}, esaerrors.UnauthorizedInvalidTime},
		{"signature 1.0 without a nonce", request{rpc: true, tamper: inQuery("SignatureNonce", "SignatureNonse")}, esaerrors.MissingSignatureNonce},
		{"signature 1.0 without a time", request{rpc: true, tamper: inQuery("Timestamp", "Timestump")}, esaerrors.MissingTimestamp},
		{"signature 1.0 without a signature", request{rpc: true, tamper: inQuery("&Signature=", "&Sig=")}, esaerrors.MissingSignature},
		{"signature 1.0 of another method", request{rpc: true, tamper: inQuery("HMAC-SHA1", "HMAC-MD5")}, esaerrors.InvalidSignatureMethod},
		{"token not sent", request{key: signature.Key{ID: "STS.one", Secret: "stssecret"}}, esaerrors.MissingSecurityToken},
		{"token unknown", request{key: withToken("sts-token-none")}, esaerrors.UnauthorizedInvalidToken},
		{"token of another key", request{key: withToken("sts-token-two")}, esaerrors.UnauthorizedInvalidToken},
		{"token expired", request{key: signature.Key{ID: "STS.two", Secret: "stssecret2", SecurityToken: "sts-token-two"}}, esaerrors.UnauthorizedInvalidToken},
		{"token for a permanent key", request{key: signature.Key{ID: "testid", Secret: "testsecret", SecurityToken: "sts-token-one"}}, esaerrors.UnauthorizedInvalidToken},
		{"token not signed", request{key: sts, tamper: inAuthorization("x-acs-security-token;", "")}, esaerrors.IncompleteSignature},
		{"bearer token unknown", request{unsign: true, header: http.Header{"X-Acs-Bearer-Token": {"none"}}}, esaerrors.UnauthorizedInvalidToken},
		{"bearer token expired", request{unsign: true, header: http.Header{"X-Acs-Bearer-Token": {"bearer-old"}}}, esaerrors.UnauthorizedInvalidToken},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, servertest.WithTime(baseTime))
			tc.query = good
			checkRefused(t, srv, tc.send(t, srv), tc.want)
			if stored := srv.Applications(); len(stored) != 0 {
				t.Errorf("it stored %v", stored)
			}
		})
	}
}

func TestAuthenticatedCallers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		request
		principal string
	}{
		{"account", request{}, "acs:ram::1000000000000001:root"},
		{"account, signature 1.0", request{rpc: true}, "acs:ram::1000000000000001:root"},
		{"SM3", request{variant: sm3Variant()}, "acs:ram::1000000000000001:root"},
		{"SM3 and a form", request{variant: sm3Variant(), form: true, body: "Note=1"}, "acs:ram::1000000000000001:root"},
		{"SM3 and a JSON body", request{variant: sm3Variant(), header: typed(jsonType), body: `{"Note":1}`}, "acs:ram::1000000000000001:root"},
		{"SM3 and a temporary key", request{variant: sm3Variant(), key: signature.Key{ID: "STS.one", Secret: "stssecret", SecurityToken: "sts-token-one"}}, "acs:ram::1000000000000001:role/issuer"},
		{"HMAC-SHA256", request{rpc: true, variant: sha256Variant()}, "acs:ram::1000000000000001:root"},
		{"HMAC-SHA256, GET", request{rpc: true, method: "GET", variant: sha256Variant()}, "acs:ram::1000000000000001:root"},
		{"HMAC-SHA256 and a form", request{rpc: true, form: true, body: "Note=1", variant: sha256Variant()}, "acs:ram::1000000000000001:root"},
		{"at the early end of the window", request{at: baseTime.Add(-15 * time.Minute)}, "acs:ram::1000000000000001:root"},
		{"at the late end of the window", request{at: baseTime.Add(15 * time.Minute)}, "acs:ram::1000000000000001:root"},
		{"temporary key", request{key: signature.Key{ID: "STS.one", Secret: "stssecret", SecurityToken: "sts-token-one"}}, "acs:ram::1000000000000001:role/issuer"},
		{"temporary key, signature 1.0", request{rpc: true, key: signature.Key{ID: "STS.one", Secret: "stssecret", SecurityToken: "sts-token-one"}}, "acs:ram::1000000000000001:role/issuer"},
		{"bearer token in the header", request{unsign: true, header: http.Header{"X-Acs-Bearer-Token": {"bearer-one"}}}, "acs:ram::1000000000000001:user/onesite"},
		{"user", request{key: signature.Key{ID: "onesiteid", Secret: "onesitesecret"}}, "acs:ram::1000000000000001:user/onesite"},
		{"user whose conditions hold", request{key: signature.Key{ID: "loopbackid", Secret: "loopbacksecret"}}, "acs:ram::1000000000000001:user/loopback"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, servertest.WithTime(baseTime))
			tc.query = validQuery("www.example.com")
			if a := tc.send(t, srv); a.status != http.StatusOK {
				t.Fatalf("%d %s (%s)", a.status, a.body, srv.LastEntry().Detail)
			}
			if got := srv.LastEntry().Principal; got != tc.principal {
				t.Errorf("principal is %s, want %s", got, tc.principal)
			}
		})
	}
}

func TestPermission(t *testing.T) {
	t.Parallel()
	example, second := validQuery("www.example.com"), params("SiteId", "9", "Domains", "www.second.example")
	for _, tc := range []struct {
		name, query string
		key         signature.Key
		kind        string
		policyType  string
		noPerm      string
	}{
		{"explicit deny", example, signature.Key{ID: "deniedid", Secret: "deniedsecret"}, "SubUser", "AccountLevelIdentityBasedPolicy", "ExplicitDeny"},
		{"no policy", example, signature.Key{ID: "nobodyid", Secret: "nobodysecret"}, "SubUser", "AccountLevelIdentityBasedPolicy", "ImplicitDeny"},
		{"another site", second, signature.Key{ID: "onesiteid", Secret: "onesitesecret"}, "SubUser", "AccountLevelIdentityBasedPolicy", "ImplicitDeny"},
		{"no site at all", "Domains=www.example.com", signature.Key{ID: "onesiteid", Secret: "onesitesecret"}, "SubUser", "AccountLevelIdentityBasedPolicy", "ImplicitDeny"},
		{"a condition does not hold", example, signature.Key{ID: "tlsonlyid", Secret: "tlsonlysecret"}, "SubUser", "AccountLevelIdentityBasedPolicy", "ImplicitDeny"},
		{"session policy narrows", second, signature.Key{ID: "STS.narrow", Secret: "stssecret3", SecurityToken: "sts-token-narrow"}, "AssumedRoleUser", "SessionPolicy", "ImplicitDeny"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			a := request{query: tc.query, key: tc.key}.send(t, srv)
			checkRefused(t, srv, a, esaerrors.NoPermission)
			d := a.err.AccessDeniedDetail
			if d == nil {
				t.Fatal("AccessDeniedDetail is missing")
			}
			if *d.PolicyType != tc.policyType || *d.NoPermissionType != tc.noPerm || *d.AuthPrincipalType != tc.kind ||
				*d.AuthAction != "esa:ApplyCertificate" || *d.AuthPrincipalOwnerID != servertest.AccountID {
				t.Errorf("AccessDeniedDetail is %s", a.body)
			}
		})
	}
}

// Policies match the value of SiteId, not its spelling.
func TestPolicyMatchesSiteIDByValue(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"1234567890123", "01234567890123", "+1234567890123", "+0001234567890123"} {
		srv := newServer(t)
		key := signature.Key{ID: "allbutoneid", Secret: "allbutonesecret"}
		checkRefused(t, srv, request{query: params("SiteId", id, "Domains", "www.example.com"), key: key}.send(t, srv), esaerrors.NoPermission)
	}
}

// RAM comes before the rules: a caller without permission learns nothing about the
// site.
func TestPermissionComesBeforeTheRules(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	denied := signature.Key{ID: "deniedid", Secret: "deniedsecret"}
	for _, query := range []string{"", params("SiteId", "abc"), params("SiteId", "404", "Domains", "x")} {
		checkRefused(t, srv, request{query: query, key: denied}.send(t, srv), esaerrors.NoPermission)
	}
}

// The response to a wrong signature contains what the server signed, in the form that
// SDKs parse, and the journal reports the first difference.
func TestMismatchIsExplained(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, marker, journal string
		request
	}{
		{"ACS3", "server CanonicalRequest is [POST\n/\nDomains=", "GET", request{method: "GET", tamper: func(r *http.Request) { r.Method = "POST" }}},
		{"signature 1.0", "server string to sign is:POST&%2F&AccessKeyId%3Dtestid", "", request{rpc: true, tamper: inQuery("www", "xxx")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			tc.query = validQuery("www.example.com")
			a := tc.send(t, srv)
			if !strings.Contains(a.err.Message, tc.marker) {
				t.Errorf("message is %q, without %q", a.err.Message, tc.marker)
			}
			if detail := srv.LastEntry().Detail; !strings.Contains(detail, tc.journal) || detail == "" {
				t.Errorf("the journal says %q, without %q", detail, tc.journal)
			}
			if strings.Contains(string(a.body)+fmt.Sprint(srv.LastEntry()), "testsecret") {
				t.Error("the secret shows")
			}
		})
	}
}

// The explanation of a wrong signature is limited, its response is not.
func TestExplanationsAreLimited(t *testing.T) {
	t.Parallel()
	srv := newServer(t, servertest.WithTime(baseTime))
	explained := func() bool {
		a := request{query: validQuery("www.example.com"), key: signature.Key{ID: "testid", Secret: "wrong"}}.send(t, srv)
		checkRefused(t, srv, a, esaerrors.SignatureDoesNotMatchACS3)
		return !strings.HasPrefix(srv.LastEntry().Detail, "not explained")
	}
	count := 0
	for range 120 {
		if explained() {
			count++
		}
	}
	if count != 100 {
		t.Errorf("%d signatures are explained at one time, want 100", count)
	}
	srv.Clock.Advance(time.Second)
	if !explained() {
		t.Error("nothing is explained after a second")
	}
}
