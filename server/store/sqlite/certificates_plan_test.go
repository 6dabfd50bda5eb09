package sqlite

import (
	"fmt"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

// The operations on certificates must not take longer with each record of another
// site, and lists are read in the order of IDs, without a sort.
func TestCertificatePlans(t *testing.T) {
	t.Parallel()
	s := memory(t)
	const byID = "SEARCH applications USING INTEGER PRIMARY KEY (rowid=?)"
	const withCertificate = "; SEARCH c USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN"
	const withRequired = "; SEARCH c USING INTEGER PRIMARY KEY (rowid=?)" // for a condition on the certificate
	cases := []planCase{
		{"find", sqlFindCertificate, "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)" + withCertificate},
		{"name in use", sqlNameInUse, "SEARCH applications USING COVERING INDEX applications_name (account=? AND site=? AND name=?)"},
		{"replace", sqlReplaceUpload, byID},
		{"delete", sqlFinish, byID},
		{"drop certificate", sqlDropCertificate, "SEARCH certificates USING INTEGER PRIMARY KEY (rowid=?)"},
		{"site usage", sqlSiteUsage, "SEARCH site_usage USING PRIMARY KEY (account=? AND plan=? AND family=?)"},
		{"release site usage", sqlReleaseSiteUsage, "SEARCH site_usage USING PRIMARY KEY (account=? AND plan=? AND family=? AND site=?)"},
	}
	texts := map[string]bool{}
	for i := range 16 {
		q := store.CertificateQuery{}
		const shown = "SEARCH a USING INDEX applications_shown (account=? AND site=?)"
		count, list := shown, shown+withCertificate
		if i&1 != 0 {
			q.Keyword = "k"
		}
		if i&2 != 0 {
			q.Covering = "c"
		}
		if i&4 != 0 {
			q.Uploaded = new(true)
		}
		if i&8 != 0 {
			q.ValidAt = time.Unix(1, 0)
			count, list = shown+withRequired, shown+withRequired
		}
		page, total, _ := selectCertificates(q)
		texts[page], texts[total] = true, true
		cases = append(cases,
			planCase{fmt.Sprintf("list %04b", i), page, list},
			planCase{fmt.Sprintf("count %04b", i), total, count})
	}
	if len(texts) != 32 {
		t.Errorf("%d distinct statements, want 32", len(texts))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, s)
		})
	}
}
