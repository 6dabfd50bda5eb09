package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/esacert/esacert/server/internal/issuance/seal"
)

func seeded(n byte) io.Reader { return rand.NewChaCha8([32]byte{n}) }

func mustNew(t testing.TB, n byte) *seal.Keyring {
	t.Helper()
	ring, err := seal.New(seeded(n))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func mustSeal(t testing.TB, ring *seal.Keyring, owner, secret string) []byte {
	t.Helper()
	sealed, err := ring.Seal(owner, []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	ring := mustNew(t, 1)
	for _, secret := range []string{"", "x", strings.Repeat("secret", 1000)} {
		sealed := mustSeal(t, ring, "application/1", secret)
		if secret != "" && bytes.Contains(sealed, []byte(secret)) {
			t.Errorf("sealed form contains the secret %.10q", secret)
		}
		if got, err := ring.Open("application/1", sealed); err != nil || string(got) != secret {
			t.Errorf("Open = %.10q, %v; want %.10q", got, err, secret)
		}
		if again := mustSeal(t, ring, "application/1", secret); bytes.Equal(again, sealed) {
			t.Error("two sealed forms of a secret are equal: the nonce was reused")
		}
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	ring, other := mustNew(t, 1), mustNew(t, 2)
	good := mustSeal(t, ring, "application/1", "the secret")
	first := mustParse(t, "1 "+key32(1)).SealByNumber("application/1", []byte("the secret"))
	with := func(i int, b byte) []byte {
		c := bytes.Clone(good)
		c[i] ^= b
		return c
	}
	tests := []struct {
		name   string
		ring   *seal.Keyring
		owner  string
		sealed []byte
		want   error
		says   string
	}{
		{"another owner", ring, "application/2", good, seal.ErrDecrypt, "application/2"},
		{"an account's", ring, "account/1", good, seal.ErrDecrypt, "account/1"},
		{"another key", other, "application/1", good, seal.ErrUnknownKey, "memory holds " + other.List()},
		{"changed nonce", ring, "application/1", with(5, 1), seal.ErrDecrypt, "corrupted data"},
		{"changed ciphertext", ring, "application/1", with(17, 1), seal.ErrDecrypt, "corrupted data"},
		{"changed tag", ring, "application/1", with(len(good)-1, 1), seal.ErrDecrypt, "corrupted data"},
		{"cut", ring, "application/1", good[:len(good)-1], seal.ErrDecrypt, "corrupted data"},
		{"unknown key", ring, "application/1", with(4, 2), seal.ErrUnknownKey, "; memory holds "},
		{"another version", ring, "application/1", with(0, 1), seal.ErrMalformed, "version 3, this program knows 1 and 2"},
		{"first form, unknown number", mustParse(t, "2 "+key32(2)), "application/1", first, seal.ErrUnknownKey, "key number 1; keys holds "},
		{"first form, another key of the number", mustParse(t, "1 "+key32(2)), "application/1", first, seal.ErrDecrypt, "key number 1; keys holds "},
		{"first form, another owner", mustParse(t, "1 "+key32(1)), "application/2", first, seal.ErrDecrypt, "application/2"},
		{"too short", ring, "application/1", good[:32], seal.ErrMalformed, "32 bytes, want at least 33"},
		{"nothing", ring, "application/1", nil, seal.ErrMalformed, "0 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.ring.Open(test.owner, test.sealed)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("Open = %q, %v; want %v that says %q", got, err, test.want, test.says)
			}
			if err != nil && strings.Contains(err.Error(), "the secret") {
				t.Errorf("error contains the secret: %v", err)
			}
		})
	}
}

func mustParse(t testing.TB, content string) *seal.Keyring {
	t.Helper()
	ring, err := seal.Parse("keys", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// TestOpenFirstForm checks that data sealed by the first release opens with its
// key, even if the key now has another number. So two files that use the same
// number can be merged.
func TestOpenFirstForm(t *testing.T) {
	t.Parallel()
	lost, made := mustParse(t, "1 "+key32(1)), mustParse(t, "1 "+key32(2))
	joined := mustParse(t, "1 "+key32(1)+"\n2 "+key32(2))
	for _, before := range []*seal.Keyring{lost, made} {
		for form, sealed := range map[string][]byte{
			"first": before.SealByNumber("o", []byte("s")), "present": mustSeal(t, before, "o", "s"),
		} {
			if got, err := joined.Open("o", sealed); err != nil || string(got) != "s" {
				t.Errorf("%s form of %s: %q, %v", form, before.List(), got, err)
			}
		}
	}
	if lost.Mark() == made.Mark() || lost.Name() == made.Name() {
		t.Errorf("two keys of number 1 have the same name, %s", lost.Name())
	}
	if joined.Mark() != made.Mark() {
		t.Errorf("the joined file seals with %s, want %s", joined.Mark(), made.Mark())
	}
}

func TestKeyringHidesKeys(t *testing.T) {
	t.Parallel()
	ring := mustNew(t, 1)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		if got := fmt.Sprintf(verb, ring); got != "sealing keys 1" {
			t.Errorf("%s: got %q", verb, got)
		}
	}
}

func TestNewIsDeterministic(t *testing.T) {
	t.Parallel()
	a, b := mustSeal(t, mustNew(t, 7), "o", "s"), mustSeal(t, mustNew(t, 7), "o", "s")
	if !bytes.Equal(a, b) {
		t.Errorf("two keyrings with the same seed seal differently: %x, %x", a, b)
	}
	if other := mustSeal(t, mustNew(t, 8), "o", "s"); bytes.Equal(a, other) {
		t.Error("keyrings with different seeds seal equally")
	}
}

func TestBrokenRandomness(t *testing.T) {
	t.Parallel()
	broken := errors.New("no randomness today")
	if _, err := seal.New(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("New: %v, want %v", err, broken)
	}
	ring, err := seal.New(io.LimitReader(seeded(1), 32+12))
	if err != nil {
		t.Fatal(err)
	}
	mustSeal(t, ring, "o", "s")
	if _, err := ring.Seal("o", []byte("s")); err == nil {
		t.Error("Seal without randomness: no error")
	}
}

func TestOwnerOf(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]string{
		"order/30000478":       seal.ApplicationOwner(30000478),
		"certificate/30000478": seal.ApplicationOwner(30000478),
		"account/letsencrypt":  seal.AccountOwner("letsencrypt"),
		"account/a/b":          seal.AccountOwner("a/b"),
		"order/":               "", "order/x": "", "order": "", "": "", "thing/1": "", "account/": "",
	} {
		got, err := seal.OwnerOf(stored)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("OwnerOf(%q) = %q, %v; want %q", stored, got, err, want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	ring := mustNew(f, 1)
	good := mustSeal(f, ring, "application/1", "secret")
	f.Add("application/1", good)
	f.Add("application/2", good)
	f.Add("", []byte{1, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, owner string, sealed []byte) {
		secret, err := ring.Open(owner, sealed)
		genuine := owner == "application/1" && bytes.Equal(sealed, good)
		if (err == nil) != genuine {
			t.Fatalf("Open(%q, %x) = %q, %v", owner, sealed, secret, err)
		}
		for _, kind := range []error{seal.ErrMalformed, seal.ErrUnknownKey, seal.ErrDecrypt} {
			if err == nil || errors.Is(err, kind) {
				return
			}
		}
		t.Fatalf("undocumented error: %v", err)
	})
}
