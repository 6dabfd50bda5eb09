package signature_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

// mistakes is a file of testdata/mistakes: one request with the correct string
// to sign, and clients that sign another. The strings are literal, so that no
// transformation is tested against itself.
type mistakes struct {
	Secret           string        `json:"secret"`
	Request          []string      `json:"request"`
	Body             string        `json:"body"`
	CanonicalRequest []string      `json:"canonicalRequest"`
	Nonce            string        `json:"nonce"`
	Parameters       string        `json:"parameters"`
	Cases            []mistakeCase `json:"cases"`
}

// mistakeCase describes a client's mistakes. An empty field means correct.
type mistakeCase struct {
	// Mistakes are the expected names.
	Mistakes []string `json:"mistakes"`
	// Request is sent instead, Header set after it was read (net/http trims
	// what it reads).
	Request []string    `json:"request"`
	Header  http.Header `json:"header"`
	// CanonicalRequest is signed instead, or Lines replace some of its lines.
	CanonicalRequest []string       `json:"canonicalRequest"`
	Lines            map[int]string `json:"lines"`
	LineEnd          string         `json:"lineEnd"`
	// StringToSign may have {hash}, {HASH} and {canonical} in it.
	StringToSign string `json:"stringToSign"`
	// Method, Path, Parameters and ParametersOnce make up an RPC string to sign.
	Method         string `json:"method"`
	Path           string `json:"path"`
	Parameters     string `json:"parameters"`
	ParametersOnce bool   `json:"parametersOnce"`
	Nonce          string `json:"nonce"`
	// Key is the client's HMAC key, ServerSecret the server's secret.
	Key          string `json:"key"`
	ServerSecret string `json:"serverSecret"`
	// Sum is how the client encodes the sum.
	Sum string `json:"sum"`
}

func or[T any](value, otherwise T, set bool) T {
	if set {
		return value
	}
	return otherwise
}

func TestDiagnoseNamesTheMistake(t *testing.T) {
	t.Parallel()
	for _, scheme := range []struct {
		name string
		sign func(*testing.T, mistakes, mistakeCase) (signed, sum string)
		rows []string
	}{
		{"acs3", signACS3ByHand, signature.MistakeNames(signature.ACS3HMACSHA256)},
		{"rpc", signRPCByHand, signature.MistakeNames(signature.RPCHMACSHA1)},
	} {
		var file mistakes
		readJSON(t, "testdata/mistakes/"+scheme.name+".json", &file)
		seen := map[string]bool{}
		for i, c := range file.Cases {
			name := fmt.Sprintf("%s/%02d %s", scheme.name, i, or(strings.Join(c.Mistakes, " and "), "unknown", len(c.Mistakes) > 0))
			if len(c.Mistakes) == 1 {
				seen[c.Mistakes[0]] = true
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				signed, sum := scheme.sign(t, file, c)
				checkDiagnosis(t, file, c, signed, sum)
			})
		}
		t.Run(scheme.name+"/no mistake", func(t *testing.T) {
			t.Parallel()
			_, sum := scheme.sign(t, file, mistakeCase{})
			m := file.message(t, mistakeCase{}, sum)
			if err := verify(&m, file.Secret); err != nil {
				t.Fatalf("the request that all mistakes start from does not verify: %v", err)
			}
			claim, err := signature.Parse(&m)
			if err != nil {
				t.Fatal(err)
			}
			if d := signature.Diagnose(&m, &claim, file.Secret); !d.Verified || len(d.Mistakes) > 0 {
				t.Errorf("diagnosis of a right signature: %v", d)
			}
		})
		for _, row := range scheme.rows {
			if !seen[row] {
				t.Errorf("%s: no test client has the mistake %q", scheme.name, row)
			}
		}
	}
}

func checkDiagnosis(t *testing.T, file mistakes, c mistakeCase, signed, sum string) {
	m := file.message(t, c, sum)
	secret := or(c.ServerSecret, file.Secret, c.ServerSecret != "")
	claim, err := signature.Parse(&m)
	if err != nil {
		t.Fatal(err)
	}
	if err := claim.Verify(&m, secret); err == nil {
		t.Fatal("the mistake has no effect: the request verifies")
	}
	d := signature.Diagnose(&m, &claim, secret)
	var names []string
	for _, mistake := range d.Mistakes {
		names = append(names, mistake.Name)
	}
	if got, want := strings.Join(names, " and "), strings.Join(c.Mistakes, " and "); got != want {
		t.Fatalf("diagnosis is %q (%v), want %q; the client signed\n%s", got, d, want, signed)
	}
	if len(c.Mistakes) == 0 {
		if want := "no known mistake produces this signature"; !strings.HasPrefix(d.String(), want) {
			t.Errorf("diagnosis is %q, want %q…", d, want)
		}
		return
	}
	for _, mistake := range d.Mistakes {
		if !strings.Contains(d.String(), mistake.Explanation) {
			t.Errorf("diagnosis is %q and lacks %q", d, mistake.Explanation)
		}
	}
	c.checkDifference(t, d.Difference, signed)
}

