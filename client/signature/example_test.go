package signature_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/esacert/esacert/client/signature"
)

// A client signs a request, and a server identifies the sender.
func Example() {
	key := signature.Key{ID: "testid", Secret: "testsecret"}
	now := time.Date(2026, 11, 23, 7, 6, 34, 0, time.UTC)

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := signature.MessageOf(r, nil) // a POST without a body
		claim, err := signature.Parse(&m)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		secrets := map[string]string{"testid": "testsecret"}
		if err := claim.Verify(&m, secrets[claim.AccessKeyID]); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		sent, err := signature.ParseTime(claim.Scheme, claim.Date)
		if err != nil || now.Sub(sent).Abs() > signature.MaxClockSkew {
			http.Error(w, "not now", http.StatusBadRequest)
			return
		}
		// A real server also remembers claim.Nonce for the length of Window.
		fmt.Fprintf(w, "%s calls %s", claim.AccessKeyID, claim.Action)
	}))
	defer server.Close()

	req, err := http.NewRequest(http.MethodPost, server.URL+"/?SiteId=1234567890123&Domains=www.example.com", nil)
	if err != nil {
		panic(err)
	}
	req.Header.Set("X-Acs-Action", "ApplyCertificate")
	req.Header.Set("X-Acs-Version", "2024-09-10")
	if err := signature.SignACS3(req, nil, key, now, "977ab7fba3b365bae11feaec5d7712e5"); err != nil {
		panic(err)
	}
	fmt.Println(send(server, req))
	// Output: testid calls ApplyCertificate
}

func send(server *httptest.Server, req *http.Request) string {
	res, err := server.Client().Do(req)
	if err != nil {
		return err.Error()
	}
	var body strings.Builder
	if err := errors.Join(res.Write(&body), res.Body.Close()); err != nil {
		return err.Error()
	}
	_, s, _ := strings.Cut(body.String(), "\r\n\r\n")
	return s
}

func exampleRequest() *http.Request {
	req := httptest.NewRequest(http.MethodPost, "http://esa.cn-hangzhou.aliyuncs.com/?SiteId=1234567890123&Domains=a+b", nil)
	req.Header.Set("X-Acs-Action", "ApplyCertificate")
	req.Header.Set("X-Acs-Version", "2024-09-10")
	return req
}

func ExampleSignACS3() {
	// The documented example: RunInstances of another product.
	req := httptest.NewRequest(http.MethodPost, "http://ecs.cn-shanghai.aliyuncs.com/?RegionId=cn-shanghai&ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", nil)
	req.Header.Set("X-Acs-Action", "RunInstances")
	req.Header.Set("X-Acs-Version", "2014-05-26")
	key := signature.Key{ID: "YourAccessKeyId", Secret: "YourAccessKeySecret"}
	at := time.Date(2023, 10, 26, 10, 22, 32, 0, time.UTC)
	if err := signature.SignACS3(req, nil, key, at, "3156853299f313e23d1673dc12e1703d"); err != nil {
		panic(err)
	}
	fmt.Println(strings.ReplaceAll(req.Header.Get("Authorization"), ",", ",\n"))
	// Output:
	// ACS3-HMAC-SHA256 Credential=YourAccessKeyId,
	// SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,
	// Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0
}

func ExampleSignRPC() {
	// The documented example: DescribeDedicatedHosts of another product.
	req := httptest.NewRequest(http.MethodGet, "http://ecs.cn-beijing.aliyuncs.com/?Action=DescribeDedicatedHosts&RegionId=cn-beijing&Version=2014-05-26", nil)
	key := signature.Key{ID: "testid", Secret: "testsecret"}
	at := time.Date(2023, 3, 13, 8, 34, 30, 0, time.UTC)
	if err := signature.SignRPC(req, nil, key, at, "edb2b34af0af9a6d14deaf7c1a5315eb"); err != nil {
		panic(err)
	}
	fmt.Println(req.URL.Query().Get("Signature"))
	// Output: 9NaGiOspFP5UPcwX8Iwt2YJXXuk=
}

func ExampleSetBearerACS3() {
	req := exampleRequest()
	at := time.Date(2026, 11, 23, 7, 6, 34, 0, time.UTC)
	if err := signature.SetBearerACS3(req, nil, "a-token", at, "977ab7fba3b365bae11feaec5d7712e5"); err != nil {
		panic(err)
	}
	m := signature.MessageOf(req, nil)
	claim, err := signature.Parse(&m)
	fmt.Println(claim, err)
	// Output: BEARERTOKEN, date 2026-11-23T07:06:34Z, nonce 977ab7fba3b365bae11feaec5d7712e5, action ApplyCertificate, version 2024-09-10, bearer token (hidden) <nil>
}

