package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"esacert": main})
}

// TestScripts runs the archives in testdata/script, each with a separate
// service on the loopback at $ENDPOINT.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               startService,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "responses": responses, "requests": requests, "request": request,
		},
	})
}
