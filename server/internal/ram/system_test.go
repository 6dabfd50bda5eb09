package ram_test

import (
	"testing"

	"github.com/esacert/esacert/server/internal/ram"
)

func TestSystem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy, action string
		want           bool
	}{
		{ram.AliyunESAFullAccess, apply, true},
		{ram.AliyunESAFullAccess, "ram:CreateUser", false},
		{ram.AliyunESAReadOnlyAccess, apply, false},
		{ram.AliyunESAReadOnlyAccess, "esa:GetCertificate", true},
		{ram.AliyunESAReadOnlyAccess, "esa:ListSites", true},
		{ram.AliyunESAReadOnlyAccess, "esa:DescribeKvAccountStatus", true},
		{ram.AliyunESAReadOnlyAccess, "esa:CheckSiteName", true},
		{ram.AliyunESAReadOnlyAccess, "dcdn:GetCertificate", false},
		{ram.AdministratorAccess, "ram:CreateUser", true},
	} {
		t.Run(c.policy+"/"+c.action, func(t *testing.T) {
			t.Parallel()
			policy, err := ram.System(c.policy)
			if err != nil {
				t.Fatal(err)
			}
			if policy.Name() != c.policy {
				t.Errorf("name %q", policy.Name())
			}
			got := ram.Evaluate(ram.PolicyLayers{Identity: []*ram.Policy{policy}}, ram.Request{Action: c.action, Resource: site123})
			if got.Allowed != c.want {
				t.Errorf("allowed = %t, want %t", got.Allowed, c.want)
			}
			// What is built in is what its document says.
			if document := marshal(t, policy); marshal(t, mustParse(t, document)) != document {
				t.Errorf("the document is not read back: %s", document)
			}
		})
	}
}

func TestSystemUnknown(t *testing.T) {
	t.Parallel()
	policy, err := ram.System("AliyunESAFullaccess")
	want := `no system policy "AliyunESAFullaccess"; known are AliyunESAFullAccess, AliyunESAReadOnlyAccess, AdministratorAccess`
	if policy != nil || err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