func ExampleWithTranscript() {
	req := exampleRequest()
	key := signature.Key{ID: "testid", Secret: "testsecret"}
	at := time.Date(2026, 11, 23, 7, 6, 34, 0, time.UTC)
	var signed signature.Transcript
	if err := signature.SignACS3(req, nil, key, at, "977ab7fba3b365bae11feaec5d7712e5", signature.WithTranscript(&signed)); err != nil {
		panic(err)
	}
	fmt.Println(signed.CanonicalRequest)
	// Output:
	// POST
	// /
	// Domains=a%20b&SiteId=1234567890123
	// host:esa.cn-hangzhou.aliyuncs.com
	// x-acs-action:ApplyCertificate
	// x-acs-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
	// x-acs-date:2026-11-23T07:06:34Z
	// x-acs-signature-nonce:977ab7fba3b365bae11feaec5d7712e5
	// x-acs-version:2024-09-10
	//
	// host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version
	// e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
}

func ExampleParse() {
	req := exampleRequest()
	req.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host,Signature=00")
	req.Header.Set("X-Acs-Date", "2026-11-23T07:06:34Z")
	req.Header.Set("X-Acs-Signature-Nonce", "1")
	m := signature.MessageOf(req, nil)

	_, err := signature.Parse(&m)
	fmt.Println(err)
	var fault *signature.Error
	if errors.As(err, &fault) && errors.Is(err, signature.ErrHeaderNotSigned) {
		fmt.Println("sign this too:", fault.Header)
	}
	// Output:
	// signature: header present but not signed: header x-acs-date
	// sign this too: x-acs-date
}

func ExampleTranscript_Explain() {
	fmt.Println(signature.Transcript{StringToSign: "POST\n/\nDomains=a%20b&SiteId=1\nhost:localhost\n\nhost\ne3b0"}.Explain(
		signature.Transcript{StringToSign: "POST\n/\nDomains=a+b&SiteId=1\nhost:localhost\n\nhost\ne3b0"},
	))
	// Output:
	// line 3 (query, parameter Domains) differs at byte 10:
	//   ours:   "Domains=a%20b&SiteId=1"
	//   theirs: "Domains=a+b&SiteId=1"
	//                     ^
}

// A client compares what it signed with what the gateway expected.
func ExampleParseMismatchMessage() {
	ours := signature.Transcript{
		Scheme:       signature.RPCHMACSHA1,
		StringToSign: "GET&%2F&AccessKeyId%3Dtestid%26Domains%3Da%2Cb",
	}
	const message = "code: 400, Specified signature is not matched with our calculation. server string to sign is:GET&%2F&AccessKeyId%3Dtestid%26Domains%3Da%252Cb request id: 4C1F"

	if server, ok := signature.ParseMismatchMessage(message); ok {
		fmt.Println(ours.Explain(server))
	}
	// Output:
	// line 1 (parameters, parameter Domains) differs at byte 45:
	//   ours:   "GET&%2F&AccessKeyId%3Dtestid%26Domains%3Da%2Cb"
	//   theirs: "GET&%2F&AccessKeyId%3Dtestid%26Domains%3Da%252Cb"
	//                                                        ^
}

// A server diagnoses a client's mistake from the signature alone.
func ExampleDiagnose() {
	req := exampleRequest()
	at := time.Date(2026, 11, 23, 7, 6, 34, 0, time.UTC)
	// The client has read its secret from a file, with the line end.
	key := signature.Key{ID: "testid", Secret: "testsecret\n"}
	if err := signature.SignACS3(req, nil, key, at, "977ab7fba3b365bae11feaec5d7712e5"); err != nil {
		panic(err)
	}

	m := signature.MessageOf(req, nil)
	claim, err := signature.Parse(&m)
	if err != nil {
		panic(err)
	}
	err = claim.Verify(&m, "testsecret")
	fmt.Println(err)
	if _, mismatch := errors.AsType[*signature.MismatchError](err); mismatch {
		fmt.Println(signature.Diagnose(&m, &claim, "testsecret"))
	}
	// Output:
	// signature: ACS3-HMAC-SHA256 signature does not match
	// the secret has leading or trailing whitespace on one side only; trim it when reading it
}

func ExampleCanonicalQuery() {
	fmt.Println(signature.CanonicalQuery("SiteId=1&Domains=*.example.com+&Domains=~a"))
	fmt.Println(signature.CanonicalQuery("Domains=%zz"))
	// Output:
	// Domains=%2A.example.com%20&Domains=~a&SiteId=1 <nil>
	//  signature: cannot be decoded: parameter Domains: invalid percent-encoding in its value: "%zz"
}
