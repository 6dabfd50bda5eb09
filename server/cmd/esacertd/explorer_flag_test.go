package main

import (
	"testing"

	"github.com/alecthomas/kong"
)

func TestExplorerFlag(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args []string
		want explorerFlag // "" if the command line is rejected
	}{
		{"left out", nil, explorerAuto},
		{"without a value", []string{"--explorer"}, explorerOn},
		{"before another flag", []string{"--explorer", "--log-level", "debug"}, explorerOn},
		{"with =", []string{"--explorer=off"}, explorerOff},
		{"with a space", []string{"--explorer", "off"}, explorerOff},
		{"unknown", []string{"--explorer=maybe"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var c serveCmd
			parser, err := kong.New(&c)
			if err != nil {
				t.Fatal(err)
			}
			_, err = parser.Parse(tc.args)
			if tc.want == "" && err == nil || tc.want != "" && (err != nil || c.Explorer != tc.want) {
				t.Errorf("%v: %q, %v; want %q", tc.args, c.Explorer, err, tc.want)
			}
		})
	}
}
