package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/esacert/esacert/server/config"
)

// Every command that calls a running server uses the server's default address,
// and names the variable that overrides it.
func TestAdminDefaultIsTheServers(t *testing.T) {
	t.Parallel()
	example, err := config.Parse(config.Example(), "example")
	if err != nil {
		t.Fatal(err)
	}
	want := "http://127.0.0.1:8081"
	if got := "http://" + example.Admin; got != want {
		t.Fatalf("the example listens on %s, want %s", got, want)
	}
	parser, err := kong.New(&cli{}, kong.Vars{"admin_url": defaultAdminURL()})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, command := range parser.Model.Leaves(true) {
		for _, flag := range command.Flags {
			// The flags of serve and config check set the listen addresses.
			if flag.Name != "admin" || command.Name == "serve" || command.Name == "check" {
				continue
			}
			found++
			if flag.Default != want || len(flag.Envs) != 1 || flag.Envs[0] != "ESACERTD_ADMIN_URL" || flag.Required {
				t.Errorf("%s: default %q, variables %q, required: %t", command.FullPath(), flag.Default, flag.Envs, flag.Required)
			}
			code, help := helpOf(t, command.FullPath())
			if code != 0 || !strings.Contains(strings.Join(strings.Fields(help), " "), "Default: "+want+" ($ESACERTD_ADMIN_URL)") {
				t.Errorf("%s --help: %d\n%s", command.FullPath(), code, help)
			}
		}
	}
	if found < 6 {
		t.Errorf("%d commands call a running server, want 6 or more", found)
	}
}

// helpOf returns the help of the command with the full path.
func helpOf(t *testing.T, path string) (int, string) {
	t.Helper()
	return command(t, append(strings.Fields(path)[1:], "--help")...)
}
