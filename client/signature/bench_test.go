package signature_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/esacert/esacert/client/signature"
)

// capture is the request of the vendor's Go core in
// testdata/vectors/capture-go-post.json.
func capture() (signature.Message, string) {
	return signature.Message{
		Method: "POST",
		Path:   "/",
		Query:  "Domains=www.example.com%2Cblog.example.com&SiteId=1234567890123&Type=lets_encrypt",
		Host:   "127.0.0.1:18081",
		Header: http.Header{
			"User-Agent":                 {"AlibabaCloud (linux; amd64) Golang/1.26.8 Core/0.01 TeaDSL/2"},
			"Content-Length":             {"0"},
			"Authorization":              {"ACS3-HMAC-SHA256 Credential=testAK,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=b2c91f684a14b8ec052d325ddcf086c12eb1b964e8ea4b91962f6660b7beed56"},
			"Accept":                     {"application/json"},
			"X-Acs-Action":               {"ApplyCertificate"},
			"X-Acs-Content-Sha256":       {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
			"X-Acs-Credentials-Provider": {"static_ak"},
			"X-Acs-Date":                 {"2026-11-23T07:08:31Z"},
			"X-Acs-Signature-Nonce":      {"9bc071ddca6719deb5c61f76e0a20a11"},
			"X-Acs-Version":              {"2024-09-10"},
			"Accept-Encoding":            {"gzip"},
		},
	}, "testSecret"
}

// captureRPC is the request of the vendor's older SDK in
// testdata/vectors/capture-rpc-legacy.json.
func captureRPC() (signature.Message, string) {
	return signature.Message{
		Method: "POST",
		Path:   "/",
		Query:  "AccessKeyId=testAK&Action=ApplyCertificate&Domains=www.example.com%2Cblog.example.com&Format=JSON&RegionId=cn-hangzhou&Signature=1EyYxUSLH8ZGnUDfFefI11nSrv0%3D&SignatureMethod=HMAC-SHA1&SignatureNonce=4b7a28022426fa076ed1d1276a8f03fe&SignatureType=&SignatureVersion=1.0&SiteId=1234567890123&Timestamp=2026-11-23T07%3A09%3A30Z&Type=lets_encrypt&Version=2024-09-10",
		Host:   "127.0.0.1:18083",
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}, "testSecret"
}

func BenchmarkParseAndVerify(b *testing.B) {
	for _, c := range []struct {
		name    string
		capture func() (signature.Message, string)
	}{{"ACS3", capture}, {"RPC", captureRPC}} {
		m, secret := c.capture()
		for name, cache := range map[string]*signature.KeyCache{c.name: new(signature.KeyCache), c.name + " without a cache": nil} {
			b.Run(name, func(b *testing.B) {
				parser := signature.Parser{KeyCache: cache}
				b.ReportAllocs()
				for b.Loop() {
					claim, err := parser.Parse(&m)
					if err != nil {
						b.Fatal(err)
					}
					if err := claim.Verify(&m, secret); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkParse(b *testing.B) {
	m, _ := capture()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signature.Parse(&m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyMismatch(b *testing.B) {
	m, _ := capture()
	claim, err := signature.Parser{KeyCache: new(signature.KeyCache)}.Parse(&m)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := claim.Verify(&m, "another"); err == nil {
			b.Fatal("verified with another secret")
		}
	}
}

func BenchmarkSign(b *testing.B) {
	key := signature.Key{ID: "testAK", Secret: "testSecret"}
	at := time.Date(2026, 11, 23, 7, 8, 31, 0, time.UTC)
	for _, c := range []struct {
		name string
		sign func(*http.Request, []byte, signature.Key, time.Time, string, ...signature.Option) error
	}{{"ACS3", signature.SignACS3}, {"RPC", signature.SignRPC}} {
		b.Run(c.name, func(b *testing.B) {
			req, err := http.NewRequest("POST", "http://127.0.0.1:18081/?Domains=www.example.com%2Cblog.example.com&SiteId=1234567890123&Type=lets_encrypt", nil)
			if err != nil {
				b.Fatal(err)
			}
			query := req.URL.RawQuery
			options := []signature.Option{signature.WithKeyCache(new(signature.KeyCache))}
			b.ReportAllocs()
			for b.Loop() {
				// A new header map each time, as in a client, so that its
				// growth counts.
				req.Header = make(http.Header, 8)
				req.Header["X-Acs-Action"] = []string{"ApplyCertificate"}
				req.Header["X-Acs-Version"] = []string{"2024-09-10"}
				req.URL.RawQuery = query
				if err := c.sign(req, nil, key, at, "9bc071ddca6719deb5c61f76e0a20a11", options...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDiagnose(b *testing.B) {
	m, secret := capture()
	b.Run("one mistake", func(b *testing.B) {
		claim, err := signature.Parse(&m)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if d := signature.Diagnose(&m, &claim, secret+"\n"); len(d.Mistakes) != 1 {
				b.Fatal(d)
			}
		}
	})
	b.Run("none found", func(b *testing.B) {
		claim, err := signature.Parse(&m)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if d := signature.Diagnose(&m, &claim, "another"); len(d.Mistakes) != 0 {
				b.Fatal(d)
			}
		}
	})
}

func BenchmarkCanonicalQuery(b *testing.B) {
	const query = "Type=lets_encrypt&SiteId=1234567890123&Domains=%2A.example.com%2Ca+b%2C~tilde%2Cplus%2Bplus%2C%28p%29%21%27q%27%2Cb%C3%BCcher.%E4%B8%AD%E5%9B%BD"
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signature.CanonicalQuery(query); err != nil {
			b.Fatal(err)
		}
	}
}
