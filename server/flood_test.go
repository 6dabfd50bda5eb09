package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

// floodConfig has a memory of 2,000 nonces, an account with three keys, one of
// which may do nothing, and another account.
const floodConfig = `
nonces:
  capacity: 2000
accounts:
  - id: "1000000000000001"
    access_keys:
      - {id: testid, secret: testsecret}
    users:
      - {name: powerless, access_keys: [{id: powerlessid, secret: powerlesssecret}]}
      - {name: second, access_keys: [{id: secondid, secret: secondsecret}], policies: [AliyunESAFullAccess]}
    plans:
      - {id: plan, quotas: {lets_encrypt: unlimited}}
    sites:
      - {id: 1234567890123, name: example.com, plan: plan}
  - id: "2000000000000002"
    access_keys:
      - {id: otherid, secret: othersecret}
    plans:
      - {id: plan, quotas: {lets_encrypt: unlimited}}
    sites:
      - {id: 2234567890123, name: example.net, plan: plan}
`

// A key that may do nothing fills its share of the memory of nonces, with
// requests dated as far ahead as possible. It alone is throttled, until its
// nonces expire; the other keys of its account and the other account are not.
func TestFloodThrottlesTheKeyThatFloods(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t, servertest.WithConfig(floodConfig), servertest.WithTime(baseTime))
	powerless := signature.Key{ID: "powerlessid", Secret: "powerlesssecret"}
	sent := 0
	flood := func(n int) (throttled int) {
		for range n {
			sent++
			a := request{key: powerless, query: validQuery("www.example.com"), nonce: fmt.Sprint("flood", sent), at: srv.Clock.Now().Add(15 * time.Minute)}.send(t, srv)
			switch a.err.Code {
			case esaerrors.Throttling.Code:
				throttled++
			case esaerrors.NoPermission.Code:
			default:
				t.Fatalf("the flood gets %d %s", a.status, a.body)
			}
		}
		return throttled
	}
	if throttled := flood(3000); throttled < 500 {
		t.Errorf("%d of 3000 requests of the flood were throttled; there are places for 2000", throttled)
	}
	honest := []struct {
		key  signature.Key
		site string
		name string
	}{
		{signature.Key{ID: "testid", Secret: "testsecret"}, "1234567890123", "example.com"},
		{signature.Key{ID: "secondid", Secret: "secondsecret"}, "1234567890123", "example.com"},
		{signature.Key{ID: "otherid", Secret: "othersecret"}, "2234567890123", "example.net"},
	}
	for i := range 30 { // the flood continues meanwhile
		flood(200)
		srv.Clock.Advance(10 * time.Second)
		for _, h := range honest {
			q := request{key: h.key, query: params("SiteId", h.site, "Domains", fmt.Sprintf("n%d.%s.%s", i, h.key.ID, h.name)), nonce: fmt.Sprint("honest", i)}
			if a := q.send(t, srv); a.status != 200 {
				t.Fatalf("request %d of %s: %d %s (journal: %s)", i, h.key.ID, a.status, a.body, srv.LastEntry().Detail)
			}
		}
	}
}

// After a restart the nonces that were stored count for their keys: the key that
// has used up its share is still throttled, and no other key is.
func TestSharesOutliveARestart(t *testing.T) {
	t.Parallel()
	db := openFile(t)
	powerless := signature.Key{ID: "powerlessid", Secret: "powerlesssecret"}
	flood := func(srv *servertest.Server, prefix string, n int) (throttled int) {
		for i := range n {
			a := request{key: powerless, query: validQuery("www.example.com"), nonce: fmt.Sprint(prefix, i), at: baseTime.Add(15 * time.Minute)}.send(t, srv)
			if a.err.Code == esaerrors.Throttling.Code {
				throttled++
			}
		}
		return throttled
	}
	before := servertest.New(t, servertest.WithConfig(floodConfig), servertest.WithTime(baseTime), servertest.WithStore(db))
	flood(before, "first", 2000)
	before.Stop()
	after := servertest.New(t, servertest.WithConfig(floodConfig), servertest.WithTime(baseTime.Add(time.Minute)), servertest.WithStore(db))
	if throttled := flood(after, "second", 100); throttled != 100 {
		t.Errorf("%d of 100 requests of the key that has used up its share were throttled", throttled)
	}
	for i := range 200 {
		a := request{key: signature.Key{ID: "secondid", Secret: "secondsecret"}, query: validQuery(fmt.Sprintf("n%d.example.com", i)), nonce: fmt.Sprint("honest", i)}.send(t, after)
		if a.status != 200 {
			t.Fatalf("request %d of another key: %d %s (journal: %s)", i, a.status, a.body, after.LastEntry().Detail)
		}
	}
}
