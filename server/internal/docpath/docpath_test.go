package docpath

import "testing"

func TestMember(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, name, want string }{
		{"", "listen", "listen"},
		{"accounts[0]", "id", "accounts[0].id"},
		{"$", "acs:SourceIp", "$.acs:SourceIp"},
		{"", "", "''"},
		{"policies", "a.b", "policies.'a.b'"},
		{"policies", "it's", `policies.'it\'s'`},
		{"policies", "two words", "policies.'two words'"},
	} {
		if got := Member(c.path, c.name); got != c.want {
			t.Errorf("Member(%q, %q) = %s, want %s", c.path, c.name, got, c.want)
		}
	}
}

func TestItem(t *testing.T) {
	t.Parallel()
	if got := Item("accounts", 10); got != "accounts[10]" {
		t.Errorf("got %s", got)
	}
}
