package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
)

const (
	crashRounds  = 4
	crashCallers = 16
)

const crashConfig = `
issuing: {sealing_key: auto, key_type: ecdsa-p256}
accounts:
  - id: "1000000000000001"
    access_keys: [{id: testid, secret: testsecret}]
    plans: [{id: p, quotas: {lets_encrypt: 1000000}, records: 1000000}]
    sites: [{id: 1234567890123, name: example.com, plan: p}]
`

// acknowledged records the applications that the server reported as stored.
type acknowledged struct {
	mu      sync.Mutex
	domains map[string]string // domain to application ID
}

func (a *acknowledged) add(applications []client.Application) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, application := range applications {
		a.domains[application.Domain] = application.ID
	}
}

// The server is killed under load repeatedly. Every acknowledged application is
// stored exactly once, and calls with several names are complete.
func TestKillUnderLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "esacertd.yaml")
	writeFile(t, path, crashConfig)
	db := filepath.Join(dir, "esa.db")
	random := rand.New(rand.NewPCG(1, 2))
	acked := &acknowledged{domains: map[string]string{}}
	for round := range crashRounds {
		d := start(t, "--config", path, "--store", db)
		begun := make(chan struct{})
		first := sync.OnceFunc(func() { close(begun) })
		var wg sync.WaitGroup
		for caller := range crashCallers {
			wg.Go(func() {
				applyUntilKilled(t, d, fmt.Sprintf("r%dc%d", round, caller), func(a []client.Application) { acked.add(a); first() })
			})
		}
		select {
		case <-begun:
		case <-time.After(time.Minute):
			t.Fatalf("round %d: nothing was acknowledged", round)
		}
		time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond) // kill at a random moment
		err := d.stop(t, syscall.SIGKILL)
		wg.Wait()
		if err == nil {
			t.Fatal("the server exited without an error after SIGKILL")
		}
	}
	checkStored(t, start(t, "--config", path, "--store", db), acked)
}

// applyUntilKilled applies for two names at a time until the server is killed,
// and returns what was acknowledged.
func applyUntilKilled(t *testing.T, d *daemon, prefix string, acked func([]client.Application)) {
	c := d.client(t)
	for i := 0; ; i++ {
		a, b := fmt.Sprintf("%s-%d-a.example.com", prefix, i), fmt.Sprintf("%s-%d-b.example.com", prefix, i)
		out, err := c.ApplyCertificate(t.Context(), input(a, b))
		if err != nil {
			var refused *client.ServiceError
			if errors.As(err, &refused) {
				t.Errorf("refused under load: %v", err)
			}
			return
		}
		acked(out.Applications)
	}
}

func checkStored(t *testing.T, d *daemon, acked *acknowledged) {
	t.Helper()
	type application struct {
		ID        string `json:"id"`
		Domain    string `json:"domain"`
		RequestID string `json:"request_id"`
	}
	stored, requests, count := map[string]string{}, map[string]int{}, 0
	for after := "0"; ; {
		var page []application
		d.get(t, "/applications?limit=1000&after="+after, &page)
		if len(page) == 0 {
			break
		}
		for _, a := range page {
			if other, twice := stored[a.Domain]; twice {
				t.Errorf("%s is stored twice: %s and %s", a.Domain, other, a.ID)
			}
			stored[a.Domain] = a.ID
			requests[a.RequestID]++
			count++
		}
		after = page[len(page)-1].ID
	}
	for domain, id := range acked.domains {
		if stored[domain] != id {
			t.Errorf("%s was acknowledged as %s, stored is %q", domain, id, stored[domain])
		}
	}
	for id, names := range requests {
		if names != 2 {
			t.Errorf("request %s has stored %d of its 2 names", id, names)
		}
	}
	var usage struct{ Quota, Records int }
	d.get(t, "/usage?account=1000000000000001&plan=p&family=lets_encrypt&site_id=1234567890123", &usage)
	if usage.Quota != count || usage.Records != count {
		t.Errorf("the counters are %+v, %d applications are stored", usage, count)
	}
	if len(acked.domains) == 0 {
		t.Error("nothing was acknowledged, so the test checked nothing")
	}
	t.Log(strconv.Itoa(len(acked.domains)) + " names acknowledged, " + strconv.Itoa(count) + " stored, " + strconv.Itoa(crashRounds) + " kills")
}