// checkDifference checks that the client signed the differing line.
func (c mistakeCase) checkDifference(t *testing.T, d signature.Difference, signed string) {
	inText := c.Key == "" && c.Sum == "" && c.StringToSign == "" && c.Mistakes[0] != "signature-plus" && c.Mistakes[0] != "body-hash-header"
	if d.Equal {
		if inText {
			t.Error("no difference is shown although the client signed another string")
		}
		return
	}
	lines := strings.Split(signed, "\n")
	if !d.TheirsEnded && (d.Line > len(lines) || signature.Redact(lines[d.Line-1]) != d.Theirs) {
		t.Errorf("the difference shows %q as line %d, but the client signed\n%s", d.Theirs, d.Line, signed)
	}
	if strings.Contains(d.String(), "STS%252Ftoken") {
		t.Error("the difference shows the security token")
	}
}

// message returns the client's request as received.
func (f mistakes) message(t *testing.T, c mistakeCase, sum string) signature.Message {
	lines := or(c.Request, f.Request, c.Request != nil)
	fill := strings.NewReplacer(
		"{nonce}", or(c.Nonce, f.Nonce, c.Nonce != ""),
		"{rawSignature}", sum,
		"{signature}", or(url.QueryEscape(sum), sum, f.Parameters != ""),
	)
	filled := make([]string, len(lines))
	for i, line := range lines {
		filled[i] = fill.Replace(line)
	}
	m := received(t, filled, f.Body)
	for name, values := range c.Header {
		m.Header[name] = values
	}
	return m
}

func signACS3ByHand(t *testing.T, f mistakes, c mistakeCase) (signed, sum string) {
	lines := append([]string(nil), or(c.CanonicalRequest, f.CanonicalRequest, c.CanonicalRequest != nil)...)
	for number, line := range c.Lines {
		lines[number-1] = line
	}
	signed = strings.Join(lines, or(c.LineEnd, "\n", c.LineEnd != ""))
	hash := sha256.Sum256([]byte(signed))
	hexHash := hex.EncodeToString(hash[:])
	stringToSign := strings.NewReplacer("{hash}", hexHash, "{HASH}", strings.ToUpper(hexHash), "{canonical}", signed).
		Replace(or(c.StringToSign, "ACS3-HMAC-SHA256\n{hash}", c.StringToSign != ""))
	mac := hmac.New(sha256.New, []byte(or(c.Key, "testSecret", c.Key != "")))
	mac.Write([]byte(stringToSign))
	// Diagnose shows the canonical request, unless it was correct.
	signed = or(stringToSign, signed, c.StringToSign != "")
	switch c.Sum {
	case "":
		return signed, hex.EncodeToString(mac.Sum(nil))
	case "HEX":
		return signed, fmt.Sprintf("%X", mac.Sum(nil))
	case "base64":
		return signed, base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	t.Fatalf("unknown sum %q", c.Sum)
	return "", ""
}

func signRPCByHand(t *testing.T, f mistakes, c mistakeCase) (signed, sum string) {
	parameters := or(c.Parameters, f.Parameters, c.Parameters != "")
	parameters = strings.ReplaceAll(parameters, "{nonce}", or(c.Nonce, f.Nonce, c.Nonce != ""))
	if !c.ParametersOnce {
		parameters = strings.NewReplacer("+", "%20", "*", "%2A").Replace(url.QueryEscape(parameters))
	}
	signed = or(c.Method, "POST", c.Method != "") + "&" + or(c.Path, "%2F", c.Path != "") + "&" + parameters + c.LineEnd
	newHash := or(sha256.New, sha1.New, c.Sum == "sha256")
	mac := hmac.New(newHash, []byte(or(c.Key, "testSecret&", c.Key != "")))
	mac.Write([]byte(signed))
	bytes := mac.Sum(nil)
	switch c.Sum {
	case "", "sha256":
		return signed, base64.StdEncoding.EncodeToString(bytes)
	case "base64url":
		return signed, base64.URLEncoding.EncodeToString(bytes)
	case "base64url-unpadded":
		return signed, base64.RawURLEncoding.EncodeToString(bytes)
	case "base64-unpadded":
		return signed, base64.RawStdEncoding.EncodeToString(bytes)
	case "hex":
		return signed, hex.EncodeToString(bytes)
	case "base64-of-hex":
		return signed, base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(bytes)))
	}
	t.Fatalf("unknown sum %q", c.Sum)
	return "", ""
}
