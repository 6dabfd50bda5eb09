package live

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/process"
)

func TestKnownFailures(t *testing.T) {
	t.Parallel()
	wrong := errors.New("wrong code")
	for name, test := range map[string]struct {
		known  bool
		err    error
		cell   string
		failed string
	}{
		"right":                  {cell: "ok 1"},
		"wrong":                  {err: wrong, failed: "wrong code"},
		"wrong as known":         {known: true, err: wrong, cell: "known 1"},
		"right against the list": {known: true, failed: "it is known to fail (it cannot count), and passes"},
		"died":                   {known: true, err: &process.ExitError{}, failed: "adapter exited"},
		"printed garbage":        {known: true, err: &process.ProtocolError{Cause: wrong}, failed: "wrong code"},
		"silent":                 {known: true, err: &process.TimeoutError{Cause: wrong}, failed: "wrong code"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Client{Name: "c"}
			if test.known {
				c.Known = []Known{{"other", "x"}, {"here", "it cannot count"}}
			}
			matrix := NewMatrix("c")
			matrix.Record(c, "here", "acs3", test.err)
			failures := matrix.Failures()
			if test.failed == "" {
				if len(failures) > 0 || matrix.cells[cell{"here", "c"}].String() != test.cell {
					t.Errorf("got %s, failures %q", matrix, failures)
				}
				return
			}
			if len(failures) != 1 || !strings.HasPrefix(failures[0], "c | here | acs3: ") || !strings.Contains(failures[0], test.failed) {
				t.Errorf("got %q, want %q", failures, test.failed)
			}
		})
	}
}

func TestCheckKnownFindsWhatNeverRan(t *testing.T) {
	t.Parallel()
	c := Client{Name: "c", Known: []Known{{"here", "it cannot count"}, {"elsewhere", "it cannot read"}}}
	matrix := NewMatrix("c", "d")
	matrix.Record(c, "here", "acs3", errors.New("wrong"))
	matrix.Pass("elsewhere", "d")
	matrix.CheckKnown(c)
	failures := matrix.Failures()
	if len(failures) != 1 || !strings.HasPrefix(failures[0], "c | elsewhere | any: it is known to fail here, and was never put here") {
		t.Errorf("got %q", failures)
	}
	if known := matrix.KnownFailures(); !slices.Equal(known, []string{"c | here: it cannot count"}) {
		t.Errorf("got %q", known)
	}
}

// TestRunTakesTheFirstWayOfAlternatives counts what a client is asked for that
// lacks nothing, a signature, or all.
func TestRunTakesTheFirstWayOfAlternatives(t *testing.T) {
	t.Parallel()
	s := BrokenStore()
	for name, test := range map[string]struct {
		lacks   []string
		want    Variant
		lacking int
	}{
		"has all":   {want: DefaultVariant()},
		"has RPC":   {lacks: []string{adapters.SignatureACS3}, want: DefaultRPCVariant()},
		"has none":  {lacks: []string{adapters.SignatureACS3, adapters.SignatureHMACSHA1}, want: DefaultVariant(), lacking: 1},
		"lacks RPC": {lacks: []string{adapters.SignatureHMACSHA1}, want: DefaultVariant()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &correctClient{situation: s}
			if test.lacking > 0 {
				p.spoil = func(r *adapters.Result, _ *Entry) {
					*r = adapters.Result{Error: &adapters.Error{Kind: adapters.KindUnsupported}}
				}
			}
			client := Client{Name: "c", Adapter: p, Unsupported: func(r adapters.Request) string {
				if slices.Contains(test.lacks, r.Signature) {
					return "no such signature"
				}
				return ""
			}}
			matrix := NewMatrix("c")
			Run(t.Context(), client, p.target(), []Case{s}, matrix)
			passed, failed, lacking := matrix.Totals()
			if failed > 0 || lacking != test.lacking || passed+lacking != 1 {
				t.Errorf("got %s", matrix)
			}
			if len(p.calls) != 1 || p.calls[0].Signature != test.want.Signature {
				t.Errorf("asked for %+v", p.calls)
			}
		})
	}
}
