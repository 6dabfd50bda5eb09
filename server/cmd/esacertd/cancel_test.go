package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/admin"
)

// An operator cancels a pending application: after a prompt on a terminal, or
// with --yes. Every view of the application then shows the reason.
func TestCancel(t *testing.T) {
	t.Parallel()
	d := start(t, "--config", longTimeout(t))
	if _, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com", "blog.example.com")); err != nil {
		t.Fatal(err)
	}
	cancel := func(s streams, args ...string) (int, string) {
		var out, log bytes.Buffer
		s.out, s.err = &out, &log
		code := run(t.Context(), append([]string{"applications", "cancel", "--admin", d.ready.Admin}, args...), s)
		return code, out.String() + log.String()
	}
	terminal := func(reply string) streams { return streams{in: strings.NewReader(reply), interactive: true} }
	const question = "Application 30000478 for www.example.com becomes Canceled and gets no certificate. Cancel it?"
	status := func(id string) string {
		var a admin.Application
		d.get(t, "/applications/"+id, &a)
		return a.Status
	}

	if code, out := cancel(streams{in: strings.NewReader("yes\n")}, "30000478"); code != 2 || !strings.Contains(out, question) || !strings.Contains(out, "pass --yes to confirm\nrun \"esacertd --help\" or \"esacertd applications cancel") {
		t.Errorf("without a terminal: %d %s", code, out)
	}
	if code, out := cancel(terminal("no\n"), "30000478"); code != 1 || !strings.Contains(out, question+" [y/N] ") || !strings.Contains(out, "nothing was changed") {
		t.Errorf("declined: %d %s", code, out)
	}
	if got := status("30000478"); got != "Applying" {
		t.Fatalf("without a confirmation, it is %s", got)
	}
	if code, out := cancel(terminal("yes\n"), "30000478"); code != 0 || !strings.Contains(out, "urn:esacert:error:canceled") || !strings.Contains(out, "canceled by the operator") {
		t.Errorf("confirmed: %d %s", code, out)
	}
	code, canceled := cancel(streams{}, "30000479", "--yes")
	if shownCode, shown := command(t, "applications", "show", "30000479", "--admin", d.ready.Admin); code != 0 || shownCode != 0 || canceled != shown || strings.Contains(canceled, "next step") {
		t.Errorf("canceled with %d:\n%s\nshown with %d:\n%s", code, canceled, shownCode, shown)
	}
	if out := canceled; code != 0 || !strings.Contains(out, "Canceled, applied") {
		t.Errorf("with --yes: %d %s", code, out)
	}
	if code, out := cancel(terminal("yes\n"), "30000478"); code != 1 || strings.Contains(out, "[y/N]") || !strings.Contains(out, "application 30000478 (www.example.com) is Canceled") {
		t.Errorf("a second time: %d %s", code, out)
	}
	if code, out := cancel(terminal("yes\n"), "1"); code != 1 || strings.Contains(out, "[y/N]") || !strings.Contains(out, "no application 1 exists") {
		t.Errorf("an unknown one: %d %s", code, out)
	}

	address := []string{"--admin", d.ready.Admin}
	if code, out := command(t, append([]string{"applications", "list"}, address...)...); code != 0 || !strings.Contains(out, "-        canceled  www.example.com\n") {
		t.Errorf("list: %d %s", code, out)
	}
	code, out := command(t, append([]string{"applications", "list", "--output", "json"}, address...)...)
	var listed []admin.Application
	if err := json.Unmarshal([]byte(out), &listed); code != 0 || err != nil || len(listed) != 2 || listed[1].Problem == nil || listed[1].Problem.Detail != "canceled by the operator" {
		t.Errorf("list in JSON: %d %v %s", code, err, out)
	}
	if code, out := command(t, append([]string{"applications", "wait", "30000478"}, address...)...); code != 1 || !strings.Contains(out, "canceled by the operator") || !strings.Contains(out, "30000478 failed") {
		t.Errorf("wait: %d %s", code, out)
	}
}
