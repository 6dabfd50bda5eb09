//go:build e2e

package samplestest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/explorer"
)

// filled returns the call of an operation's form with its documented example.
func filled(t *testing.T, s *server, endpoint string, op *esaops.Operation) call {
	t.Helper()
	document := fetchJSON[struct {
		Paths map[string]struct {
			Parameters []struct {
				Name     string
				Example  json.RawMessage
				Evidence string `json:"x-evidence"`
			}
		}
	}](t, s, s.Listen+explorer.Path+"contract.json?operation="+op.Action)
	c := call{Operation: op.Action, Scheme: "acs3", Method: op.Methods[0], Place: "query", Endpoint: endpoint, KeyID: "testid", Secret: "testsecret", Params: [][2]string{}}
	if op.Form {
		c.Place = "form"
		certificate, key := upload(t)
		c.Params = [][2]string{{"SiteId", site}, {"Name", "n"}, {"Type", "upload"}, {"Certificate", certificate}, {"PrivateKey", key}}
		return c
	}
	for _, p := range document.Paths["/"].Parameters {
		if len(p.Example) > 0 && p.Evidence == "" {
			value := string(p.Example)
			if text := ""; json.Unmarshal(p.Example, &text) == nil {
				value = text
			}
			c.Params = append(c.Params, [2]string{p.Name, value})
		}
	}
	return c
}

// upload returns a certificate and its key as PEM.
func upload(t *testing.T) (certificate, privateKey string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www.example.com"}, DNSNames: []string{"www.example.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 2, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// TestSamplesOfOperations runs the samples of operations that differ in method, place
// and types as printed: the server accepts the calls, and the samples print the
// responses.
func TestSamplesOfOperations(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, op := range []*esaops.Operation{esaops.ListCertificates, esaops.GetSite, esaops.SetCertificate} {
		for _, scheme := range []string{"acs3", "rpc"} {
			for _, l := range languages() {
				if scheme == "rpc" && !op.Form {
					continue // as for ApplyCertificate
				}
				t.Run(strings.Join([]string{op.Action, scheme, l.id}, "/"), func(t *testing.T) {
					t.Parallel()
					r := record(t, s.Listen)
					c := filled(t, s, r.http.URL, op)
					c.Scheme = scheme
					if op.Form {
						c.Params[1][1] = fmt.Sprintf("%s-%s", l.id, scheme)
					}
					printed := s.printed(t, c)[l.id]
					out := l.run(t, printed)
					e := r.only(t, out)
					if out.code != 0 || e.Status != 200 {
						t.Fatalf("the sample exited with %d, the response was %+v\n%s%s", out.code, e, out.stdout, out.stderr)
					}
					if e.Method != c.Method || e.InForm != op.Form && l.id != "aliyun" {
						t.Errorf("sent with %s, in the form: %t", e.Method, e.InForm)
					}
					for _, pair := range c.Params {
						if got := e.Parameters[pair[0]]; !slices.Equal(got, []string{pair[1]}) && l.id != "aliyun" {
							t.Errorf("sent %s as %q, want %q", pair[0], got, pair[1])
						}
					}
					if entry := s.entry(t, e.Response.RequestID); entry.Action != op.Action {
						t.Errorf("the journal entry is %+v", entry)
					}
					shows(t, out.stdout, e.Response.RequestID)
				})
			}
		}
	}
}
