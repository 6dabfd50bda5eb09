package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/delivery"
	"github.com/esacert/esacert/server/store"
)

// keyLine is a line of the key, which must not be logged or printed.
const keyLine = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSECRETSECRETSECRE"

func sampleDelivery(domain string) issuance.Delivery {
	from := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	return issuance.Delivery{
		Application: store.Application{ID: 30000478, Account: "1000000000000001", SiteID: 1234567890123, Domain: domain, Type: "lets_encrypt"},
		Certificate: store.Certificate{
			Authority: "local", Chain: []byte("-----BEGIN CERTIFICATE-----\nchain\n-----END CERTIFICATE-----\n"), Serial: "4a11", Fingerprint: "abcd",
			NotBefore: from, NotAfter: from.AddDate(0, 0, 90), Renewals: 2,
		},
		Key: []byte("-----BEGIN PRIVATE KEY-----\n" + keyLine + "\nlastline=\n-----END PRIVATE KEY-----\n"),
	}
}

func TestDeliveryHidesKey(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, sampleDelivery("www.example.com")); got != "certificate 4a11 for www.example.com of application 30000478" {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

func TestAll(t *testing.T) {
	t.Parallel()
	if delivery.All() != nil {
		t.Error("All() is not nil")
	}
	broken := errors.New("broken")
	var log []string
	to := func(name string, err error) issuance.Deliverer {
		return deliverFunc(func() error { log = append(log, name); return err })
	}
	err := delivery.All(to("a", nil), to("b", broken), to("c", nil)).Deliver(t.Context(), sampleDelivery("www.example.com"))
	if !errors.Is(err, broken) || fmt.Sprint(log) != "[a b]" {
		t.Errorf("%v, %v", log, err)
	}
	if err := delivery.All(to("d", nil), to("e", nil)).Deliver(t.Context(), sampleDelivery("www.example.com")); err != nil || fmt.Sprint(log) != "[a b d e]" {
		t.Errorf("%v, %v", log, err)
	}
}

type deliverFunc func() error

func (f deliverFunc) Deliver(context.Context, issuance.Delivery) error { return f() }

func TestDir(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out")
	folder, err := delivery.NewDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, domain := range []string{"www.example.com", "*.example.com", "example.com"} {
		d := sampleDelivery(domain)
		d.Certificate.Chain = []byte("chain of " + domain + "\n")
		for range 2 { // at least once
			if err := folder.Deliver(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := map[string]string{}
	for name, domain := range map[string]string{"www.example.com": "www.example.com", "_wildcard.example.com": "*.example.com", "example.com": "example.com"} {
		d := sampleDelivery(domain)
		want[name+"/fullchain.pem"] = "chain of " + domain + "\n"
		want[name+"/privkey.pem"] = string(d.Key)
		want[name+"/combined.pem"] = string(d.Key) + "chain of " + domain + "\n"
	}
	found := 0
	err = filepath.WalkDir(path, func(name string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := os.FileMode(0o600)
		if entry.IsDir() {
			mode = 0o700
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != mode {
			t.Errorf("mode of %s: %v", name, info.Mode())
		}
		if entry.IsDir() {
			return nil
		}
		found++
		relative, err := filepath.Rel(path, name)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(name)
		if want[filepath.ToSlash(relative)] != string(content) {
			t.Errorf("got content %q of %s", content, relative)
		}
		return err
	})
	if err != nil || found != len(want) {
		t.Errorf("%d files, want %d: %v", found, len(want), err)
	}
}

func TestDirErrors(t *testing.T) {
	t.Parallel()
	if _, err := delivery.NewDir(""); err == nil {
		t.Error("no name: no error")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := delivery.NewDir(filepath.Join(file, "x")); err == nil || !strings.Contains(err.Error(), "create folder") {
		t.Errorf("below a file: %v", err)
	}
	if runtime.GOOS == "linux" {
		if _, err := delivery.NewDir("/proc/self"); err == nil || !strings.Contains(err.Error(), "not writable") {
			t.Errorf("not writable: %v", err)
		}
	}
	path := t.TempDir()
	folder, err := delivery.NewDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "*.", "..", "../x", "a/../b", "/etc", `a\b`, "a..b", ".a", "A.com", "a.*.b", "_wildcard.example.com", "a\x00b"} {
		if err := folder.Deliver(t.Context(), sampleDelivery(bad)); err == nil || !strings.Contains(err.Error(), "not a domain name") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := folder.Deliver(canceled, sampleDelivery("www.example.com")); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled context: got %v", err)
	}
	if entries, err := os.ReadDir(path); err != nil || len(entries) > 0 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
	if err := os.WriteFile(filepath.Join(path, "www.example.com"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := folder.Deliver(t.Context(), sampleDelivery("www.example.com")); err == nil || !strings.Contains(err.Error(), "folder of www.example.com") {
		t.Errorf("a file in the way: %v", err)
	}
}

func FuzzDirName(f *testing.F) {
	f.Add("www.example.com")
	f.Add("*.example.com")
	f.Add("../x")
	f.Fuzz(func(t *testing.T, domain string) {
		name, err := delivery.DirName(domain)
		if err != nil {
			return
		}
		if !filepath.IsLocal(name) || filepath.Base(name) != name || strings.HasPrefix(name, ".") {
			t.Fatalf("%q leads to %q", domain, name)
		}
		back := name
		if rest, found := strings.CutPrefix(name, "_wildcard."); found {
			back = "*." + rest
		}
		if back != domain {
			t.Fatalf("%q and %q share the folder %q", domain, back, name)
		}
	})
}
