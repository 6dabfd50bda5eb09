package storetest

import (
	"errors"
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/server/store"
)

func someUploadNames() []string { return []string{"mine", "Mine", "other", ""} }

func someCertificateNames() []string {
	return append(someNames(), "w.x.y", "*.x.y", "v.w.x.y", "*.w.x.y", "x.y")
}

// owner returns an account and a site, mostly those of the record with the ID.
func (p *jobsAndModel) owner(r *rapid.T, id int64) (account string, site int64) {
	if a := p.model.find(id); a != nil && rapid.IntRange(0, 4).Draw(r, "elsewhere") != 0 {
		return a.Account, a.SiteID
	}
	return pick(r, []string{"a", "a", "a", "b"}, "account"), pick(r, someSites(), "site")
}

// uploadedID returns the ID of an uploaded record, or another one.
func (p *jobsAndModel) uploadedID(r *rapid.T) int64 {
	var ids []int64
	for _, a := range p.model.applications {
		if a.Type == store.Uploaded {
			ids = append(ids, a.ID)
		}
	}
	return pick(r, append(ids, p.id(r)), "uploaded")
}

// nonce is sometimes the zero nonce.
func (p *jobsAndModel) nonce(r *rapid.T) store.Nonce {
	if rapid.Bool().Draw(r, "no nonce") {
		return store.Nonce{}
	}
	return drawNonce(r)
}

func (p *jobsAndModel) forget(r *rapid.T) {
	now := drawTime(r)
	same(r, "DeleteExpiredNonces", 0, 0, p.model.DeleteExpiredNonces(r.Context(), now), p.store.DeleteExpiredNonces(r.Context(), now))
	if now.After(p.forgotten) {
		p.forgotten = now
	}
}

func (p *jobsAndModel) deleteCertificate(r *rapid.T) {
	d := store.DeleteRequest{ID: p.id(r), At: p.time(r, "at"), Nonce: p.nonce(r)}
	d.Account, d.SiteID = p.owner(r, d.ID)
	same(r, fmt.Sprintf("DeleteCertificate(%+v)", d), 0, 0, p.model.DeleteCertificate(r.Context(), d), p.store.DeleteCertificate(r.Context(), d))
}

// errNoKey is the error of Seal.
var errNoKey = errors.New("no key")

func (p *jobsAndModel) upload(r *rapid.T) {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(someCertificateNames()), 1, 3, rapid.ID[string]).Draw(r, "names")
	u := store.UploadRequest{
		Name: pick(r, someUploadNames(), "name"), Domain: names[0], Names: names, Region: pick(r, []string{"", "cn-hangzhou", "cn-beijing"}, "region"),
		Certificate: certificateOf(rapid.IntRange(0, 100).Draw(r, "certificate")), RequestID: "r", At: p.time(r, "at"), Seal: sealFor,
		Plan: pick(r, somePlans(), "plan"), Quota: pick(r, []int{store.Unlimited, 2}, "quota"), Nonce: p.nonce(r),
	}
	if rapid.Bool().Draw(r, "replace") {
		u.ID = p.uploadedID(r)
	}
	u.Account, u.SiteID = p.owner(r, u.ID)
	if rapid.IntRange(0, 9).Draw(r, "no key") == 0 {
		u.Seal = func(id int64) ([]byte, error) { return nil, errNoKey }
	}
	want, wantErr := p.model.SetCertificate(r.Context(), u)
	got, err := p.store.SetCertificate(r.Context(), u)
	if errors.Is(wantErr, errNoKey) && errors.Is(err, errNoKey) {
		wantErr, err = nil, nil // each store adds its own words
	}
	same(r, fmt.Sprintf("SetCertificate(%+v)", u), want, got, wantErr, err)
}

func (p *jobsAndModel) listCertificates(r *rapid.T) {
	keywords := append(someCertificateNames(), "", "", "MINE", ",", "*", "W.X.Y", "v.x.y,w", "%")
	q := store.CertificateQuery{
		Keyword:  pick(r, keywords, "keyword"),
		Covering: pick(r, append(someCertificateNames(), "", "", "", ""), "covering"),
		Uploaded: pick(r, []*bool{nil, nil, new(true), new(false)}, "uploaded"),
		ValidAt:  pick(r, []time.Time{{}, {}, p.time(r, "valid at")}, "valid or all"),
		Offset:   int64(rapid.IntRange(0, 4).Draw(r, "offset")), Limit: rapid.IntRange(1, 5).Draw(r, "limit"),
	}
	q.Account, q.SiteID = p.owner(r, p.id(r))
	want, wantTotal, wantErr := p.model.ListCertificates(r.Context(), q)
	got, total, err := p.store.ListCertificates(r.Context(), q)
	same(r, fmt.Sprintf("ListCertificates(%+v)", q), want, got, wantErr, err)
	same(r, fmt.Sprintf("total of ListCertificates(%+v)", q), wantTotal, total, nil, nil)
}

func (p *jobsAndModel) findCertificate(r *rapid.T) {
	id := p.id(r)
	account, site := p.owner(r, id)
	want, wantErr := p.model.FindCertificate(r.Context(), account, site, id)
	got, err := p.store.FindCertificate(r.Context(), account, site, id)
	same(r, fmt.Sprintf("FindCertificate(%q, %d, %d)", account, site, id), want, got, wantErr, err)
}

// compareCertificates compares what only Certificates shows.
func (p *jobsAndModel) compareCertificates(r *rapid.T) {
	plan, family := pick(r, append(somePlans(), "p"), "plan of usage"), pick(r, []string{"f", store.Uploaded}, "family of usage")
	want, wantErr := p.model.SiteUsage(r.Context(), "a", plan, family)
	got, err := p.store.SiteUsage(r.Context(), "a", plan, family)
	same(r, fmt.Sprintf("SiteUsage of %s, %s", plan, family), want, got, wantErr, err)
	since := p.forgotten.Add(-time.Nanosecond)
	wantNonces(r, p.store, since, collect(r, p.model, since))
	deleted := store.Query{Status: store.Deleted}
	same(r, "deleted records", records(r, p.model, deleted), records(r, p.store, deleted), nil, nil)
}
